import * as path from 'node:path';
import { type NewFile } from './scaffold';

const SCHEMAS: readonly (readonly [ending: string, schema: string])[] = [
  ['.contract.yaml', 'contract.schema.json'],
  ['.pipeline.yaml', 'pipeline.schema.json'],
  ['.tests.yaml', 'tests.schema.json'],
];

/**
 * The files, each with a first line by which editors find its schema: https://github.com/redhat-developer/yaml-language-server#using-inlined-schema
 * `root` is the mesh's, `home` the folder of this package.
 */
export function withModelines(root: string, home: string, files: readonly NewFile[]): NewFile[] {
  const schemas = path.join(sharedHome(root, home), 'schemas');
  return files.map((file) => {
    const [, schema] = SCHEMAS.find(([ending]) => file.path.replace(/\.yml$/, '.yaml').endsWith(ending)) ?? [];
    if (schema === undefined) return file;
    const at = path.relative(path.join(root, path.dirname(file.path)), path.join(schemas, schema));
    return { ...file, text: `# yaml-language-server: $schema=${at.split(path.sep).join('/')}\n${file.text}` };
  });
}

/** Where everybody has the package who has the mesh: beside it, or installed for it. What one person has installed is elsewhere for others. */
function sharedHome(root: string, home: string): string {
  const isIn = (folder: string, of: string): boolean => !path.relative(of, folder).startsWith('..');
  const at = home.indexOf(`${path.sep}node_modules${path.sep}`);
  if (at < 0 && isIn(home, root)) return home;
  const installedFor = home.slice(0, Math.max(at, 0)) || path.parse(home).root;
  return path.join(at >= 0 && isIn(root, installedFor) ? installedFor : root, 'node_modules', 'cdk-data-mesh');
}

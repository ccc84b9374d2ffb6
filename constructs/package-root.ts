import * as fs from 'node:fs';
import * as path from 'node:path';

/** A file that was built with the package: found from the sources, from dist and from where the package is installed. */
export function builtFile(...names: string[]): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  const file = path.join(folder, 'dist', ...names);
  if (!fs.existsSync(file)) throw new Error(`${file} is not built; run \`npm run build\``);
  return file;
}

import * as fs from 'node:fs';
import * as path from 'node:path';

/** The folder of the package: found from the sources, from dist and from where the package is installed. */
export function packageRoot(): string {
  let folder = __dirname;
  while (!fs.existsSync(path.join(folder, 'package.json'))) folder = path.dirname(folder);
  return folder;
}

/** A file that was built with the package. */
export function builtFile(...names: string[]): string {
  const file = path.join(packageRoot(), 'dist', ...names);
  if (!fs.existsSync(file)) throw new Error(`${file} is not built; run \`npm run build\``);
  return file;
}

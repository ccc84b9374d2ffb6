import * as fs from 'node:fs';
import * as path from 'node:path';

/** Where a laptop keeps what a deployment keeps in its account; made on first use and hidden from git. */
export function stateFolder(root: string): string {
  const folder = path.join(root, '.mesh');
  fs.mkdirSync(folder, { recursive: true });
  const ignore = path.join(folder, '.gitignore');
  if (!fs.existsSync(ignore)) fs.writeFileSync(ignore, '*\n');
  return folder;
}

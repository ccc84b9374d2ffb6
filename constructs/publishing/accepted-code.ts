import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { builtFile } from '../package-root';

/** SHA-256 of everything that a job of this package may run: what its build has put into dist/jobs. */
export function ownCode(): string[] {
  const folder = path.dirname(builtFile('jobs', 'glue.py'));
  return fs.readdirSync(folder).sort().map((file) => createHash('sha256').update(fs.readFileSync(path.join(folder, file))).digest('hex'));
}

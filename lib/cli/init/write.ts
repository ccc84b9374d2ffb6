import * as fs from 'node:fs';
import * as path from 'node:path';
import { UsageError } from '../failure';
import { type NewFile } from './scaffold';

/** Writes all of the files or none; what is there already is never touched. */
export function writeNewFiles(root: string, files: readonly NewFile[], shown: (path: string) => string, remedy = 'choose another entity, or move the files away'): void {
  const there = files.filter((file) => exists(path.join(root, file.path)));
  if (there.length > 0) {
    const names = there.map((file) => shown(path.join(root, file.path))).join(', ');
    throw new UsageError(`nothing was written: ${names} already ${there.length === 1 ? 'exists' : 'exist'}`, remedy);
  }
  for (const file of files) {
    const target = path.join(root, file.path);
    try {
      fs.mkdirSync(path.dirname(target), { recursive: true });
      // wx: another process may have made it since
      fs.writeFileSync(target, file.text, { flag: 'wx' });
    } catch (error) {
      throw new UsageError(`${shown(target)} cannot be written: ${(error as Error).message}`);
    }
  }
}

function exists(file: string): boolean {
  try {
    fs.lstatSync(file);
    return true;
  } catch {
    // a folder on the way that is none, or may not be entered: writing says why
    return false;
  }
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { type DocumentPath } from '../../contract/document-path';
import { type Detail, type Findings } from '../../contract/findings';
import { type SqlReader } from './draft-rules';
import { PIPELINE } from '../rules';

/** A query longer than this is no query. */
const MAX_SQL_BYTES = 1024 * 1024;

/** Files that a pipeline names: below the mesh root, whatever links there are on the way. */
export interface LocalFiles {
  readonly sql: SqlReader;
  /** A path relative to the mesh root, with `/`. */
  readonly sample: (written: string, path: DocumentPath) => string | undefined;
}

/** `folder` is that of the file which names them. */
export function localFiles(root: string, folder: string, findings: Findings): LocalFiles {
  const find = (written: string, at: DocumentPath, example: string): string | undefined => {
    const outside = (remedy: string): undefined => {
      findings.add(PIPELINE.path, at, { message: 'the path leads out of the mesh', received: written, expected: `a file beside the pipeline, e.g. ${example}`, remedy });
    };
    if (path.isAbsolute(written) || written.includes('\\') || written.includes('\0') || /^[a-z][a-z0-9+.-]+:/i.test(written)) {
      return outside('write it relative to the pipeline file');
    }
    const file = path.resolve(folder, written);
    if (!isInside(file, root)) return outside('move the file below the mesh root');
    let real: string;
    try {
      real = fs.realpathSync(file);
    } catch (error) {
      findings.add(PIPELINE.file, at, missing(written, file, root, error as NodeJS.ErrnoException));
      return undefined;
    }
    if (!isInside(real, fs.realpathSync(root))) return outside('a symbolic link on the way points elsewhere: put the file itself there');
    const stat = fs.statSync(real);
    if (!stat.isFile()) {
      findings.add(PIPELINE.file, at, { message: stat.isDirectory() ? 'this is a directory' : 'this is a device, pipe or socket', received: written, expected: 'a file' });
      return undefined;
    }
    return file;
  };
  return {
    sample: (written, at) => {
      const file = find(written, at, 'samples/orders.csv');
      return file === undefined ? undefined : relativeTo(root, file);
    },
    sql: (written, at) => {
      const file = find(written, at, 'sql/orders.sql');
      if (file === undefined) return undefined;
      if (!/\.sql$/i.test(file)) {
        findings.add(PIPELINE.file, at, { message: 'the name of an SQL file ends in .sql', received: written, expected: 'a file such as sql/orders.sql', remedy: 'rename the file, or write the query itself' });
        return undefined;
      }
      const text = readSql(file);
      if (typeof text === 'string') return { text, path: relativeTo(root, file) };
      findings.add(PIPELINE.file, at, { received: written, ...text });
      return undefined;
    },
  };
}

function readSql(file: string): string | Detail {
  const { size } = fs.statSync(file);
  if (size > MAX_SQL_BYTES) return { message: `the file is too large for a query: ${(size / 1024 / 1024).toFixed(1)} MB`, expected: `at most ${MAX_SQL_BYTES / 1024 / 1024} MB` };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(fs.readFileSync(file));
    return text.includes('\0') ? { message: 'the file is not text: it has a NUL in it', expected: 'SQL in UTF-8' } : text;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
      ? { message: 'the file is not in UTF-8', expected: 'SQL in UTF-8', remedy: 'save it as UTF-8' }
      : { message: `the file could not be read: ${(error as Error).message}` };
  }
}

function missing(written: string, file: string, root: string, error: NodeJS.ErrnoException): Detail {
  if (error.code === 'ELOOP') return { message: 'the file is a symbolic link that leads back to itself', received: written };
  if (error.code === 'EACCES') return { message: 'there is no permission to read the file', received: written };
  return { message: 'there is no such file', received: written, expected: `a file at ${relativeTo(root, file)}`, remedy: 'create it, or correct the path: it is relative to the pipeline file' };
}

function isInside(file: string, root: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function relativeTo(root: string, file: string): string {
  return path.relative(root, file).split(path.sep).join('/');
}

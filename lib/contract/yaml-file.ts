import * as fs from 'node:fs';
import { parseEvents, YAMLException } from 'js-yaml';
import { type Problem } from './problem';
import { inspectYaml, TOO_DEEP, type YamlFault, type YamlTop } from './yaml-inspection';
import { MAX_BYTES, MAX_DEPTH } from './yaml-limits';
import { type Locate, locator, positions } from './yaml-positions';
import { valueOf } from './yaml-value';

/** What a YAML file holds, as plain JSON values, and where each value stands; or everything that is wrong with it. */
export type YamlFile =
  | { readonly ok: true; readonly value: unknown; readonly locate: Locate }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ReadYamlOptions {
  /**
   * The name problems give the file.
   * @default - the path
   */
  readonly as?: string;
  /**
   * What the file holds at its top.
   * @default 'fields'
   */
  readonly top?: YamlTop;
}

/**
 * Reads a YAML 1.2 file (JSON is YAML too) of at most 5 MB as the JSON Schema of a contract sees it: dates stay text,
 * `yes` is text, aliases are expanded. Whatever the file is, this returns, in bounded time and memory.
 */
export function readYamlFile(path: string, options: ReadYamlOptions = {}): YamlFile {
  const file = options.as ?? path;
  const read = readText(path);
  return typeof read === 'string' ? parseYaml(read, file, options.top) : { ok: false, problems: [problem(file, read, { line: 1, column: 1 })] };
}

/** As {@link readYamlFile}, of a text. `file` is its name in problems. */
export function parseYaml(text: string, file: string, top: YamlTop = 'fields'): YamlFile {
  try {
    const events = parseEvents(text, { maxDepth: MAX_DEPTH });
    const faults = inspectYaml(events, text, top);
    if (faults.length > 0) {
      const positionOf = positions(text);
      return { ok: false, problems: faults.map((fault) => problem(file, fault, positionOf(fault.at))) };
    }
    return { ok: true, value: valueOf(events, text), locate: locator(text, events) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { line, column } = { line: error.mark?.line ?? 0, column: error.mark?.column ?? 0 };
    return { ok: false, problems: [problem(file, syntaxFault(error), { line: line + 1, column: column + 1 })] };
  }
}

type Fault = Omit<YamlFault, 'at'>;

function problem(file: string, fault: Fault, position: { line: number; column: number }): Problem {
  const { kind, message, received, expected, remedy } = fault;
  return {
    id: `yaml/${kind}`, severity: 'error', file, line: position.line, column: position.column, path: '', message,
    ...(received === undefined ? {} : { received }),
    ...(expected === undefined ? {} : { expected }),
    ...(remedy === undefined ? {} : { remedy }),
  };
}

function syntaxFault(error: YAMLException): Fault {
  if (error.reason.startsWith('nesting exceeded')) return TOO_DEEP;
  if (error.reason.startsWith('tab characters')) {
    return { kind: 'tab', message: 'tabs cannot indent YAML', expected: 'spaces', remedy: 'replace each tab with spaces, two a level' };
  }
  return { kind: 'syntax', message: `this is not YAML: ${error.reason}`, remedy: 'look at this line and the one before: indentation, quotes, brackets, a space after each colon' };
}

/** The file's text, or why there is none. Opened without blocking, so that a pipe cannot hold us up. */
function readText(path: string): string | Fault {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0));
    const stat = fs.fstatSync(descriptor);
    if (stat.isDirectory()) return { kind: 'directory', message: 'this is a directory', expected: 'a YAML file' };
    if (!stat.isFile()) return { kind: 'not-a-file', message: 'this is a device, pipe or socket', expected: 'a YAML file' };
    if (stat.size > MAX_BYTES) return tooBig(`${(stat.size / 1024 / 1024).toFixed(1)} MB`);
    return decode(readUpTo(descriptor, MAX_BYTES + 1, stat.size));
  } catch (error) {
    return unreadable(error as NodeJS.ErrnoException);
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

/** At most `limit` bytes of a file that had `size` a moment ago. */
function readUpTo(descriptor: number, limit: number, size: number): Buffer {
  // with room for the end of the file to be seen
  let bytes = Buffer.allocUnsafe(Math.min(limit, size + 1));
  let length = 0;
  while (length < limit) {
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(limit, 2 * length));
    const read = fs.readSync(descriptor, bytes, length, bytes.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer): string | Fault {
  // a file may grow between its size and its content
  if (bytes.length > MAX_BYTES) return tooBig('more');
  const start = bytes.subarray(0, 4).toString('hex');
  const wide = start.startsWith('fffe') || start.startsWith('feff') || start.startsWith('0000feff');
  if (wide) return { kind: 'encoding', message: 'the file is in UTF-16 or UTF-32', expected: 'UTF-8', remedy: 'save it as UTF-8' };
  if (bytes.includes(0)) {
    return { kind: 'binary', message: `the file is not text: byte ${bytes.indexOf(0) + 1} is NUL`, expected: 'a YAML file in UTF-8' };
  }
  try {
    // a UTF-8 byte order mark, as Windows editors write it, is dropped
    return UTF8.decode(bytes);
  } catch {
    return { kind: 'encoding', message: 'the file is not in UTF-8', expected: 'UTF-8', remedy: 'save it as UTF-8' };
  }
}

function tooBig(received: string): Fault {
  const expected = `at most ${MAX_BYTES / 1024 / 1024} MB`;
  return { kind: 'too-large', message: 'the file is too large for a contract', received, expected, remedy: 'split it into several contracts' };
}

function unreadable(error: NodeJS.ErrnoException): Fault {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR': return { kind: 'not-found', message: 'there is no such file', remedy: 'check the name and the current folder' };
    case 'EACCES':
    case 'EPERM': return { kind: 'unreadable', message: 'there is no permission to read the file', remedy: 'give yourself permission to read it' };
    case 'ELOOP': return { kind: 'unreadable', message: 'the file is a symbolic link that leads back to itself', remedy: 'point the link at a file' };
    case 'ENXIO': return { kind: 'not-a-file', message: 'this is a device, pipe or socket', expected: 'a YAML file' };
    case 'ENAMETOOLONG': return { kind: 'not-found', message: 'the name is longer than the file system allows' };
    case 'ERR_INVALID_ARG_VALUE': return { kind: 'not-found', message: 'the name has a NUL in it' };
    default: return { kind: 'unreadable', message: `the file could not be read: ${error.message}` };
  }
}

import * as fs from 'node:fs';
import { parseYaml, readYamlFile, type YamlFile } from '../contract/yaml-file';

const LIST_AT_TOP = 'yaml/not-fields';

/**
 * Reads a YAML file that holds a list. The reader of contracts wants fields at the top, so once it has found nothing
 * else against the file, the list is read as the one field of a document that begins a line earlier.
 */
export function readYamlList(path: string, file: string): YamlFile {
  const read = readYamlFile(path, { as: file });
  if (read.ok) return { ok: false, problems: [notAList(file, 'fields')] };
  const only = read.problems.length === 1 ? read.problems[0] : undefined;
  if (only?.id !== LIST_AT_TOP) return read;
  if (only.received !== 'a list') return { ok: false, problems: [notAList(file, only.received ?? 'something else')] };
  // a marker of the document's start cannot stand within it
  const text = fs.readFileSync(path, 'utf8').replace(/^\uFEFF/, '').replace(/^---[ \t]*$/m, '');
  const wrapped = parseYaml(`list:\n${text}`, file);
  if (!wrapped.ok) return { ok: false, problems: wrapped.problems.map((problem) => ({ ...problem, line: Math.max(1, problem.line - 1) })) };
  return {
    ok: true,
    value: (wrapped.value as { readonly list: unknown }).list,
    locate: (at, what) => {
      const { line, column } = wrapped.locate(['list', ...at], what);
      return { line: Math.max(1, line - 1), column };
    },
  };
}

function notAList(file: string, received: string): Extract<YamlFile, { ok: false }>['problems'][number] {
  return { id: LIST_AT_TOP, severity: 'error', file, line: 1, column: 1, path: '', message: 'the file must hold a list', received, expected: 'a list: each entry starts with `- `' };
}

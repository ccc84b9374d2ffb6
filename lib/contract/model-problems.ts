import type * as z from 'zod';
import { type DocumentPath, formatPath } from './document-path';
import { type Problem } from './problem';
import { runRaw } from './raw-issues';
import { suggest } from './suggest';
import { type Locate } from './yaml-positions';

/** A parsed file to judge. */
export interface ModelSource {
  /** As the person named it. */
  readonly file: string;
  readonly value: unknown;
  readonly locate: Locate;
}

/** What a model adds to a refinement's issue, in zod's `params`, so that it reads like the others. */
export interface IssueParams {
  /** The last part of the problem's id; `value` without it. */
  readonly kind?: string;
  readonly message?: string;
  readonly expected?: string;
  readonly remedy?: string;
}

export interface ModelProblemOptions {
  /** A better remedy for an unknown field, where one is known. */
  readonly unknownField?: (field: string, path: DocumentPath) => string | undefined;
}

/** More than this many problems in one file help nobody. */
const MOST = 200;
const MOST_SUGGESTIONS = 50;

type RawIssue = z.core.$ZodRawIssue;
type Draft = Omit<Problem, 'severity' | 'file' | 'line' | 'column' | 'path' | 'id'> & { readonly kind: string; readonly path: DocumentPath; readonly at?: 'key' };

/**
 * Everything in which a value differs from a model, as problems with ids `<prefix>/<kind>`: `missing`, `type`,
 * `unknown-field`, `enum`, `range`, `pattern`, and what refinements name in their `params` ({@link IssueParams}).
 */
export function modelProblems(model: z.ZodType, source: ModelSource, prefix: string, options: ModelProblemOptions = {}): Problem[] {
  const wording = new Wording(options);
  const drafts = runRaw(model, source.value).flatMap((issue) => wording.drafts(issue));
  const problems = drafts.slice(0, MOST).map(({ kind, path, at, ...words }): Problem => {
    const { line, column } = source.locate(path, at);
    return { id: `${prefix}/${kind}`, severity: 'error', file: source.file, line, column, path: formatPath(path), ...words };
  }).sort((a, b) => a.line - b.line || a.column - b.column);
  if (drafts.length > MOST) {
    problems.push({
      id: `${prefix}/more`, severity: 'error', file: source.file, line: 1, column: 1, path: '',
      message: `${drafts.length - MOST} further problems are not listed`, remedy: 'correct the ones above first',
    });
  }
  return problems;
}

/** The fields without which nothing would be wrong, unless one is missing: of a list with a wrong entry, the list. */
export function fieldsAtFault(model: z.ZodType, value: unknown): DocumentPath[] {
  const paths = runRaw(model, value).flatMap((issue): DocumentPath[] => {
    const path = (issue.path ?? []) as DocumentPath;
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => [...path, key]);
    return [path.slice(0, path.map((step) => typeof step).lastIndexOf('string') + 1)];
  });
  return [...new Map(paths.map((path) => [formatPath(path), path])).values()];
}

class Wording {
  private suggestions = 0;

  constructor(private readonly options: ModelProblemOptions) {}

  drafts(issue: RawIssue, parent: DocumentPath = []): Draft[] {
    const path = [...parent, ...(issue.path ?? []) as DocumentPath];
    const field = fieldName(path);
    const { input } = issue;
    switch (issue.code) {
      case 'invalid_type': return [this.wrongType(path, typeWords(String(issue.expected)), input)];
      case 'invalid_value': {
        const values = issue.values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
        const expected = values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`;
        if (input === undefined) return [this.wrongType(path, expected, input)];
        const meant = typeof input === 'string' ? this.suggest(input, values) : undefined;
        return [{ kind: 'enum', path, message: `\`${field}\` has an invalid value`, received: show(input), expected, ...remedy(meant && `did you mean \`${meant}\`?`) }];
      }
      case 'unrecognized_keys': {
        const known = (issue['known'] as string[] | undefined) ?? Object.keys(shapeOf(issue.inst));
        return issue.keys.map((key) => this.unknownField([...path, key], key, known));
      }
      case 'too_small': return [range(path, field, input, issue.origin, issue.inclusive === false ? 'more than' : 'at least', Number(issue.minimum), issue['exact'] === true)];
      case 'too_big': return [range(path, field, input, issue.origin, issue.inclusive === false ? 'less than' : 'at most', Number(issue.maximum), issue['exact'] === true)];
      case 'invalid_format': {
        const said = messageOf(issue);
        return [{ kind: 'pattern', path, message: `\`${field}\` is not written correctly`, received: show(input), expected: said ?? String(issue['pattern'] ?? issue.format) }];
      }
      case 'invalid_union': return typeof issue['discriminator'] === 'string' ? [this.noSuchKind(issue, issue['discriminator'], path)] : this.union(issue, path);
      case 'invalid_key': return [{ kind: 'key', path, at: 'key', message: `\`${field}\` is not a valid field name here`, ...(issue.issues[0] === undefined ? {} : { expected: issue.issues[0].message }) }];
      case 'custom': {
        const { kind = 'value', message, ...words } = (issue.params ?? {}) as IssueParams;
        if (kind === 'missing') return [{ ...this.wrongType(path, words.expected ?? 'a value', undefined), ...words, ...(message === undefined ? {} : { message }) }];
        return [{ kind, path, message: message ?? messageOf(issue) ?? `\`${field}\` is not valid`, ...received(kind, input), ...words }];
      }
      default: return [{ kind: 'value', path, message: messageOf(issue) ?? `\`${field}\` is not valid` }];
    }
  }

  /** Of a union only the branch that was meant is worth hearing about. */
  private union(issue: RawIssue, path: DocumentPath): Draft[] {
    const options = ((issue.inst as z.ZodUnion | undefined)?._zod.def.options ?? []) as z.ZodType[];
    const branches = options.map((option) => runRaw(option, issue.input));
    const meant = branches.filter((issues) => !issues.some(isTypeOfWhole)).sort((a, b) => a.length - b.length)[0];
    if (meant !== undefined) return meant.flatMap((inner) => this.drafts(inner, path));
    const expected = branches.flat().filter(isTypeOfWhole).flatMap((inner) => (inner.code === 'invalid_type' ? [typeWords(String(inner.expected))] : []));
    return [this.wrongType(path, [...new Set(expected)].join(' or ') || 'another value', issue.input)];
  }

  /** Of a union whose branches are told apart by one field: that field, and what it may be. */
  private noSuchKind(issue: RawIssue, field: string, path: DocumentPath): Draft {
    const options = ((issue.inst as z.ZodUnion | undefined)?._zod.def.options ?? []) as z.ZodType[];
    const values = options.flatMap((option) => [...option._zod.propValues?.[field] ?? []]).map(String);
    const written = (issue.input as Record<string, unknown> | undefined)?.[field];
    const expected = `one of ${values.join(', ')}`;
    if (written === undefined) return this.wrongType(path, expected, undefined);
    const meant = typeof written === 'string' ? this.suggest(written, values) : undefined;
    return { kind: 'enum', path, message: `\`${field}\` has an invalid value`, received: show(written), expected, ...remedy(meant && `did you mean \`${meant}\`?`) };
  }

  private wrongType(path: DocumentPath, expected: string, input: unknown): Draft {
    const field = fieldName(path);
    if (input === undefined) return { kind: 'missing', path, message: `\`${field}\` is missing`, expected };
    const message = path.length === 0 ? 'the file does not hold what it should' : `\`${field}\` is of the wrong type`;
    return { kind: 'type', path, message, received: show(input), expected, ...remedy(typeRemedy(expected, input)) };
  }

  private unknownField(path: DocumentPath, key: string, known: readonly string[]): Draft {
    const meant = this.suggest(key, known);
    const hint = this.options.unknownField?.(key, path) ?? (meant && `did you mean \`${meant}\`?`);
    const expected = known.length === 0 ? 'no fields' : known.length <= 12 ? `one of ${known.join(', ')}` : undefined;
    return { kind: 'unknown-field', path, at: 'key', message: `there is no field \`${shorten(key)}\` here`, ...(expected === undefined ? {} : { expected }), ...remedy(hint) };
  }

  private suggest(written: string, candidates: Iterable<string>): string | undefined {
    this.suggestions += 1;
    return this.suggestions > MOST_SUGGESTIONS ? undefined : suggest(written, candidates);
  }
}

function isTypeOfWhole(issue: RawIssue): boolean {
  return issue.code === 'invalid_type' && (issue.path ?? []).length === 0;
}

function shapeOf(model: unknown): object {
  return (model as z.ZodObject | undefined)?._zod?.def?.shape ?? {};
}

/** The sentence a schema was given for its failure. */
function messageOf(issue: RawIssue): string | undefined {
  if (typeof issue.message === 'string') return issue.message;
  const word = (issue.inst as { _zod: { def: { error?: (issue: RawIssue) => string | { message?: string } | null | undefined } } } | undefined)?._zod.def.error;
  const error = word?.(issue);
  return typeof error === 'string' ? error : error?.message ?? undefined;
}

function fieldName(path: DocumentPath): string {
  const name = path[path.length - 1];
  if (name === undefined) return 'the file';
  return typeof name === 'number' ? formatPath(path.slice(-2)) : shorten(name);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text', number: 'a number', int: 'a whole number', integer: 'a whole number', boolean: 'true or false',
  array: 'a list', object: 'fields', record: 'fields', null: 'null', nonoptional: 'a value',
};

function typeWords(type: string): string {
  return TYPE_WORDS[type] ?? type;
}

function typeRemedy(expected: string, input: unknown): string | undefined {
  if (input === null) return 'give it a value, or remove the line';
  if (expected === 'text' && (typeof input === 'number' || typeof input === 'boolean')) return 'put it in quotes';
  if (expected === 'a list') return 'write a list: start each entry with `- `';
  if (typeof input !== 'string') return undefined;
  if (expected === 'true or false') return /^(true|false)$/i.test(input) ? 'remove the quotes' : 'write `true` or `false`';
  if (expected !== 'a number' && expected !== 'a whole number') return undefined;
  return input.trim() !== '' && Number.isFinite(Number(input)) ? 'remove the quotes' : undefined;
}

function range(path: DocumentPath, field: string, input: unknown, origin: string, words: string, limit: number, exact: boolean): Draft {
  const entries = origin === 'array' || origin === 'string' ? ` ${origin === 'array' ? 'entr' : 'character'}${ending(origin, limit)}` : '';
  const message = `\`${field}\` is out of range`;
  return { kind: 'range', path, message, received: show(input), expected: `${exact ? 'exactly' : words} ${limit}${entries}` };
}

function ending(origin: string, count: number): string {
  if (origin === 'array') return count === 1 ? 'y' : 'ies';
  return count === 1 ? '' : 's';
}

function received(kind: string, input: unknown): { received?: string } {
  return kind === 'conflict' || input === undefined || typeof input === 'object' ? {} : { received: show(input) };
}

function remedy(text: string | undefined): { remedy?: string } {
  return text === undefined || text === '' ? {} : { remedy: text };
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? 'a list of 1 entry' : `a list of ${value.length} entries`;
  if (typeof value === 'object' && value !== null) return 'fields';
  return shorten(JSON.stringify(value));
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

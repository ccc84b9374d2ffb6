import * as path from 'node:path';
import { type Findings } from '../../contract/findings';
import { type Problem } from '../../contract/problem';
import { suggest } from '../../contract/suggestion';
import { type Columns } from './column-flow';
import { type DraftTable } from '../pipeline/draft';
import { CONTRACT_SQL, PIPELINE, SQL_UNCHECKED } from '../rules';
import { type SqlAnswer, type SqlItem, type SqlProblem } from './sql-check';
import { type Workspace } from '../workspace';

/** Reports what the checker found in a pipeline's SQL. Problems in SQL files are given back: they are of another file. */
export function reportPipelineSql(
  items: readonly SqlItem[], tables: readonly DraftTable[], flow: ReadonlyMap<string, Columns>, answers: ReadonlyMap<string, SqlAnswer>,
  workspace: Workspace, findings: Findings,
): Problem[] {
  const inFiles: Problem[] = [];
  for (const item of items) {
    const answer = answers.get(item.id);
    if (answer === undefined || !isOfPipeline(item)) continue;
    for (const problem of [...answer.problems, ...unknownColumns(item, answer, flow)]) {
      if (item.file === null) findings.add(PIPELINE.sql, item.path, inPlace(item, problem));
      else inFiles.push(inFile(item, problem, workspace));
    }
  }
  for (const table of tables) {
    const query = table.rules.find(({ rule }) => rule.kind === 'sql');
    const answer = query === undefined ? undefined : answers.get(query.rule.id);
    if (answer?.ok !== true) continue;
    table.from.forEach((input, index) => {
      if (answer.tables.some((read) => read.toLowerCase() === input)) return;
      findings.add(PIPELINE['unused-input'], [...table.path, 'from', index], { message: `the query of \`${table.name}\` does not read \`${input}\``, received: input, remedy: 'remove it from `from`' });
    });
  }
  return inFiles;
}

/** Reports queries of which nobody can tell where their protected columns go: those of `tables`. Problems in SQL files are given back. */
export function reportUntold(
  items: readonly SqlItem[], tables: readonly DraftTable[], answers: ReadonlyMap<string, SqlAnswer>, workspace: Workspace, findings: Findings,
): Problem[] {
  return tables.flatMap(({ name, rules }) => {
    const item = items.find(({ id }) => id === rules[0]?.rule.id);
    if (item === undefined) return [];
    const why = answers.get(item.id)?.untold ?? { message: 'its SQL was not checked', line: 1, column: 1, remedy: 'set MESH_PYTHON to a Python 3.11 that has mesh_jobs' };
    const problem: SqlProblem = { ...why, message: `protected columns reach \`${name}\`, and nobody can tell where they go: ${why.message}` };
    if (item.file !== null) return [inFile(item, problem, workspace, PIPELINE['untold-origin'])];
    findings.add(PIPELINE['untold-origin'], item.path, inPlace(item, problem));
    return [];
  });
}

/** Reports what the checker found in a contract's SQL: quality rules and row filters. */
export function reportContractSql(items: readonly SqlItem[], answers: ReadonlyMap<string, SqlAnswer>, lint: Findings): void {
  for (const item of items) {
    if (isOfPipeline(item)) continue;
    for (const problem of answers.get(item.id)?.problems ?? []) lint.add(CONTRACT_SQL, item.path, inPlace(item, problem));
  }
}

/** Says once for each file that its SQL was not checked. */
export function unchecked(items: readonly SqlItem[], { why, remedy }: { readonly why: string; readonly remedy: string }, findings: Findings | undefined, lint: Findings): void {
  const detail = { message: `SQL was not checked: ${why}`, remedy } as const;
  const ours = items.find(isOfPipeline);
  if (ours !== undefined && findings !== undefined) findings.add(PIPELINE['sql-unchecked'], ours.path, detail);
  const theirs = items.find((item) => !isOfPipeline(item));
  if (theirs !== undefined) lint.add(SQL_UNCHECKED, theirs.path, detail);
}

function isOfPipeline({ id }: SqlItem): boolean {
  return !id.startsWith('contract:') && !id.startsWith('filter:');
}

/** Columns of inputs that another query makes: the checker could not know them, now we do. */
function unknownColumns(item: SqlItem, answer: SqlAnswer, flow: ReadonlyMap<string, Columns>): SqlProblem[] {
  if (item.kind !== 'query') return [];
  return Object.entries(answer.reads).flatMap(([table, names]) => {
    const columns = flow.get(table);
    if (columns?.complete !== true || Object.hasOwn(item.columns ?? {}, table)) return [];
    const known = [...columns.types.keys()];
    return names.filter((name) => !known.some((each) => each.toLowerCase() === name.toLowerCase())).map((name): SqlProblem => {
      const near = suggest(name, known);
      return { message: `\`${table}\` has no column \`${name}\``, ...placeOf(name, item.text), remedy: near === undefined ? `there are ${known.slice(0, 12).join(', ')}` : `did you mean \`${near}\`?` };
    });
  });
}

/** Where a word first stands in a text. */
function placeOf(word: string, text: string): { line: number; column: number } {
  const at = new RegExp(`(?<![\\w])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`, 'i').exec(text)?.index ?? 0;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: before[before.length - 1].length + 1 };
}

function inPlace({ text, kind }: SqlItem, { message, line, column, remedy }: SqlProblem): { message: string; received: string; remedy?: string } {
  const part = text.split('\n')[line - 1]?.slice(Math.max(0, column - 1)) ?? text;
  const where = kind === 'query' && text.includes('\n') ? ` (line ${line}, column ${column} of the query)` : '';
  return { message: `${message}${where}`, received: part.trim() === '' ? text : part, ...(remedy === null || remedy === undefined || remedy === '' ? {} : { remedy }) };
}

function inFile({ text, file }: SqlItem, { message, line, column, remedy }: SqlProblem, workspace: Workspace, rule = PIPELINE.sql): Problem {
  const part = (text.split('\n')[line - 1] ?? '').slice(Math.max(0, column - 1), column + 59).trim();
  return {
    id: rule.id, severity: rule.severity, file: workspace.nameOf(path.join(workspace.root, file!)), line, column, path: '', message,
    ...(part === '' ? {} : { received: part }), ...(remedy === null || remedy === undefined || remedy === '' ? {} : { remedy }),
  };
}

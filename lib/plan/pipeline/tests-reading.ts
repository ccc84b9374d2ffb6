/* eslint-disable @typescript-eslint/no-require-imports -- a model is built when there is a file to judge: most commands have none */
import { Findings } from '../../contract/findings';
import { modelProblems } from '../../contract/model-problems';
import { type Problem } from '../../contract/problem';
import { suggest } from '../../contract/suggestion';
import { readYamlFile } from '../../contract/yaml-file';
import { contractChecks, pipelineChecks } from '../checks/checks';
import { type Columns } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftPipeline, type DraftTable } from './draft';
import { inputsOf } from './refresh';
import { TESTS } from '../rules';
import type * as Model from './tests-file';
import { type TableExpectation, type TestCase, type TestsFile } from './tests-file';
import { type Workspace } from '../workspace';

/** What cases are about. */
export interface TestSubject {
  readonly pipeline: DraftPipeline;
  readonly tables: readonly DraftTable[];
  readonly promised: readonly PromisedTable[];
  readonly flow: ReadonlyMap<string, Columns>;
}

/** Reads a tests file. Names are checked against the product where that is known. */
export function readTests(workspace: Workspace, file: string, subject: TestSubject | undefined): { readonly cases: readonly TestCase[]; readonly problems: readonly Problem[] } {
  const name = workspace.nameOf(file);
  const read = readYamlFile(file, { as: name, top: 'list' });
  if (!read.ok) return { cases: [], problems: read.problems };
  const { testsModel } = require('./tests-file') as typeof Model;
  const problems = modelProblems(testsModel, { file: name, value: read.value, locate: read.locate }, 'tests');
  if (problems.length > 0) return { cases: [], problems };
  const findings = new Findings(name, read.locate);
  const written = read.value as TestsFile;
  const cases = written.map((each, index) => readCase(each, index, subject, findings));
  written.forEach((each, index) => {
    if (written.findIndex((other) => other.name === each.name) < index) {
      findings.add(TESTS['duplicate-name'], [index, 'name'], { message: 'another case has the same name', received: each.name, remedy: 'say what is different about it' });
    }
  });
  return { cases, problems: findings.problems() };
}

function readCase(written: TestsFile[number], index: number, subject: TestSubject | undefined, findings: Findings): TestCase {
  const { error, ...tables } = written.expect;
  if (Object.keys(written.expect).length === 0) {
    findings.add(TESTS.expectation, [index, 'expect'], { message: 'the case expects nothing', remedy: 'name a table and its rows, or `error: …`' });
  }
  // a table may be called `error`: then rows are expected of it, not text
  const text = typeof error === 'string' ? error : null;
  const expected = typeof error === 'string' || error === undefined ? tables : { ...tables, error };
  const expectations: Record<string, TableExpectation> = {};
  for (const [table, value] of Object.entries(expected)) {
    if (typeof value === 'string') {
      findings.add(TESTS.expectation, [index, 'expect', table], { message: `\`${table}\` is expected to hold rows`, received: value, expected: 'a list of rows; text is for `error`' });
      continue;
    }
    const long = Array.isArray(value) ? { rows: value } : value;
    if (long.rows === undefined && long.quarantined === undefined && long.removed === undefined) {
      findings.add(TESTS.expectation, [index, 'expect', table], { message: `nothing is expected of \`${table}\``, expected: 'rows, quarantined or removed' });
    }
    expectations[table] = {
      ordered: long.ordered ?? false,
      ...(long.rows === undefined ? {} : { rows: long.rows }),
      ...(long.quarantined === undefined ? {} : { quarantined: counted(long.quarantined, table, [index, 'expect', table, 'quarantined'], subject, findings) }),
      ...(long.removed === undefined ? {} : { removed: counted(long.removed, table, [index, 'expect', table, 'removed'], subject, findings) }),
    };
  }
  if (subject !== undefined) checkNames(written, expectations, index, subject, findings);
  return { name: written.name, given: written.given, expect: expectations, error: text };
}

function checkNames(written: TestsFile[number], expectations: Readonly<Record<string, TableExpectation>>, index: number, subject: TestSubject, findings: Findings): void {
  const tables = subject.tables.map(({ name }) => name);
  const nodes = [...subject.pipeline.sources.map(({ name }) => name), ...tables];
  for (const [name, rows] of Object.entries(written.given)) {
    if (!known(name, nodes, [index, 'given', name], findings)) continue;
    checkColumns(name, rows, columnsOf(name, subject, false), [index, 'given', name], findings);
  }
  for (const [name, { rows }] of Object.entries(expectations)) {
    if (!known(name, tables, [index, 'expect', name], findings)) continue;
    const list = Array.isArray(written.expect[name]) ? [index, 'expect', name] : [index, 'expect', name, 'rows'];
    checkColumns(name, rows ?? [], columnsOf(name, subject, true), list, findings);
    if (Object.hasOwn(written.given, name)) {
      findings.add(TESTS['not-computed'], [index, 'expect', name], { message: `\`${name}\` is given, so it is not computed`, at: 'key', received: name, remedy: 'give what it reads instead' });
    } else if (!reaches(name, new Set(Object.keys(written.given)), subject.tables)) {
      findings.add(TESTS['not-computed'], [index, 'expect', name], { message: `nothing that is given leads to \`${name}\``, at: 'key', received: name, remedy: 'give rows of what it reads; they may be none: []' });
    }
  }
}

function known(name: string, names: readonly string[], path: (string | number)[], findings: Findings): boolean {
  if (names.includes(name)) return true;
  const near = suggest(name, names);
  findings.add(TESTS['unknown-table'], path, {
    message: `there is no ${path[1] === 'given' ? 'source or table' : 'table'} \`${name}\``, at: 'key', received: name,
    expected: names.length <= 12 ? `one of ${names.join(', ')}` : undefined, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
  });
  return false;
}

function checkColumns(table: string, rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[] | undefined, path: (string | number)[], findings: Findings): void {
  if (columns === undefined) return;
  const said = new Set<string>();
  rows.forEach((row, position) => {
    for (const column of Object.keys(row)) {
      if (columns.includes(column) || said.has(column)) continue;
      said.add(column);
      const near = suggest(column, columns);
      findings.add(TESTS['unknown-column'], [...path, position, column], {
        message: `\`${table}\` has no column \`${column}\``, at: 'key', received: column,
        expected: columns.length <= 16 ? `one of ${columns.join(', ')}` : undefined, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
      });
    }
  });
}

function columnsOf(name: string, { flow, promised, tables }: TestSubject, computed: boolean): string[] | undefined {
  const promise = promised.find(({ object }) => object.name === name);
  if (promise !== undefined && tables.some((table) => table.name === name && table.layer === 'gold')) return promise.columns.map((column) => column.name);
  const columns = flow.get(name);
  // a column nobody knows of may still be given: the rules may bring it along
  return columns?.complete === true && (computed || columns.types.size > 0) ? [...columns.types.keys()] : undefined;
}

/** Whether anything that is given is read on the way to a table. */
function reaches(name: string, given: ReadonlySet<string>, tables: readonly DraftTable[]): boolean {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const seen = new Set([name]);
  for (const next of seen) {
    const table = byName.get(next);
    for (const input of table === undefined ? [] : inputsOf(table)) {
      if (given.has(input)) return true;
      seen.add(input);
    }
  }
  return false;
}

/** Counts by rule, under the full ids of rules and checks; people may leave the name of the table out. */
function counted(written: number | Readonly<Record<string, number>>, table: string, path: (string | number)[], subject: TestSubject | undefined, findings: Findings): number | Record<string, number> {
  if (typeof written === 'number' || subject === undefined) return written;
  const ids = lossIds(table, subject);
  return Object.fromEntries(Object.entries(written).flatMap(([id, count]): [string, number][] => {
    const full = ids.find((each) => each === id || each === `${table}.${id}` || each.endsWith(`.${id}`));
    if (full !== undefined) return [[full, count]];
    const near = suggest(id, ids.flatMap((each) => [each, each.slice(table.length + 1)]));
    findings.add(TESTS['unknown-rule'], [...path, id], {
      message: `\`${table}\` has no rule \`${id}\``, at: 'key', received: id, expected: ids.length === 0 ? undefined : `one of ${ids.slice(0, 12).join(', ')}`, remedy: near === undefined ? undefined : `did you mean \`${near}\`?`,
    });
    return [];
  }));
}

function lossIds(name: string, { tables, promised }: TestSubject): string[] {
  const table = tables.find((each) => each.name === name);
  if (table === undefined) return [];
  const promise = table.layer === 'gold' ? promised.find(({ object }) => object.name === name) : undefined;
  return [...table.rules.map(({ rule }) => rule.id), ...(promise === undefined ? [] : contractChecks(promise)).map(({ id }) => id), ...pipelineChecks(name, table.quality).map(({ id }) => id)];
}

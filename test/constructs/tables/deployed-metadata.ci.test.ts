import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { type Json, writeExactly } from '../../../constructs/iceberg/exact-json';
import { type TableMetadata } from '../../../constructs/iceberg/table-metadata';
import { firstMetadata } from '../../../constructs/tables/handler/table-change';
import { wantedTables, type WantedTable } from '../../../constructs/tables/handler/wanted-table';
import { type Plan } from '../../../lib/plan/plan-schema';
import { live, lives } from './random-evolution';

const root = path.resolve(__dirname, '../../..');
const smallest = JSON.parse(fs.readFileSync(path.join(root, 'test/plan/smallest.plan.json'), 'utf8')) as Plan;

interface Case { readonly plan: Plan | null; readonly before: TableMetadata | null; readonly after: TableMetadata; readonly problems: readonly string[] | null }

/** What the jobs and PyIceberg say of each case, in one process. */
function judged(cases: readonly Case[]): string[][] {
  const python = path.join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const said = execFileSync(python, [path.join(root, 'glue-jobs/tests/support/judge_deployed.py')], { input: writeExactly(cases as unknown as Json), maxBuffer: 2 ** 28, encoding: 'utf8' });
  return JSON.parse(said) as string[][];
}

/** The plan whose first table is wanted; its key is named, where a deployment goes by ids. */
function planOf({ columns, partitionBy, promise }: WantedTable): Plan {
  const nameOf = (id: string): string => columns.find((column) => column.id === id)!.name;
  const full = columns.map((column) => ({ ...column, classification: 'internal' as const, masking: 'none' as const }));
  const [table] = smallest.tables;
  return {
    ...smallest, product: { ...smallest.product, version: promise!.version },
    tables: [{ ...table, columns: full, primaryKey: promise!.primaryKey.map(nameOf), partitionBy: [...partitionBy], rules: [], checks: [], protected: [] }],
  };
}

describe('what a deployment writes', () => {
  test('is what the jobs would have written, refused for the same reasons, and readable by PyIceberg', () => {
    const cases = fc.sample(lives, { numRuns: 150, seed: 20300101 }).flatMap((life) => live(life)).map(({ wanted, before, after, change }): Case => ({
      plan: planOf(wanted), before, after, problems: change.kind === 'refused' ? change.problems : null,
    }));
    const wrong = judged(cases).flatMap((problems, n) => problems.map((problem) => `${problem}: ${writeExactly(cases[n] as unknown as Json)}`));
    expect(wrong).toEqual([]);
    expect(cases.length).toBeGreaterThan(500);
  }, 120_000);

  test('leaves a job of a new product nothing to do: neither with the published table nor with the quarantine', () => {
    const cases = wantedTables(smallest).map((wanted): Case => ({
      plan: wanted.promise === undefined ? null : planOf(wanted), before: null, problems: null,
      after: firstMetadata(wanted, `s3://curated/tables/${wanted.database}/${wanted.table}`, '00000000-0000-4000-8000-000000000000', 1_000),
    }));
    expect(judged(cases)).toEqual([[], []]);
  }, 60_000);

  test('is judged: a table with one id too few is seen', () => {
    const [wanted] = wantedTables(smallest);
    const metadata = firstMetadata(wanted, 's3://curated/tables/sales/orders_v1', '00000000-0000-4000-8000-000000000000', 1_000);
    const [schema] = metadata.schemas;
    const broken = { ...metadata, schemas: [{ ...schema, fields: schema.fields.slice(1) }] };
    expect(judged([{ plan: planOf(wanted), before: null, after: broken, problems: null }])[0].length).toBeGreaterThan(0);
  }, 60_000);
});

import * as path from 'node:path';
import * as fc from 'fast-check';
import * as fs from 'node:fs';
import { compileProduct } from '../../lib/plan/compile-product';
import { planSchema } from '../../lib/plan/plan-schema';
import { validatePaths } from '../../lib/plan/validate';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, removeFolders, TrustingChecker } from './mesh-folder';
import { runs } from '../support/runs';

const CONTRACT = `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
version: 1.0.0
status: draft
domain: sales
team: {members: [{username: orders-owner@shoply.example, role: owner}]}
schema:
  - name: orders
    properties:
      - {name: id, logicalType: string, primaryKey: true}
      - {name: text_one, logicalType: string, classification: confidential}
`;

type Fields = Record<string, unknown>;

/** Columns of the one source: rules may use them, and the contract promises two. */
const COLUMNS = { id: 'string', text_one: 'string', text_two: 'string', amount: 'decimal(12,2)', count_one: 'int', seen_at: 'timestamp', tags: 'array<string>' };
const TEXTS = ['text_one', 'text_two'];

/** Rules that keep every column and its type, so that any list of them is sound. */
const rule: fc.Arbitrary<Fields> = fc.oneof(
  fc.subarray(TEXTS, { minLength: 1 }).chain((columns) => fc.constantFrom('trim', 'lower', 'upper', 'hash', 'redact').map((kind) => ({ [kind]: columns }))),
  fc.constantFrom('seen_at', 'amount', undefined).map((latest) => ({ deduplicate: { by: ['id'], ...(latest === undefined ? {} : { latest }) } })),
  fc.constant({ upsert: ['id'] }),
  fc.constantFrom('amount > 0', 'id IS NOT NULL', "text_one <> 'x'").chain((where) => fc.constantFrom<unknown>(where, { where, reason: 'not wanted' }).map((filter) => ({ filter }))),
  fc.constantFrom('amount * 2', "concat(text_two, 'x')", 'CAST(seen_at AS DATE)').map((expression) => ({ derive: { made: expression } })),
  fc.constant({ fillNull: { text_two: 'none', count_one: 0 } }),
  fc.constantFrom('keep', 'null', 'remove', 'quarantine', 'abort').map((otherwise) => ({ mapValues: { column: 'text_two', values: { a: 'b', c: null }, otherwise } })),
  fc.constantFrom('abort', 'quarantine', 'null').map((onFail) => ({ cast: { columns: { count_one: 'bigint', seen_at: { type: 'timestamp', format: 'yyyy-MM-dd' } }, onFail } })),
);

const quality: fc.Arbitrary<Fields> = fc.record({
  metric: fc.constant('nullValues'), column: fc.constantFrom('id', 'text_two', 'amount'), severity: fc.constantFrom('critical', 'warning'),
  actionOnFail: fc.constantFrom('abort_workflow', 'quarantine_rows', 'alert'), unit: fc.constantFrom('rows', 'percent'), mustBeLessThan: fc.integer({ min: 0, max: 100 }),
});

const middle = fc.record({ rules: fc.array(rule, { maxLength: 4 }), quality: fc.array(quality, { maxLength: 2 }), persist: fc.constantFrom(true, undefined) });

/** A chain of tables from the source to the published one, side tables joined in on the way. */
const pipeline: fc.Arbitrary<Fields> = fc.record({
  chain: fc.array(middle, { minLength: 1, maxLength: 4 }),
  side: fc.boolean(),
  watermark: fc.boolean(),
  engine: fc.constantFrom('auto', 'spark', 'duckdb', undefined),
  schedule: fc.constantFrom({ full: 'cron(0 5 * * ? *)' }, { delta: 'rate(5 minutes)', timezone: 'Europe/Berlin' }, undefined),
}).map(({ chain, side, watermark, engine, schedule }) => {
  const tables: Record<string, Fields> = {};
  chain.forEach(({ rules, quality: checks, persist }, index) => {
    tables[`step_${index}`] = {
      layer: index === 0 ? 'bronze' : 'silver', from: [index === 0 ? 'source_one' : `step_${index - 1}`],
      ...(rules.length > 0 ? { rules } : {}), ...(checks.length > 0 ? { quality: checks } : {}), ...(persist === undefined ? {} : { persist }),
    };
  });
  const last = `step_${chain.length - 1}`;
  if (side) tables['totals'] = { layer: 'silver', from: [last], rules: [{ aggregate: { by: ['id'], measures: { total: 'sum(amount)' } } }] };
  tables['orders'] = side
    ? { layer: 'gold', from: [last, 'totals'], rules: [{ join: { with: 'totals', on: ['id'], select: ['total'] } }] }
    : { layer: 'gold', from: [last] };
  return {
    ...(engine === undefined ? {} : { engine }), ...(schedule === undefined ? {} : { schedule }),
    sources: { source_one: { files: { format: 'csv' }, columns: COLUMNS, ...(watermark ? { watermark: 'seen_at' } : {}) } },
    tables,
  };
});

let root = '';
const PIPE = 'contracts/sales/orders.pipeline.yaml';

function write(document: unknown): void {
  fs.writeFileSync(path.join(root, PIPE), JSON.stringify(document, null, 2));
}

/** Every place in a document. */
function places(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...at, Array.isArray(value) ? Number(key) : key]))];
}

type Mutation = 'drop' | 'rename' | 'retype' | 'misspell' | 'nest';

function mutate(document: unknown, at: readonly (string | number)[], mutation: Mutation): unknown {
  const copy = structuredClone(document) as Fields;
  const parent = at.slice(0, -1).reduce<Fields>((value, step) => value[step] as Fields, copy);
  const last = at[at.length - 1];
  const value = parent[last];
  switch (mutation) {
    case 'drop': delete parent[last]; break;
    case 'rename': delete parent[last]; parent[`${String(last)}_x`] = value; break;
    case 'retype': parent[last] = typeof value === 'object' ? 'text' : [value]; break;
    case 'misspell': parent[last] = typeof value === 'string' ? `${value.slice(1)}${value.slice(0, 1)}` : `${String(value)}!`; break;
    case 'nest': parent[last] = { value }; break;
  }
  return copy;
}

describe('any pipeline', () => {
  beforeAll(() => {
    root = folderWith({ 'contracts/sales/orders.contract.yaml': CONTRACT });
  });
  afterAll(removeFolders);

  test('that is sound compiles, and its plan has the shape that jobs expect', () => {
    fc.assert(fc.property(pipeline, (document) => {
      write(document);
      const compiled = compileProduct(new Workspace(root, root, { sqlChecker: new TrustingChecker() }), path.join(root, 'contracts/sales/orders.contract.yaml'));
      if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems, null, 2));
      const { plan } = compiled;
      expect(planSchema.safeParse(plan).error).toBeUndefined();
      const place = new Map(plan.tables.map(({ name }, index) => [name, index]));
      for (const table of plan.tables) {
        // each table after what it reads
        for (const input of table.from) expect(place.get(input) ?? -1).toBeLessThan(place.get(table.name)!);
        // what an incremental table is merged by
        if (table.incremental) expect(table.primaryKey).not.toEqual([]);
        expect(new Set([...table.rules, ...table.checks].map(({ id }) => id)).size).toBe(table.rules.length + table.checks.length);
      }
      // the protected column is protected wherever it is on its way
      expect(plan.tables.filter(({ name }) => name !== 'totals').every((table) => table.protected.some(({ name }) => name === 'text_one'))).toBe(true);
    }), { numRuns: runs(30) });
  });

  test('that was damaged is judged without a crash, and each problem has a place in the file', () => {
    const mutations = fc.constantFrom<Mutation>('drop', 'rename', 'retype', 'misspell', 'nest');
    let refused = 0;
    fc.assert(fc.property(pipeline, mutations, fc.nat(), (document, mutation, seed) => {
      const all = places(document).filter((at) => at.length > 0);
      const damaged = mutate(document, all[seed % all.length], mutation);
      write(damaged);
      const lines = fs.readFileSync(path.join(root, PIPE), 'utf8').split('\n');
      const { files } = validatePaths([], { cwd: root, root, sqlChecker: new TrustingChecker() });
      const problems = files.flatMap((file) => file.problems);
      if (problems.length > 0) refused += 1;
      for (const { file, line, column, message, id } of problems) {
        expect(file).toBe(PIPE);
        expect(id).toMatch(/^(pipeline|yaml)\//);
        expect(message).not.toBe('');
        expect(line).toBeLessThanOrEqual(lines.length);
        expect(column).toBeLessThanOrEqual(lines[line - 1].length + 1);
        expect(Math.min(line, column)).toBeGreaterThanOrEqual(1);
      }
    }), { numRuns: runs(80) });
    // some damage gives another sound pipeline, most does not
    expect(refused).toBeGreaterThan(runs(40));
  });
});

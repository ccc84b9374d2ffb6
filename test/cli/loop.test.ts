import * as fs from 'node:fs';
import * as path from 'node:path';
import type * as z from 'zod';
import { errorShape, quarantineShape, runAllShape, runShape, showShape, statusShape, testShape, validateShape } from '../../lib/cli/json-shapes';
import { freshFolder, mesh as meshProcess, meshOnTerminal, ROOT, write } from './built-mesh';
import { meshHere } from './in-process';

const answer = <T>(shape: z.ZodType<T>, { stdout }: { readonly stdout: string }): T => shape.parse(JSON.parse(stdout));

/** A verb in this process. Signals, terminals and two at once are of processes. */
async function mesh(args: readonly string[], { cwd }: { readonly cwd: string }): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, out, err } = await meshHere(args, cwd);
  return { code, stdout: out, stderr: err };
}

/** What `mesh init` makes, its SQL checked once for all that start from it. */
let template: string;
beforeAll(async () => {
  template = freshFolder();
  await mesh(['init', 'sales', 'orders'], { cwd: template });
  await mesh(['validate'], { cwd: template });
});

/** A mesh of one product as `mesh init` makes it. */
function newMesh(): string {
  const cwd = freshFolder();
  fs.cpSync(template, cwd, { recursive: true });
  return cwd;
}

function edit(cwd: string, file: string, change: (text: string) => string): void {
  const full = path.join(cwd, file);
  const before = fs.readFileSync(full, 'utf8');
  const after = change(before);
  if (after === before) throw new Error(`${file} did not change`);
  fs.writeFileSync(full, after);
}

/** The lines of tables that do not fit. */
function tooLong(text: string, columns: number): string[] {
  // What a moving line leaves behind is what follows its last return.
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^.*\r(\u001b\[2K)?/, ''));
  return lines.filter((line) => /^(sales|product|rows|table| {2}(table|orders))/.test(line) && !line.includes(' · ') && line.length > columns);
}

const SAMPLE = 'contracts/sales/samples/orders.csv';
const PIPELINE = 'contracts/sales/orders.pipeline.yaml';
const CONTRACT = 'contracts/sales/orders.contract.yaml';

describe('a new product', () => {
  let cwd: string;
  beforeAll(() => { cwd = newMesh(); });

  test('is valid', async () => {
    const ended = await mesh(['validate', '--json'], { cwd });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { ok, files } = answer(validateShape, ended);
    expect(ok).toBe(true);
    expect(files.map(({ file }) => path.basename(file))).toEqual(['orders.contract.yaml', 'orders.pipeline.yaml', 'orders.tests.yaml', 'orders.sql']);
    expect(files.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('passes its tests', async () => {
    const ended = await mesh(['test', '--json'], { cwd });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(answer(testShape, ended).products[0].cases.map(({ passed }) => passed)).toEqual([true, true]);
  });

  test('has nothing to show before it ran, which exits 1', async () => {
    const { code, stderr } = await mesh(['show', 'sales/orders'], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '✖ sales/orders has no certified data yet\n  → mesh run sales/orders\n' });
    expect((await mesh(['quarantine', 'sales/orders'], { cwd })).stdout).toBe('the quarantine of sales/orders is empty\n');
  });

  test('runs to a certificate, with every row accounted for', async () => {
    const ended = await mesh(['run', 'sales/orders', '--run-id', 'first', '--json'], { cwd });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { state, runId, mode, tables, certificate } = answer(runShape, ended);
    expect({ state, runId, mode, verdict: certificate?.verdict }).toEqual({ state: 'published', runId: 'first', mode: 'init', verdict: 'certified' });
    expect(tables.map(({ table, rowsIn, rowsOut, quarantined, removed }) => [table, rowsIn, rowsOut, quarantined, removed])).toEqual([
      ['orders_raw', 4, 3, 0, 1], ['orders_clean', 3, 2, 1, 0], ['orders', 2, 2, 0, 0],
    ]);
  });

  test('shows what consumers read: certified rows, masked', async () => {
    const ended = await mesh(['show', 'sales/orders', '--json'], { cwd });
    const { tables: [table], certificate } = answer(showShape, ended);
    expect(table.rows.map((row) => [row.order_id, row.status, row.amount]).sort()).toEqual([['a1', 'closed', '12.50'], ['a2', 'open', '99.90']]);
    expect(table.rows.every((row) => /^[0-9a-f]{64}$/.test(row.contact_email as string))).toBe(true);
    expect(certificate?.runId).toBe('first');
    expect(ended.stdout).not.toContain('shoply.example');
  });

  test('shows one row where one is asked for, and says how many there are', async () => {
    const { stdout } = await mesh(['show', 'sales/orders', '--limit', '1'], { cwd });
    expect(stdout).toMatch(/^sales\.orders_v1 1 of 2 rows\n/);
  });

  test('explains what was set aside, by rule and row by row', async () => {
    const { groups } = answer(quarantineShape, await mesh(['quarantine', 'sales/orders', '--json'], { cwd }));
    expect(groups).toEqual([expect.objectContaining({ table: 'orders_clean', reason: 'a status that is known', rows: 1, runId: 'first' })]);
    const { code, stdout } = await mesh(['quarantine', 'sales/orders', '--row', '1'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^file +contracts\/sales\/samples\/orders\.csv$/m);
    expect(stdout).toMatch(/^row +4$/m);
    expect((await mesh(['quarantine', 'sales/orders', '--row', '2'], { cwd })).stderr).toBe('✖ the quarantine of sales/orders has no row 2\n  → it has 1 row\n');
  });

  test('has a status', async () => {
    const { products } = answer(statusShape, await mesh(['status', '--json'], { cwd }));
    expect(products).toEqual([expect.objectContaining({ product: 'dp_sales_orders', major: 1, state: 'published', running: null })]);
    expect((await mesh(['status'], { cwd })).stdout).toMatch(/sales\/orders +published +certified +100 .* first/);
    expect((await mesh(['status', 'sales/orders'], { cwd })).stdout).toMatch(/\nrun +state +started +ended\nfirst +published +\d{4}-\d{2}-\d{2}T[\d:]+Z /);
  });

  test('can be built again from what was kept', async () => {
    const { code, stdout } = await mesh(['replay', 'sales/orders', '--from', 'first', '--json'], { cwd });
    expect(code).toBe(0);
    expect(answer(runShape, { stdout }).tables.map(({ rowsOut }) => rowsOut)).toEqual([3, 2, 2]);
  });

  test('keeps its state out of git', () => expect(fs.readFileSync(path.join(cwd, '.mesh', '.gitignore'), 'utf8')).toBe('*\n'));

  test('is reported on a terminal in lines that fit it', async () => {
    for (const [columns, args] of [[80, ['show', 'sales/orders']], [80, ['quarantine', 'sales/orders']], [80, ['run', '--all']], [120, ['show', 'sales/orders']]] as const) {
      const { code, stdout } = await meshOnTerminal(args, columns, { cwd, env: { NO_COLOR: '1' } });
      expect(code).toBe(0);
      expect(tooLong(stdout, columns)).toEqual([]);
    }
    // Where there is no terminal, one of 120 is written for.
    expect(tooLong((await mesh(['quarantine', 'sales/orders'], { cwd })).stdout, 120)).toEqual([]);
  });
});

describe('when something is wrong', () => {
  test('a broken promise exits 1, says which, and consumers keep the last certified data', async () => {
    const cwd = newMesh();
    await mesh(['run', 'sales/orders'], { cwd });
    edit(cwd, CONTRACT, (text) => text.replace('validValues: [open, closed]', 'validValues: [open]'));
    const human = await mesh(['run', 'sales/orders'], { cwd });
    expect(human.code).toBe(1);
    expect(human.stdout).toMatch(/✖ sales\/orders 1\.0\.0 rejected/);
    expect(human.stderr).toMatch(/✖ known status: measured 1, 1 of 2 rows, mustBe 0/);
    const { state, certificate } = answer(runShape, await mesh(['run', 'sales/orders', '--json'], { cwd }));
    expect({ state, verdict: certificate?.verdict }).toEqual({ state: 'rejected', verdict: 'rejected' });
    expect(answer(showShape, await mesh(['show', 'sales/orders', '--json'], { cwd })).tables[0].rows).toHaveLength(2);
  });

  test('data that does not fit exits 1 and names file, row and column, but no value of a protected one', async () => {
    const cwd = newMesh();
    edit(cwd, SAMPLE, (text) => text.replace('12.50,ada@shoply.example', 'twelve,ada@shoply.example'));
    const { code, stdout, stderr } = await mesh(['run', 'sales/orders'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/orders\.csv.*amount/s);
    expect(stdout + stderr).not.toContain('ada@');
  });

  test('a contract that is not valid is not run, and its problems are shown', async () => {
    const cwd = newMesh();
    edit(cwd, CONTRACT, (text) => text.replace('logicalType: timestamp', 'logicalType: moment'));
    const { code, stdout, stderr } = await mesh(['run', 'sales/orders'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/contracts\/sales\/orders\.contract\.yaml\n✖ \d+:\d+ .*\n {2}→ at schema\[0\]\.properties\[1\]\.logicalType/);
    const document = await mesh(['run', 'sales/orders', '--json'], { cwd });
    expect(document.code).toBe(1);
    expect(answer(errorShape, document).error).toMatchObject({ code: 'invalid', problems: [{ file: CONTRACT, severity: 'error' }] });
    const validated = await mesh(['validate'], { cwd });
    expect(validated).toMatchObject({ code: 1, stdout: '' });
    expect(validated.stderr).toMatch(/✖ 3 files, 1 error\n$/);
  });

  test('a failed test exits 1 and says what differed', async () => {
    const cwd = newMesh();
    edit(cwd, 'contracts/sales/orders.tests.yaml', (text) => text.replace('quarantined: 1', 'quarantined: 2'));
    const { code, stdout, stderr } = await mesh(['test'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/✖ sales\/orders a status nobody knows is set aside\n {4}orders_clean: expected 2 rows quarantined, got 1/);
    expect(stdout).toMatch(/1 test passed, 1 failed\n$/);
  });

  test('an input by hand replaces what has landed', async () => {
    const cwd = newMesh();
    write(cwd, { 'elsewhere/one.csv': 'order_id,updated_at,status,amount,contact_email\nb1,2025-02-01T00:00:00Z,open,1.00,\n' });
    const { tables } = answer(runShape, await mesh(['run', 'sales/orders', '--input', 'orders_export=elsewhere', '--json'], { cwd }));
    expect(tables.map(({ rowsOut }) => rowsOut)).toEqual([1, 1, 1]);
  });
});

describe('a run that is stopped', () => {
  /** The jobs' own Python, which says when it starts. */
  function announcing(): string {
    const file = path.join(freshFolder(), 'python');
    fs.writeFileSync(file, `#!/bin/bash\n[ "$4" = run ] && echo '{"event":"warning","message":"started"}'\nexec "${path.join(ROOT, '.venv', 'bin', 'python')}" "$@"\n`, { mode: 0o755 });
    return file;
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('by %s leaves nothing behind that keeps the next one from publishing', async (signal) => {
    const cwd = newMesh();
    const stopped = await meshProcess(['run', 'sales/orders'], { cwd, env: { MESH_PYTHON: announcing() }, on: { text: /started/, act: (pid) => process.kill(pid, signal) } });
    expect(stopped.stdout).not.toContain('published');
    const { state, tables } = answer(runShape, await mesh(['run', 'sales/orders', '--json'], { cwd }));
    expect({ state, rows: tables.map(({ rowsOut }) => rowsOut) }).toEqual({ state: 'published', rows: [3, 2, 2] });
  });

  test('two at once: both answer, and one at least publishes', async () => {
    const cwd = newMesh();
    const ended = await Promise.all([1, 2].map(() => meshProcess(['run', 'sales/orders', '--mode', 'full'], { cwd })));
    const codes = ended.map(({ code }) => code);
    expect(codes).toContain(0);
    for (const { code, stderr } of ended) if (code !== 0) expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/dp_sales_orders v1 is being run by process \d+/) as string });
    expect(answer(showShape, await mesh(['show', 'sales/orders', '--json'], { cwd })).tables[0].rows).toHaveLength(2);
  });
});

describe('mesh run --all', () => {
  const daily = {
    'contracts/sales/daily.contract.yaml': `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_daily
version: 1.0.0
status: draft
domain: sales
team: {name: sales-daily, members: [{username: daily-owner@shoply.example, role: owner}]}
schema:
  - name: daily
    dataGranularityDescription: one row per status
    properties:
      - {name: status, logicalType: string, primaryKey: true}
      - {name: orders, logicalType: integer}
`,
    'contracts/sales/daily.pipeline.yaml': `sources:
  orders: {product: dp_sales_orders}
tables:
  orders_in: {layer: bronze, from: [orders]}
  daily: {layer: gold, from: [orders_in], rules: [{aggregate: {by: [status], measures: {orders: count(*)}}}]}
`,
  };

  test('runs what others read first, and prints a line for each', async () => {
    const cwd = newMesh();
    write(cwd, daily);
    const { code, stdout, stderr } = await mesh(['run', '--all'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^product +state +rows read +published +quarantined +removed +score +freshness +time\nsales\/daily +certified +2 +2 +0 +0 +100 .*\nsales\/orders +certified +4 +2 +1 +1 +100 /);
    expect(tooLong(stdout, 120)).toEqual([]);
    expect(stdout).toMatch(/next: mesh show sales\/daily · mesh quarantine sales\/orders · mesh status/);
  });

  test('leaves a retired product alone, and that is fine', async () => {
    const cwd = newMesh();
    edit(cwd, CONTRACT, (text) => text.replace('status: draft', 'status: retired').replace('slaProperties:\n', 'slaProperties:\n  - {property: endOfLife, value: "2020-01-31"}\n'));
    const all = await mesh(['run', '--all'], { cwd });
    expect({ code: all.code, stderr: all.stderr }).toEqual({ code: 0, stderr: '' });
    expect(all.stdout).toContain('sales/orders: retired: its data is kept, and it does not run');
    expect(await mesh(['run', 'sales/orders'], { cwd })).toMatchObject({ code: 1, stdout: '' });
  });

  test('skips what reads a product that failed, says so, and exits 1', async () => {
    const cwd = newMesh();
    write(cwd, daily);
    edit(cwd, PIPELINE, (text) => text.replace('mustBeLessThan: 50', 'mustBeLessThan: 1'));
    const { code, stderr } = await mesh(['run', '--all'], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(/sales\/daily: skipped: it reads sales\/orders, which was not published/);
    const { ok, runs } = answer(runAllShape, await mesh(['run', '--all', '--json'], { cwd }));
    expect({ ok, states: runs.map(({ state }) => state) }).toEqual({ ok: false, states: ['skipped', expect.stringMatching(/rejected|failed/)] });
  });
});

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../..');
const python = path.join(root, '.venv', 'bin', 'python');

interface Table { readonly table: string; readonly rowsIn: number; readonly rowsOut: number; readonly quarantined: number; readonly removed: number }
interface Check { readonly title: string; readonly severity: string; readonly failing: number; readonly passed: boolean }
interface Run {
  readonly state: string;
  readonly tables: readonly Table[];
  readonly losses: readonly { readonly table: string; readonly kind: string; readonly rows: number; readonly reason: string }[];
  readonly certificate: { readonly verdict: string; readonly score: number; readonly checks: readonly Check[] } | null;
}
interface Shown { readonly tables: readonly { readonly table: string; readonly rows: readonly Record<string, unknown>[] }[] }

/** A copy of the example mesh, with a state of its own. */
function clone(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-example-'));
  fs.cpSync(path.join(root, 'contracts'), path.join(folder, 'contracts'), { recursive: true });
  fs.copyFileSync(path.join(root, 'mesh.yaml'), path.join(folder, 'mesh.yaml'));
  return folder;
}

function mesh(folder: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(path.join(root, 'mesh'), args, { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 28 });
}

function json<T>(folder: string, ...args: string[]): T {
  const done = mesh(folder, ...args, '--json');
  if (done.status !== 0) throw new Error(`mesh ${args.join(' ')} ended with ${done.status}\n${done.stdout}${done.stderr}`);
  return JSON.parse(done.stdout) as T;
}

function generate(folder: string, ...more: string[]): { defects: Record<string, number>; expect: Record<string, number | string>; rows: Record<string, number> } {
  const done = spawnSync(python, [path.join(root, 'tools', 'examples', 'retail.py'), '--out', folder, '--orders', '5000', '--campaigns', '200', ...more], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout) as ReturnType<typeof generate>;
}

const land = (folder: string, file: string, where: string): void => {
  fs.mkdirSync(path.join(folder, '.mesh', 'landing', where), { recursive: true });
  fs.copyFileSync(file, path.join(folder, '.mesh', 'landing', where, path.basename(file)));
};

/** [rows in, rows out, quarantined, removed] by table. */
const counts = (run: Run): Record<string, number[]> =>
  Object.fromEntries(run.tables.map(({ table, rowsIn, rowsOut, quarantined, removed }) => [table, [rowsIn, rowsOut, quarantined, removed]]));

/** Of the checks that failed, how many rows broke them (or what a query gave). */
const failures = (run: Run): Record<string, string> =>
  Object.fromEntries((run.certificate?.checks ?? []).filter((check) => !check.passed).map(({ title, severity }) => [title, severity]));

const show = (folder: string, product: string, table: string): readonly Record<string, unknown>[] =>
  json<Shown>(folder, 'show', product, '--limit', '100000').tables.find((shown) => shown.table.endsWith(`.${table}_v1`))!.rows;

/** All that a run says of itself: its quarantine, its records and its events. */
function told(folder: string, product: string): string {
  const runs = path.join(folder, '.mesh', 'runs');
  const files = fs.readdirSync(runs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('certificate.json')).map((name) => path.join(runs, name));
  const quarantine = mesh(folder, 'quarantine', product, '--json', '--limit', '1000');
  expect((JSON.parse(quarantine.stdout) as { groups: unknown[] }).groups).not.toEqual([]);
  return [quarantine.stdout, quarantine.stderr, mesh(folder, 'quarantine', product, '--row', '1').stdout,
    ...[...files, path.join(folder, '.mesh', 'events.jsonl')].map((file) => fs.readFileSync(file, 'utf8'))].join('\n');
}

describe('the example mesh', () => {
  let folder: string;
  beforeAll(() => { folder = clone(); });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('is valid, without a warning', () => {
    const { ok, files } = json<{ ok: boolean; files: { file: string; problems: unknown[] }[] }>(folder, 'validate');
    expect(files.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(ok).toBe(true);
  });

  test('passes the tests that stand beside its contracts', () => {
    const { products } = json<{ products: { product: string; cases: { name: string; passed: boolean; differences: string[] }[] }[] }>(folder, 'test');
    expect(products.flatMap(({ cases }) => cases).filter(({ passed }) => !passed)).toEqual([]);
    expect(products.map(({ product, cases }) => [product, cases.length > 1])).toEqual(expect.arrayContaining([
      ['dp_marketing_campaign_rois', true], ['dp_operations_airports', true], ['dp_operations_flights', true],
      ['dp_safety_bird_strikes', true], ['dp_sales_gold_daily', true], ['dp_sales_orders', true],
    ]));
  }, 120_000);

  test('runs on the samples that are committed, for whoever has nothing else', () => {
    const { runs } = json<{ runs: { product: string; state: string }[] }>(folder, 'run', '--all');
    expect(runs.filter(({ state }) => state !== 'published')).toEqual([]);
    expect(runs).toHaveLength(6);
  }, 180_000);

  test('runs once more where nothing is new', () => {
    const { ok, runs } = json<{ ok: boolean; runs: { product: string; state: string }[] }>(folder, 'run', '--all');
    expect(ok).toBe(true);
    expect(runs.find(({ product }) => product === 'dp_sales_orders')).toMatchObject({ state: 'skipped' });
    expect(runs.filter(({ state }) => state === 'published')).toHaveLength(5);
  }, 180_000);
});

describe('retail', () => {
  let folder: string;
  let planted: ReturnType<typeof generate>;
  let orders: Run;
  beforeAll(() => {
    folder = clone();
    planted = generate(path.join(folder, 'data'));
    land(folder, path.join(folder, 'data', 'orders.csv'), 'sales/orders-v1/orders');
    land(folder, path.join(folder, 'data', 'payments.jsonl'), 'sales/orders-v1/payments');
    land(folder, path.join(folder, 'data', 'campaigns.csv'), 'marketing/campaign_rois-v1/campaigns');
    orders = json<Run>(folder, 'run', 'dp_sales_orders');
  }, 120_000);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('every defect that was planted in orders and payments is counted where it was caught', () => {
    const { defects: d, expect: e, rows } = planted;
    const bad = d.statusless + d.negativeAmounts + d.malformedEmails;
    const paymentsOnce = rows.payments - d.duplicatePayments;
    expect(counts(orders)).toEqual({
      orders_raw: [rows.orders, 5000, 0, d.duplicateOrders],
      payments_raw: [rows.payments, paymentsOnce, 0, d.duplicatePayments],
      payments_settled: [paymentsOnce, paymentsOnce, 0, 0],
      orders_clean: [5000, e.orders, bad, 0],
      orders: [e.orders, e.orders, 0, 0],
    });
    expect(orders.certificate).toMatchObject({ verdict: 'certified', score: 100 });
  });

  test('nobody reads a customer\'s address, neither certified nor in the quarantine', () => {
    const published = show(folder, 'dp_sales_orders', 'orders');
    expect(published).toHaveLength(Number(planted.expect.orders));
    expect(published.filter(({ customer_email }) => !/^[0-9a-f]{64}$/.test(String(customer_email)))).toEqual([]);
    expect(told(folder, 'dp_sales_orders')).not.toContain('mail.example');
  });

  test('an order without a status has that of its payment', () => {
    const { defects: d } = planted;
    const statuses = show(folder, 'dp_sales_orders', 'orders').map(({ order_status }) => order_status);
    expect(new Set(statuses)).toEqual(new Set(['paid', 'shipped', 'delivered', 'pending', 'failed']));
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(d.nullStatusUnpaid);
  });

  test('only successful transactions make revenue, to the cent', () => {
    const daily = json<Run>(folder, 'run', 'dp_sales_gold_daily');
    expect(daily).toMatchObject({ state: 'published', certificate: { verdict: 'certified', score: 100 } });
    const days = show(folder, 'dp_sales_gold_daily', 'daily_sales');
    const cents = days.reduce((sum, { total_sales }) => sum + Math.round(Number(total_sales) * 100), 0);
    expect((cents / 100).toFixed(2)).toBe(planted.expect.revenue);
    expect(days).toHaveLength(90);
  }, 60_000);

  test('campaigns without a known channel are removed with their reason, and those without a cost quarantined', () => {
    const { defects: d, expect: e } = planted;
    const run = json<Run>(folder, 'run', 'dp_marketing_campaign_rois');
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    expect(counts(run)).toMatchObject({
      campaigns_raw: [planted.rows.campaigns, 200, 0, d.duplicateCampaigns],
      campaigns_clean: [200, e.campaigns, d.nullCosts, d.unknownChannels + d.nullChannels],
      campaign_rois: [e.campaigns, e.campaigns, 0, 0],
    });
    expect(run.losses).toEqual(expect.arrayContaining([
      expect.objectContaining({ table: 'campaigns_clean', kind: 'removed', rows: d.nullChannels, reason: 'the channel was not filled in' }),
      expect.objectContaining({ table: 'campaigns_clean', kind: 'removed', rows: d.unknownChannels, reason: 'the channel is none that marketing knows' }),
    ]));
    expect(failures(run)).toEqual({ 'orders name campaigns that are known': 'warning' });
    const rois = show(folder, 'dp_marketing_campaign_rois', 'campaign_rois');
    const cents = rois.reduce((sum, { revenue }) => sum + Math.round(Number(revenue) * 100), 0);
    expect((cents / 100).toFixed(2)).toBe(e.attributedRevenue);
    for (const { revenue, campaign_cost, roi } of rois) {
      expect(Number(roi)).toBeCloseTo((Number(revenue) - Number(campaign_cost)) / Number(campaign_cost), 9);
    }
  }, 60_000);

  test('an order without its number aborts the run, and what was certified stays', () => {
    const before = show(folder, 'dp_sales_orders', 'orders');
    const broken = path.join(folder, 'broken');
    generate(broken, '--null-order-id');
    const done = mesh(folder, 'run', 'dp_sales_orders', '--mode', 'full', '--input', `shop_orders=${path.join(broken, 'orders.csv')}`);
    expect(done.status).toBe(1);
    expect(done.stdout + done.stderr).toContain('every order has its number');
    expect(show(folder, 'dp_sales_orders', 'orders')).toEqual(before);
  }, 60_000);

  test('the same data once more comes to the same rows', () => {
    const again = json<Run>(folder, 'run', 'dp_sales_orders', '--mode', 'full');
    expect(counts(again)).toEqual(counts(orders));
    expect(show(folder, 'dp_sales_orders', 'orders')).toHaveLength(Number(planted.expect.orders));
  }, 60_000);

  test('orders that changed since are merged, and nothing else is read', () => {
    const later = path.join(folder, 'later');
    const { rows } = generate(later, '--orders', '1000', '--start', '2026-05-01');
    fs.renameSync(path.join(later, 'orders.csv'), path.join(later, 'may.csv'));
    land(folder, path.join(later, 'may.csv'), 'sales/orders-v1/orders');
    const delta = json<Run & { mode: string }>(folder, 'run', 'dp_sales_orders');
    expect(delta).toMatchObject({ mode: 'delta', state: 'published', certificate: { verdict: 'certified' } });
    expect(counts(delta).orders_raw).toEqual([rows.orders, 1000, 0, rows.orders - 1000]);
    expect(delta.tables.find(({ table }) => table === 'orders_raw')).toMatchObject({ rowsTotal: 5000 });
  }, 60_000);
});

describe('aviation', () => {
  let folder: string;
  const data = path.join(root, 'node_modules', 'vega-datasets', 'data');
  const page = fs.readFileSync(path.join(root, 'docs', 'examples', 'aviation.md'), 'utf8');
  /** What the page says that the first table of a product comes to. */
  const published = (product: string): number => Number(new RegExp(`\\| \`${product}\` .*\\| ([0-9,]+) \\|`).exec(page)![1].replaceAll(',', ''));
  beforeAll(() => {
    folder = clone();
    land(folder, path.join(data, 'airports.csv'), 'operations/airports-v1/airports');
    land(folder, path.join(data, 'flights-3m.parquet'), 'operations/flights-v1/flights');
    land(folder, path.join(data, 'birdstrikes.csv'), 'safety/bird_strikes-v1/strikes');
  });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('four airports abroad are quarantined, and what is missing or mirrored is a warning', () => {
    const run = json<Run>(folder, 'run', 'dp_operations_airports');
    expect(counts(run)).toEqual({ airports_raw: [3376, 3376, 0, 0], airports_clean: [3376, 3372, 4, 0], airports: [3372, 3372, 0, 0] });
    expect(published('dp_operations_airports')).toBe(3372);
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    expect(Object.values(failures(run))).toEqual(['warning', 'warning', 'warning']);
  }, 60_000);

  test('of three million flights the 35 whose delay is a day off are quarantined, and no equal row is lost', () => {
    const run = json<Run>(folder, 'run', 'dp_operations_flights');
    expect(counts(run)).toEqual({
      flights_raw: [3_000_000, 3_000_000, 0, 0], flights_keyed: [3_000_000, 3_000_000, 0, 0],
      flights: [3_000_000, 2_999_965, 35, 0], airport_traffic: [1_347, 1_347, 0, 0],
    });
    expect(published('dp_operations_flights')).toBe(2_999_965);
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    expect(Object.values(failures(run))).toEqual(['warning', 'warning']);
  }, 180_000);

  test('bird strikes are located by the certified airports of another domain', () => {
    const run = json<Run>(folder, 'run', 'dp_safety_bird_strikes');
    expect(counts(run)).toMatchObject({
      strikes_raw: [10_000, 10_000, 0, 0], airports_in: [3_372, 3_372, 0, 0], traffic_in: [1_347, 1_347, 0, 0],
      strikes_clean: [10_000, 9_961, 15, 24], strikes: [9_961, 9_961, 0, 0], strike_rates: [47, 47, 0, 0],
    });
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    const strikes = show(folder, 'dp_safety_bird_strikes', 'strikes');
    expect(strikes).toHaveLength(published('dp_safety_bird_strikes'));
    expect(strikes.filter(({ airport_code }) => airport_code === null)).toHaveLength(425);
    expect(strikes.filter(({ species }) => species === null)).toHaveLength(7_979);
    expect(strikes.filter(({ cost_usd }) => cost_usd === null)).toHaveLength(906);
    expect(strikes.filter(({ operator }) => operator !== null && !/^[0-9a-f]{64}$/.test(operator as string))).toEqual([]);
    expect(told(folder, 'dp_safety_bird_strikes')).not.toContain('MILITARY');
    expect(told(folder, 'dp_safety_bird_strikes')).toMatch(/"damage":\s*"[BC]"|damage\s+[BC]\b/);
    expect(show(folder, 'dp_safety_bird_strikes', 'strike_rates').reduce((sum, row) => sum + Number(row.strikes), 0)).toBe(361);
  }, 120_000);
});

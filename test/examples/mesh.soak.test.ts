import * as fs from 'node:fs';
import * as path from 'node:path';
import { clone, counts, failures, json, land, root, type Run, show, told } from './example-mesh';

describe('the example mesh', () => {
  let folder: string;
  beforeAll(() => { folder = clone(); });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('passes the tests that stand beside its contracts', async () => {
    const { products } = await json<{ products: { product: string; cases: { name: string; passed: boolean; differences: string[] }[] }[] }>(folder, 'test');
    expect(products.flatMap(({ cases }) => cases).filter(({ passed }) => !passed)).toEqual([]);
    expect(products.map(({ product, cases }) => [product, cases.length > 1])).toEqual(expect.arrayContaining([
      ['dp_marketing_campaign_rois', true], ['dp_operations_airports', true], ['dp_operations_flights', true],
      ['dp_safety_bird_strikes', true], ['dp_sales_gold_daily', true], ['dp_sales_orders', true],
    ]));
  }, 120_000);

  test('runs on the samples that are committed, for whoever has nothing else', async () => {
    const { runs } = await json<{ runs: { product: string; state: string }[] }>(folder, 'run', '--all');
    expect(runs.filter(({ state }) => state !== 'published')).toEqual([]);
    expect(runs).toHaveLength(6);
  }, 180_000);

  test('runs once more where nothing is new', async () => {
    const { ok, runs } = await json<{ ok: boolean; runs: { product: string; state: string }[] }>(folder, 'run', '--all');
    expect(ok).toBe(true);
    expect(runs.find(({ product }) => product === 'dp_sales_orders')).toMatchObject({ state: 'skipped' });
    expect(runs.filter(({ state }) => state === 'published')).toHaveLength(5);
  }, 180_000);
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

  test('four airports abroad are quarantined, and what is missing or mirrored is a warning', async () => {
    const run = await json<Run>(folder, 'run', 'dp_operations_airports');
    expect(counts(run)).toEqual({ airports_raw: [3376, 3376, 0, 0], airports_clean: [3376, 3372, 4, 0], airports: [3372, 3372, 0, 0] });
    expect(published('dp_operations_airports')).toBe(3372);
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    expect(Object.values(failures(run))).toEqual(['warning', 'warning', 'warning']);
  }, 60_000);

  test('of three million flights the 35 whose delay is a day off are quarantined, and no equal row is lost', async () => {
    const run = await json<Run>(folder, 'run', 'dp_operations_flights');
    expect(counts(run)).toEqual({
      flights_raw: [3_000_000, 3_000_000, 0, 0], flights_keyed: [3_000_000, 3_000_000, 0, 0],
      flights: [3_000_000, 2_999_965, 35, 0], airport_traffic: [1_347, 1_347, 0, 0],
    });
    expect(published('dp_operations_flights')).toBe(2_999_965);
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    expect(Object.values(failures(run))).toEqual(['warning', 'warning']);
  }, 180_000);

  test('bird strikes are located by the certified airports of another domain', async () => {
    const run = await json<Run>(folder, 'run', 'dp_safety_bird_strikes');
    expect(counts(run)).toMatchObject({
      strikes_raw: [10_000, 10_000, 0, 0], airports_in: [3_372, 3_372, 0, 0], traffic_in: [1_347, 1_347, 0, 0],
      strikes_clean: [10_000, 9_961, 15, 24], strikes: [9_961, 9_961, 0, 0], strike_rates: [47, 47, 0, 0],
    });
    expect(run).toMatchObject({ state: 'published', certificate: { verdict: 'certified' } });
    const strikes = await show(folder, 'dp_safety_bird_strikes', 'strikes');
    expect(strikes).toHaveLength(published('dp_safety_bird_strikes'));
    expect(strikes.filter(({ airport_code }) => airport_code === null)).toHaveLength(425);
    expect(strikes.filter(({ species }) => species === null)).toHaveLength(7_979);
    expect(strikes.filter(({ cost_usd }) => cost_usd === null)).toHaveLength(906);
    expect(strikes.filter(({ operator }) => operator !== null && !/^[0-9a-f]{64}$/.test(operator as string))).toEqual([]);
    expect(await told(folder, 'dp_safety_bird_strikes')).not.toContain('MILITARY');
    expect(await told(folder, 'dp_safety_bird_strikes')).toMatch(/"damage":\s*"[BC]"|damage\s+[BC]\b/);
    expect((await show(folder, 'dp_safety_bird_strikes', 'strike_rates')).reduce((sum, row) => sum + Number(row.strikes), 0)).toBe(361);
  }, 120_000);
});

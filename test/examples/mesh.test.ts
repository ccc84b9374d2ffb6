import * as fs from 'node:fs';
import * as path from 'node:path';
import { meshHere } from '../cli/in-process';
import { clone, counts, failures, generate, json, land, ORDERS, type Run, show, told } from './example-mesh';

describe('the example mesh', () => {
  let folder: string;
  beforeAll(() => { folder = clone(); });
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('is valid, without a warning', async () => {
    const { ok, files } = await json<{ ok: boolean; files: { file: string; problems: unknown[] }[] }>(folder, 'validate');
    expect(files.filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(ok).toBe(true);
  });
});

describe('retail', () => {
  let folder: string;
  let planted: ReturnType<typeof generate>;
  let orders: Run;
  let published: Awaited<ReturnType<typeof show>>;
  beforeAll(async () => {
    folder = clone();
    planted = generate(path.join(folder, 'data'));
    land(folder, path.join(folder, 'data', 'orders.csv'), 'sales/orders-v1/orders');
    land(folder, path.join(folder, 'data', 'payments.jsonl'), 'sales/orders-v1/payments');
    land(folder, path.join(folder, 'data', 'campaigns.csv'), 'marketing/campaign_rois-v1/campaigns');
    orders = await json<Run>(folder, 'run', 'dp_sales_orders');
    published = await show(folder, 'dp_sales_orders', 'orders');
  }, 120_000);
  afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

  test('every defect that was planted in orders and payments is counted where it was caught', () => {
    const { defects: d, expect: e, rows } = planted;
    const bad = d.statusless + d.negativeAmounts + d.malformedEmails;
    const paymentsOnce = rows.payments - d.duplicatePayments;
    expect(counts(orders)).toEqual({
      orders_raw: [rows.orders, ORDERS, 0, d.duplicateOrders],
      payments_raw: [rows.payments, paymentsOnce, 0, d.duplicatePayments],
      payments_settled: [paymentsOnce, paymentsOnce, 0, 0],
      orders_clean: [ORDERS, e.orders, bad, 0],
      orders: [e.orders, e.orders, 0, 0],
    });
    expect(orders.certificate).toMatchObject({ verdict: 'certified', score: 100 });
  });

  test('nobody reads a customer\'s address, neither certified nor in the quarantine', async () => {
    expect(published).toHaveLength(Number(planted.expect.orders));
    expect(published.filter(({ customer_email }) => !/^[0-9a-f]{64}$/.test(String(customer_email)))).toEqual([]);
    expect(await told(folder, 'dp_sales_orders')).not.toContain('mail.example');
  });

  test('an order without a status has that of its payment', () => {
    const { defects: d } = planted;
    const statuses = published.map(({ order_status }) => order_status);
    expect(new Set(statuses)).toEqual(new Set(['paid', 'shipped', 'delivered', 'pending', 'failed']));
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(d.nullStatusUnpaid);
  });

  test('only successful transactions make revenue, to the cent', async () => {
    const daily = await json<Run>(folder, 'run', 'dp_sales_gold_daily');
    expect(daily).toMatchObject({ state: 'published', certificate: { verdict: 'certified', score: 100 } });
    const days = await show(folder, 'dp_sales_gold_daily', 'daily_sales');
    const cents = days.reduce((sum, { total_sales }) => sum + Math.round(Number(total_sales) * 100), 0);
    expect((cents / 100).toFixed(2)).toBe(planted.expect.revenue);
    expect(days).toHaveLength(90);
  }, 60_000);

  test('campaigns without a known channel are removed with their reason, and those without a cost quarantined', async () => {
    const { defects: d, expect: e } = planted;
    const run = await json<Run>(folder, 'run', 'dp_marketing_campaign_rois');
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
    const rois = await show(folder, 'dp_marketing_campaign_rois', 'campaign_rois');
    const cents = rois.reduce((sum, { revenue }) => sum + Math.round(Number(revenue) * 100), 0);
    expect((cents / 100).toFixed(2)).toBe(e.attributedRevenue);
    for (const { revenue, campaign_cost, roi } of rois) {
      expect(Number(roi)).toBeCloseTo((Number(revenue) - Number(campaign_cost)) / Number(campaign_cost), 9);
    }
  }, 60_000);

  test('an order without its number aborts the run, and what was certified stays', async () => {
    const broken = path.join(folder, 'broken');
    generate(broken, '--null-order-id');
    const { code, out, err } = await meshHere(['run', 'dp_sales_orders', '--mode', 'full', '--input', `shop_orders=${path.join(broken, 'orders.csv')}`], folder);
    expect(code).toBe(1);
    expect(out + err).toContain('every order has its number');
    expect(await show(folder, 'dp_sales_orders', 'orders')).toEqual(published);
  }, 60_000);

  test('the same data once more comes to the same rows', async () => {
    const again = await json<Run>(folder, 'run', 'dp_sales_orders', '--mode', 'full');
    expect(counts(again)).toEqual(counts(orders));
    expect(await show(folder, 'dp_sales_orders', 'orders')).toHaveLength(Number(planted.expect.orders));
  }, 60_000);

  test('orders that changed since are merged, and nothing else is read', async () => {
    const later = path.join(folder, 'later');
    const { rows } = generate(later, '--orders', '500', '--start', '2026-05-01');
    fs.renameSync(path.join(later, 'orders.csv'), path.join(later, 'may.csv'));
    land(folder, path.join(later, 'may.csv'), 'sales/orders-v1/orders');
    const delta = await json<Run & { mode: string }>(folder, 'run', 'dp_sales_orders');
    expect(delta).toMatchObject({ mode: 'delta', state: 'published', certificate: { verdict: 'certified' } });
    expect(counts(delta).orders_raw).toEqual([rows.orders, 500, 0, rows.orders - 500]);
    expect(delta.tables.find(({ table }) => table === 'orders_raw')).toMatchObject({ rowsTotal: ORDERS });
  }, 60_000);
});

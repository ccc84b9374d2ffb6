import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

const root = path.resolve(__dirname, '../..');
const python = path.join(root, '.venv', 'bin', 'python');
const tool = (name: string): string => path.join(root, 'tools', 'examples', name);

interface Made {
  readonly rows: Record<string, number>;
  readonly defects: Record<string, number>;
  readonly expect: Record<string, number | string>;
}

let folder: string;
beforeAll(() => { folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-retail-')); });
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

function run(...args: string[]): string {
  const done = spawnSync(python, args, { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${args.join(' ')} ended with ${done.status}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

const generate = (name: string, ...more: string[]): Made =>
  JSON.parse(run(tool('retail.py'), '--out', path.join(folder, name), '--orders', '5000', '--campaigns', '200', ...more)) as Made;

const read = (name: string, file: string): string => fs.readFileSync(path.join(folder, name, file), 'utf8');

/** None of the generated values holds a comma or a quote. */
function records(name: string, file: string): Record<string, string>[] {
  const [header, ...lines] = read(name, file).trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])));
}

interface Payment {
  readonly payment_id: string;
  readonly order_id: string;
  readonly transactions: readonly { readonly status: string; readonly amount: number }[];
}

const payments = (name: string): Payment[] =>
  read(name, 'payments.jsonl').trimEnd().split('\n').map((line) => JSON.parse(line) as Payment);

describe('the generator of the retail data', () => {
  test('gives the same bytes for the same seed and sizes, and others for another seed', () => {
    const [first, again, other] = [generate('first'), generate('again', '--threads', '1'), generate('other', '--seed', '8')];
    expect(again).toEqual(first);
    for (const file of ['orders.csv', 'payments.jsonl', 'campaigns.csv']) {
      expect(read('again', file) === read('first', file)).toBe(true);
      expect(read('other', file) === read('first', file)).toBe(false);
    }
    expect(other.defects).toEqual(first.defects);
  });

  test('plants every defect as often as it says', () => {
    const { rows, defects } = generate('counted');
    const orders = records('counted', 'orders.csv');
    const paid = payments('counted');
    const campaigns = records('counted', 'campaigns.csv');
    const withPayment = new Set(paid.map((payment) => payment.order_id));
    const succeeded = new Set(paid.filter(({ transactions }) => transactions.some(({ status }) => status === 'success')).map((payment) => payment.order_id));
    const known = new Set(campaigns.map((campaign) => campaign.campaign_id));
    const channels = new Set(['email', 'search', 'social', 'display', 'affiliate']);
    const distinct = new Map(orders.map((order) => [order.order_id, order]));
    const distinctCampaigns = [...new Map(campaigns.map((campaign) => [campaign.campaign_id, campaign])).values()];
    const count = (of: Iterable<Record<string, string>>, such: (record: Record<string, string>) => boolean): number => [...of].filter(such).length;
    const noStatus = (order: Record<string, string>): boolean => order.status === '';

    expect({ orders: orders.length, payments: paid.length, campaigns: campaigns.length }).toEqual(rows);
    expect({
      nullStatus: count(distinct.values(), (order) => noStatus(order) && succeeded.has(order.order_id)),
      nullStatusUnpaid: count(distinct.values(), (order) => noStatus(order) && withPayment.has(order.order_id) && !succeeded.has(order.order_id)),
      statusless: count(distinct.values(), (order) => noStatus(order) && !withPayment.has(order.order_id)),
      negativeAmounts: count(orders, (order) => Number(order.total_amount) < 0),
      malformedEmails: count(orders, (order) => !/^[^@ ]+@[^@ ]+[.][^@ ]+$/.test(order.customer_email)),
      orphanCampaigns: count(distinct.values(), (order) => order.campaign_id !== '' && !known.has(order.campaign_id)),
      unpaidOrders: count(distinct.values(), (order) => !noStatus(order) && withPayment.has(order.order_id) && !succeeded.has(order.order_id)),
      missingPayments: count(distinct.values(), (order) => !noStatus(order) && !withPayment.has(order.order_id)),
      duplicateOrders: orders.length - distinct.size,
      duplicatePayments: paid.length - new Set(paid.map((payment) => payment.payment_id)).size,
      dirtyChannels: count(distinctCampaigns, ({ channel }) => !channels.has(channel) && channels.has(channel.trim().toLowerCase())),
      unknownChannels: count(distinctCampaigns, ({ channel }) => channel !== 'NA' && !channels.has(channel.trim().toLowerCase())),
      nullChannels: count(distinctCampaigns, ({ channel }) => channel === 'NA'),
      nullCosts: count(distinctCampaigns, (campaign) => campaign.campaign_cost === 'NA'),
      duplicateCampaigns: campaigns.length - distinctCampaigns.length,
      nullOrderIds: count(orders, (order) => order.order_id === ''),
    }).toEqual(defects);
  });

  test('says what a right pipeline comes to, in cents', () => {
    const { expect: expected } = generate('sums');
    const succeeded = new Map<string, number>();
    for (const { order_id, transactions } of new Map(payments('sums').map((payment) => [payment.payment_id, payment])).values()) {
      succeeded.set(order_id, transactions.reduce((cents, { status, amount }) => cents + (status === 'success' ? Math.round(amount * 100) : 0), 0));
    }
    const right = [...new Map(records('sums', 'orders.csv').map((order) => [order.order_id, order])).values()].filter((order) =>
      Number(order.total_amount) >= 0 && order.customer_email.includes('@') && (order.status !== '' || succeeded.has(order.order_id)));
    const cents = right.reduce((sum, { order_id }) => sum + (succeeded.get(order_id) ?? 0), 0);
    expect(right).toHaveLength(Number(expected.orders));
    expect((cents / 100).toFixed(2)).toBe(expected.revenue);
  });

  test('plants one order without its number when it is asked to', () => {
    const { defects } = generate('broken', '--null-order-id');
    expect(defects.nullOrderIds).toBe(1);
    expect(records('broken', 'orders.csv').filter((order) => order.order_id === '')).toHaveLength(1);
  });
});

test('the figures of the aviation page are those of the files', () => {
  expect(run(tool('measure.py'), path.join('docs', 'examples', 'aviation.md'))).toMatch(/^\d\d queries\n$/);
});

test('a figure of the aviation page that is not true is found out', () => {
  const page = fs.readFileSync(path.join(root, 'docs', 'examples', 'aviation.md'), 'utf8');
  const copy = path.join(folder, 'aviation.md');
  fs.writeFileSync(copy, page.replace('\n3376  ', '\n3377  '));
  expect(() => run(tool('measure.py'), copy)).toThrow('-3377');
});

test('the retail page shows what its command prints', () => {
  const page = fs.readFileSync(path.join(root, 'docs', 'examples', 'retail.md'), 'utf8');
  const [, command, printed] = /```sh\n\.venv\/bin\/python (.*)\n```\n```json\n([^`]*)```/.exec(page) ?? [];
  const args = command.split(' ').map((word) => word.replace('.mesh/cache/retail', path.join(folder, 'page')));
  expect(JSON.parse(run(...args))).toEqual(JSON.parse(printed));
}, 30_000);

test('the counts of the retail page follow from the defects it names', () => {
  const page = fs.readFileSync(path.join(root, 'docs', 'examples', 'retail.md'), 'utf8');
  const { rows, defects: d, expect: e } = JSON.parse(/```json\n([^`]*)```/.exec(page)![1]) as Made;
  const number = (text: string): number => Number(text.replaceAll(',', ''));
  const counts = Object.fromEntries([...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm)]
    .map(([, table, ...cells]) => [table, cells.map(number)]));
  const orders = rows.orders - d.duplicateOrders;
  const campaigns = rows.campaigns - d.duplicateCampaigns;
  expect(counts).toEqual({
    orders_raw: [rows.orders, orders, 0, d.duplicateOrders],
    payments_raw: [rows.payments, rows.payments - d.duplicatePayments, 0, d.duplicatePayments],
    orders_clean: [orders, e.orders, d.statusless + d.negativeAmounts + d.malformedEmails, 0],
    campaigns_raw: [rows.campaigns, campaigns, 0, d.duplicateCampaigns],
    campaigns_clean: [campaigns, e.campaigns, d.nullCosts, d.unknownChannels + d.nullChannels],
    campaign_rois: [e.campaigns, e.campaigns, 0, 0],
  });
  const planted = [...page.matchAll(/^\| (`\w+`(?:, `\w+`)*)[^|]*\| ([\d,]+)(?: and ([\d,]+))? \| [^|]*\|[^|]*\|$/gm)]
    .flatMap(([, names, ...cells]) => names.replaceAll('`', '').split(', ').map((name, index): [string, number] => [name, number(cells[index])]));
  expect(planted.length).toBeGreaterThan(10);
  for (const [name, count] of planted) expect([name, count]).toEqual([name, d[name]]);
});

test('preparing the data a second time changes no file', () => {
  const state = path.join(folder, 'state');
  const files = (): string[] => fs.readdirSync(path.join(state, 'landing'), { recursive: true, encoding: 'utf8' })
    .map((name) => ({ name, stat: fs.statSync(path.join(state, 'landing', name)) }))
    .filter(({ stat }) => stat.isFile())
    .map(({ name, stat }) => `${name} ${stat.size} ${stat.mtimeMs}`).sort();
  run(tool('prepare.py'), '--state', state);
  const before = files();
  expect(before).toHaveLength(6);
  expect(run(tool('prepare.py'), '--state', state)).toBe('');
  expect(files()).toEqual(before);
}, 60_000);

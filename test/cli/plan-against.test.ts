import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { planChangesShape } from '../../lib/cli/json-shapes';
import { treesOnDisk } from '../../lib/plan/contract-tree';
import { planChanges } from '../../lib/plan/plan-changes';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST, TrustingChecker } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const ORDERS = 'contracts/sales/orders.contract.yaml';
const DAILY = 'contracts/sales/daily.contract.yaml';
const active = (text: string): string => text.replace('status: draft', 'status: active');
const ROLE = (columns: string): string => `roles: [{role: analyst, access: read, customProperties: [{property: mesh.consumers, value: [reporting]}, {property: mesh.columns, value: ${columns}}]}]\n`;
const FILES = {
  'mesh.yaml': OWNED_MESH,
  [ORDERS]: active(SMALLEST) + ROLE('[order_id, total_amount]'),
  [DAILY]: active(SMALLEST).replace('dp_sales_orders', 'dp_sales_daily').replace('name: orders\n', 'name: daily\n').replace('name: total_amount', 'name: revenue'),
  'contracts/sales/daily.pipeline.yaml': `sources: {orders: {product: dp_sales_orders}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  daily: {layer: gold, from: [orders_raw], rules: [{rename: {total_amount: revenue}}]}
`,
};

/** The mesh committed, then changed. */
function changed(edit: Readonly<Record<string, string | null>>): string {
  const cwd = folderWith(FILES);
  const git = (...args: string[]): void => void execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@shoply.com', ...args], { cwd });
  git('init', '-q');
  git('add', '-A');
  git('commit', '-qm', 'before');
  for (const [file, text] of Object.entries(edit)) {
    if (text === null) fs.rmSync(path.join(cwd, file));
    else fs.writeFileSync(path.join(cwd, file), text);
  }
  return cwd;
}

test('tables evolve, grants follow, and who reads what changes is named', async () => {
  const cwd = changed({
    [ORDERS]: FILES[ORDERS].replace('1.0.0', '1.1.0').replace('decimal(12,2)', 'decimal(14,2)').replace('slaProperties', '      - {name: note, logicalType: string}\nslaProperties').replace('[order_id, total_amount]', '[order_id, note]').replace('value: 6', 'value: 3'),
  });
  const { code, out, err } = await mesh(['plan', '--against', 'HEAD'], cwd);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toBe([
    'dp_sales_orders v1  1.0.0 → 1.1.0', '  tables', '    ~ sales.orders_v1: + note string; total_amount decimal(12,2) → decimal(14,2)', '  grants', '    ~ reporting, analyst: + orders.note, - orders.total_amount',
    '  hits dp_sales_daily v1 (daily.revenue), reporting', '  cost at least $10.24 a month, was $6.72', '', '1 version of products changes since HEAD', '',
  ].join('\n'));
  const { changes } = planChangesShape.parse(JSON.parse((await mesh(['plan', 'sales/orders', '--against', 'HEAD', '--json'], cwd)).out));
  expect(changes[0].tables[0].columns.map(({ column, change }) => [column, change])).toEqual([['note', 'added'], ['total_amount', 'widened']]);
  expect(changes[0].hit).toEqual([{ product: 'dp_sales_daily', major: 1, uses: ['columns'], columns: ['daily.revenue'] }]);
  expect(JSON.parse((await mesh(['plan', 'sales/daily', '--against', 'HEAD', '--json'], cwd)).out)).toEqual({ against: 'HEAD', changes: [] });
});

test('a version that is new is made, one that is gone or retired is abandoned and its grants vanish', async () => {
  const cwd = changed({
    'contracts/sales/orders.v2.contract.yaml': FILES[ORDERS].replace('1.0.0', '2.0.0'), [ORDERS]: FILES[ORDERS].replace('status: active', 'status: retired'), [DAILY]: null, 'contracts/sales/daily.pipeline.yaml': null,
  });
  const { out } = await mesh(['plan', '--against', 'HEAD'], cwd);
  for (const said of [
    'dp_sales_daily v1  1.0.0, gone', '- sales.daily_v1: its data stays, and nothing renews it', 'dp_sales_orders v2  2.0.0, new', '+ sales.orders_v2: new, 3 columns', '+ reporting gets analyst: orders.order_id, orders.total_amount',
    '- sales.orders_v1: its data stays', '- reporting loses analyst', 'cost at least $0.00 a month, was $6.72', '3 versions of products change since HEAD',
  ]) expect(out).toContain(said);
});

test('what reads a product that is gone is named, although it is at fault by now', async () => {
  expect((await mesh(['plan', '--against', 'HEAD'], changed({ [ORDERS]: null }))).out).toContain('hits dp_sales_daily v1, reporting');
});

test('a rename, a mask and a null are no new tables', async () => {
  const cwd = changed({ [ORDERS]: FILES[ORDERS].replace('{name: total_amount,', '{id: total_amount, name: total, required: true,').replace('value: hash', 'value: redact').replace('[order_id, total_amount]', '[order_id, total]') });
  expect((await mesh(['plan', '--against', 'HEAD'], cwd)).out).toContain('~ sales.orders_v1: total_amount is now total; total is required; customer_email masked: hash → redact\n      ✖ a deployment refuses `total`: rows are published');
});

test('nothing changes where nothing that is deployed does', async () => {
  const cwd = changed({ [ORDERS]: FILES[ORDERS].replace('one row per order', 'one row for each order'), 'contracts/sales/idea.contract.yaml': SMALLEST.replace('dp_sales_orders', 'dp_sales_idea').replace('status: draft', 'status: proposed').replace('name: orders\n', 'name: idea\n') });
  expect(await mesh(['plan', '--against', 'HEAD'], cwd)).toEqual({ code: 0, err: '', out: '✔ nothing that is deployed changes since HEAD\n' });
});

test('a subscriber is hit by a column of the table that it reads, and not by its namesake in another, in every environment', () => {
  const lines = '  - name: lines\n    dataGranularityDescription: one row per line\n    properties: [{name: line_id, logicalType: string, primaryKey: true}, {name: total_amount, logicalType: number, physicalType: "decimal(12,2)"}]\nslaProperties';
  const before = active(SMALLEST).replace('slaProperties', lines);
  const [base, root] = [before, before.replace('decimal(12,2)', 'decimal(14,2)')].map((contract) => folderWith({ 'mesh.yaml': OWNED_MESH, [ORDERS]: contract }));
  const [was, is] = treesOnDisk([path.join(base, ORDERS), path.join(root, ORDERS)], root);
  const roles = ['orders', 'lines'].map((table) => ({ consumer: `${table}-reader`, role: table, subscribed: true, columns: [`${table}.total_amount`], rowFilter: null, refused: null }));
  for (const suffix of [null, 'dev']) {
    const [{ tables, consumers }] = planChanges(was, is, new Workspace(root, root, { sqlChecker: new TrustingChecker() }), { suffix, roles: { before: roles, after: roles } });
    expect([tables.map(({ table }) => table), consumers]).toEqual([[`sales${suffix === null ? '' : '_dev'}.orders_v1`], [{ consumer: 'orders-reader', subscribed: true }]]);
  }
});

test.each<[string[], RegExp]>([[['--against', 'nowhere'], /there is no commit nowhere/], [['--against', 'HEAD', '--out', 'x.json'], /neither --out nor --env/], [['sales/nothing', '--against', 'HEAD'], /there is no product/]])('refuses %j', async (args, said) => {
  expect(await mesh(['plan', ...args], changed({}))).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) as string });
});

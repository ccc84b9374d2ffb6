import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { planChangesShape } from '../../lib/cli/json-shapes';
import { treesOnDisk } from '../../lib/plan/contract-tree';
import { planChanges, type ProductChange } from '../../lib/plan/plan-changes';
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

/** A mesh committed, in a folder of its repository where one is given, then changed. */
function changed(edit: Readonly<Record<string, string | null>>, files: Readonly<Record<string, string>> = FILES, below = '.'): string {
  const top = folderWith(Object.fromEntries(Object.entries(files).map(([file, text]) => [path.join(below, file), text])));
  const cwd = path.join(top, below);
  const git = (...args: string[]): void => void execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@shoply.com', ...args], { cwd: top });
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
  expect((await mesh(['plan', '--against', 'HEAD'], changed({ [ORDERS]: null }))).out).toContain('hits dp_sales_daily v1 (daily.customer_email, daily.order_id, daily.revenue), reporting');
});

test('a rename, a mask and a null are no new tables', async () => {
  const cwd = changed({ [ORDERS]: FILES[ORDERS].replace('{name: total_amount,', '{id: total_amount, name: total, required: true,').replace('value: hash', 'value: redact').replace('[order_id, total_amount]', '[order_id, total]') });
  expect((await mesh(['plan', '--against', 'HEAD'], cwd)).out).toContain('~ sales.orders_v1: total_amount is now total; total is required; customer_email masked: hash → redact\n      ✖ a deployment refuses `total`: rows are published');
});

test('nothing changes where nothing that is deployed does', async () => {
  const cwd = changed({ [ORDERS]: FILES[ORDERS].replace('one row per order', 'one row for each order'), 'contracts/sales/idea.contract.yaml': SMALLEST.replace('dp_sales_orders', 'dp_sales_idea').replace('status: draft', 'status: proposed').replace('name: orders\n', 'name: idea\n') });
  expect(await mesh(['plan', '--against', 'HEAD'], cwd)).toEqual({ code: 0, err: '', out: '✔ nothing that is deployed changes since HEAD\n' });
});

/** Marketing makes its revenue of what sales gives it of its orders, and reporting reads that. */
const ROIS = 'contracts/marketing/rois.contract.yaml';
const ROIS_PIPELINE = 'contracts/marketing/rois.pipeline.yaml';
const gives = (role: string, consumer: string, columns: string, more = ''): string => `{role: ${role}, access: read, customProperties: [{property: mesh.consumers, value: [${consumer}]}, {property: mesh.columns, value: ${columns}}${more}]}`;
const ordersWith = (roles: readonly string[], edit: (text: string) => string = (text) => text): string => `${edit(active(SMALLEST).replace('slaProperties', '      - {name: campaign_id, logicalType: string}\nslaProperties'))}roles: [${roles.join(', ')}]\n`;
const PARTNER = gives('partner', 'marketing', '[order_id, total_amount, campaign_id]');
const TWO_DOMAINS = {
  'mesh.yaml': OWNED_MESH.replace('domains: {', 'domains: {marketing: {account: "333333333333", owner: marketing@shoply.com, costCentre: CC-2}, ')
    .replace('consumers: {', 'consumers: {marketing: {account: "333333333333", roles: [etl]}, sales: {account: "222222222222", roles: [etl]}, '),
  [ORDERS]: ordersWith([PARTNER]),
  [ROIS]: `${active(SMALLEST).replace('dp_sales_orders', 'dp_marketing_rois').replace('domain: sales', 'domain: marketing').replace('name: orders\n', 'name: rois\n').replace(/ {6}- \{name: order_id[^]*?slaProperties/, `      - {name: campaign_id, logicalType: string}
      - {name: revenue, logicalType: number, physicalType: "decimal(12,2)"}
slaProperties`)}roles: [${gives('analyst', 'reporting', '[campaign_id, revenue]')}]\n`,
  [ROIS_PIPELINE]: `sources: {orders: {product: dp_sales_orders}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  rois: {layer: gold, from: [orders_raw], rules: [{rename: {total_amount: revenue}}]}
`,
};
const retyped = (text: string): string => text.replace('decimal(12,2)', 'decimal(14,2)');
const hits = ({ hit }: Pick<ProductChange, 'hit'>): string[] => hit.map(({ product, major, uses, columns }) => `${product} v${major} ${uses.join('+')} ${columns.join(',')}`);

/** What becomes of the orders of sales between two meshes. */
function between(files: Readonly<Record<string, string>>, edit: Readonly<Record<string, string | null>>): ProductChange {
  const left = Object.entries({ ...files, ...edit }).filter((entry): entry is [string, string] => entry[1] !== null);
  const [base, root] = [files, Object.fromEntries(left)].map((each) => folderWith(each));
  const [was, is] = treesOnDisk([base, root].map((folder) => path.join(folder, 'contracts')), root);
  const [before, after] = [base, root].map((folder) => new Workspace(folder, folder, { sqlChecker: new TrustingChecker() }));
  return planChanges(was, is, { before: () => before, after }).find(({ product }) => product === 'dp_sales_orders')!;
}

describe('who read what changes, before it changed', () => {
  test('is named though it is at fault by now, with what is made of a column that is gone', () => {
    const dropped = ordersWith([gives('partner', 'marketing', '[order_id, total_amount]')], (text) => text.replace('      - {name: campaign_id, logicalType: string}\n', ''));
    const found = between(TWO_DOMAINS, { [ORDERS]: dropped });
    expect([hits(found), found.consumers.map(({ consumer }) => consumer)]).toEqual([['dp_marketing_rois v1 columns rois.campaign_id'], ['marketing', 'reporting']]);
  });

  test('is named where the files of the product itself are at fault, now or before', () => {
    const [edit, wrong] = [{ [ORDERS]: ordersWith([PARTNER], retyped) }, { 'contracts/sales/orders.pipeline.yaml': 'sources: [' }];
    expect(hits(between(TWO_DOMAINS, { ...edit, ...wrong }))).toEqual(['dp_marketing_rois v1 columns rois.revenue']);
    const { consumers, ...found } = between({ ...TWO_DOMAINS, ...wrong }, edit);
    expect([hits(found), consumers]).toEqual([['dp_marketing_rois v1 untold '], [{ consumer: 'marketing', subscribed: false }]]);
  });

  test.each<[what: string, edit: Readonly<Record<string, string | null>>, named: boolean]>([
    ['is changed as well', { [ROIS_PIPELINE]: TWO_DOMAINS[ROIS_PIPELINE].replace('{total_amount: revenue}', '{total_amount: amount}}, {derive: {revenue: "0.00"}') }, true],
    ['is at fault', { [ROIS]: 'id: [' }, true],
    ['is gone', { [ROIS]: null, [ROIS_PIPELINE]: null }, false],
    ['is retired', { [ROIS]: TWO_DOMAINS[ROIS].replace('status: active', 'status: retired') }, false],
  ])('that %s by now', (_what, edit, named) => {
    const found = between(TWO_DOMAINS, { [ORDERS]: ordersWith([PARTNER], retyped), ...edit });
    expect([hits(found), found.consumers.map(({ consumer }) => consumer)]).toEqual(named ? [['dp_marketing_rois v1 columns rois.revenue'], ['marketing', 'reporting']] : [[], ['marketing']]);
  });

  test.each<[what: string, before: string[], after: string[], hit: string[]]>([
    ['a column that its domain may read no more', [PARTNER], [gives('partner', 'marketing', '[order_id, total_amount]')], ['dp_marketing_rois v1 columns rois.campaign_id']],
    ['a role that its domain loses', [PARTNER], [gives('partner', 'sales', '[order_id, total_amount, campaign_id]')], ['dp_marketing_rois v1 columns rois.campaign_id,rois.revenue']],
    ['other rows that its domain may read', [PARTNER], [gives('partner', 'marketing', '[order_id, total_amount, campaign_id]', ', {property: mesh.rowFilter, value: "total_amount > 0"}')], ['dp_marketing_rois v1 columns+rows rois.campaign_id,rois.revenue']],
    ['a column that it does not read', [PARTNER], [gives('partner', 'marketing', '[total_amount, campaign_id]')], []],
    ['a column that another role of its domain shows', [PARTNER, gives('more', 'marketing', '[campaign_id]')], [gives('partner', 'marketing', '[order_id, total_amount]'), gives('more', 'marketing', '[campaign_id]')], []],
    ['what another domain may read no more', [PARTNER, gives('own', 'sales', '[campaign_id]')], [PARTNER, gives('own', 'sales', '[order_id]')], []],
  ])('by %s', (_what, before, after, hit) => {
    const found = between({ ...TWO_DOMAINS, [ORDERS]: ordersWith(before) }, { [ORDERS]: ordersWith(after) });
    expect([hits(found), found.consumers.some(({ consumer }) => consumer === 'reporting')]).toEqual([hit, hit.length > 0]);
  });
});

test('who may read the same as before is not hit by what a domain may read no more', () => {
  const own = gives('own', 'sales', '[campaign_id]');
  const found = between({ ...TWO_DOMAINS, [ORDERS]: ordersWith([PARTNER, own]) }, { [ORDERS]: ordersWith([gives('partner', 'marketing', '[order_id, total_amount]'), own]) });
  expect(found.consumers.map(({ consumer }) => consumer)).toEqual(['marketing', 'reporting']);
});

describe('a copy in a warehouse', () => {
  const marts = (...products: string[]): string => TWO_DOMAINS['mesh.yaml'].replace('reporting: {', `reporting: {warehouse: {monthlyLimit: 100, network: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d, subnet-2a1b2c3d]}, marts: [${products.join(', ')}]}, `);
  const analyst = (more = ', {property: mesh.copies, value: true}', name = 'analyst'): string => gives(name, 'reporting', '[order_id, total_amount]', more);
  const copied = { ...TWO_DOMAINS, 'mesh.yaml': marts('dp_sales_orders'), [ORDERS]: ordersWith([PARTNER, analyst()]) };
  const mart = { consumer: 'reporting', product: 'dp_sales_orders', major: 1 };

  test('is hit by what changes under it, and that of a product that reads it', () => {
    const files = { ...copied, 'mesh.yaml': marts('dp_sales_orders', 'dp_marketing_rois'), [ROIS]: TWO_DOMAINS[ROIS].replace('[campaign_id, revenue]}', '[campaign_id, revenue]}, {property: mesh.copies, value: true}') };
    expect(between(files, { [ORDERS]: ordersWith([PARTNER, analyst()], retyped) }).marts).toEqual([{ ...mart, product: 'dp_marketing_rois', change: 'hit', because: null }, { ...mart, change: 'hit', because: null }]);
    // a mart that is asked for without leave there is not, nor one of what does not change
    expect(between(copied, { [ORDERS]: ordersWith([PARTNER, analyst()], (text) => text.replace('campaign_id, logicalType: string', 'campaign_id, logicalType: integer')) }).marts).toEqual([]);
    expect(between({ ...copied, [ORDERS]: ordersWith([PARTNER, analyst('')]) }, { [ORDERS]: ordersWith([PARTNER, analyst('')], retyped) }).marts).toEqual([]);
  });

  test.each<[what: string, edit: Readonly<Record<string, string | null>>, because: string]>([
    ['its leave is withdrawn', { [ORDERS]: ordersWith([PARTNER, analyst('')]) }, '`analyst` gives no leave to keep copies (mesh.copies); a synth stops until mesh.yaml asks for none'],
    ['another role gives none', { [ORDERS]: ordersWith([PARTNER, analyst(), analyst('', 'reader')]) }, '`reader` gives no leave to keep copies (mesh.copies); a synth stops until mesh.yaml asks for none'],
    ['its role is gone', { [ORDERS]: ordersWith([PARTNER]) }, 'no role of the contract names reporting'],
    ['its product is retired', { [ORDERS]: copied[ORDERS].replace('status: active', 'status: retired') }, 'the product is retired, and only what is active or deprecated is granted'],
    ['its product is gone', { [ORDERS]: null }, 'the product is gone'],
    ['nobody asks for it', { 'mesh.yaml': TWO_DOMAINS['mesh.yaml'] }, 'mesh.yaml asks for none'],
  ])('is dropped where %s', (_what, edit, because) => {
    const { marts: changes, consumers } = between(copied, edit);
    expect([changes, consumers]).toEqual([[{ ...mart, change: 'dropped', because }], expect.arrayContaining([{ consumer: 'reporting', subscribed: false }])]);
  });

  test('is told to a person', async () => {
    const cwd = changed({ [ORDERS]: ordersWith([PARTNER, analyst('')]) }, copied);
    expect((await mesh(['plan', '--against', 'HEAD'], cwd)).out.replace(/\n {6}/g, ' ')).toContain('  marts\n    - reporting loses its copy of dp_sales_orders v1: `analyst` gives no leave to keep copies (mesh.copies); a synth stops until mesh.yaml asks for none\n  hits reporting\n');
    fs.writeFileSync(path.join(cwd, ORDERS), ordersWith([PARTNER, analyst()], retyped));
    expect((await mesh(['plan', '--against', 'HEAD'], cwd)).out).toContain('  marts\n    ~ reporting has a copy of dp_sales_orders v1, which changes under it\n  hits dp_marketing_rois v1 (rois.revenue), marketing, reporting\n');
  });
});

test('a mesh below the top of its repository is laid out as it was, with its queries and samples', async () => {
  const files = {
    ...TWO_DOMAINS, 'contracts/marketing/sql/rois.sql': 'SELECT campaign_id, max(total_amount) AS revenue FROM orders_raw GROUP BY campaign_id', 'samples/notes.csv': 'note\n',
    [ROIS_PIPELINE]: `sources:
  orders: {product: dp_sales_orders}
  notes: {files: {format: csv, path: landing/notes/}, sample: ../../samples/notes.csv, columns: {note: string}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  notes_raw: {layer: bronze, from: [notes]}
  rois: {layer: gold, from: [orders_raw], sql: sql/rois.sql}
`,
  };
  const dropped = { [ORDERS]: ordersWith([gives('partner', 'marketing', '[order_id, campaign_id]')], (text) => text.replace(/ {6}- \{name: total_amount.*\n/, '')), 'contracts/marketing/sql/rois.sql': null };
  const { out } = await mesh(['plan', '--against', 'HEAD', '--json'], path.join(changed(dropped, files, 'data/mesh'), 'contracts'));
  expect(hits(planChangesShape.parse(JSON.parse(out)).changes[0])).toEqual(['dp_marketing_rois v1 columns rois.revenue']);
});

test('what was at fault before may be hit as well', async () => {
  const { out } = await mesh(['plan', '--against', 'HEAD'], changed({ [ORDERS]: ordersWith([PARTNER], retyped) }, { ...TWO_DOMAINS, [ROIS_PIPELINE]: 'sources: [' }));
  expect(out.replace(/\n +/g, ' ')).toContain(`may hit ${ROIS}: what it reads is not known, there were errors in its files`);
});

test('a subscriber is hit by a column of the table that it reads, and not by its namesake in another, in every environment', () => {
  const lines = '  - name: lines\n    dataGranularityDescription: one row per line\n    properties: [{name: line_id, logicalType: string, primaryKey: true}, {name: total_amount, logicalType: number, physicalType: "decimal(12,2)"}]\nslaProperties';
  const before = active(SMALLEST).replace('slaProperties', lines);
  const [base, root] = [before, before.replace('decimal(12,2)', 'decimal(14,2)')].map((contract) => folderWith({ 'mesh.yaml': OWNED_MESH, [ORDERS]: contract }));
  const [was, is] = treesOnDisk([path.join(base, ORDERS), path.join(root, ORDERS)], root);
  const roles = ['orders', 'lines'].map((table) => ({ consumer: `${table}-reader`, role: table, subscribed: true, columns: [`${table}.total_amount`], rowFilter: null, refused: null }));
  for (const suffix of [null, 'dev']) {
    const [before, after] = [base, root].map((folder) => new Workspace(folder, folder, { sqlChecker: new TrustingChecker() }));
    const [{ tables, consumers }] = planChanges(was, is, { before: () => before, after }, { suffix, roles: { before: roles, after: roles } });
    expect([tables.map(({ table }) => table), consumers]).toEqual([[`sales${suffix === null ? '' : '_dev'}.orders_v1`], [{ consumer: 'orders-reader', subscribed: true }]]);
  }
});

test('refuses two contracts of one version, of which one would hide what the other changes', async () => {
  const cwd = changed({ [ORDERS]: FILES[ORDERS].replace('decimal(12,2)', 'decimal(14,2)'), 'contracts/sales/aa.contract.yaml': FILES[ORDERS] });
  expect(await mesh(['plan', '--against', 'HEAD'], cwd)).toMatchObject({ code: 1, out: '', err: expect.stringContaining('mesh/duplicate-product') as string });
});

test.each<[string[], RegExp]>([[['--against', 'nowhere'], /there is no commit nowhere/], [['--against', 'HEAD', '--out', 'x.json'], /neither --out nor --env/], [['sales/nothing', '--against', 'HEAD'], /there is no product/]])('refuses %j', async (args, said) => {
  expect(await mesh(['plan', ...args], changed({}))).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) as string });
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { type ProductStatus } from '../../lib/cli/job-results';
import { catalogueOf } from '../../lib/cli/docs/catalogue';
import { siteOf } from '../../lib/cli/docs/site';
import { docsShape } from '../../lib/cli/json-shapes';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, removeFolders } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1}
environments: {prod: {production: true, signoffs: [owner]}}
domains:
  sales: {account: "222222222222", owner: sales-data@shoply.com, costCentre: CC-1, description: Orders and what they earned.}
  marketing: {account: "333333333333", owner: marketing-data@shoply.com, costCentre: CC-2}
consumers: {reporting: {account: "444444444444", description: The reports of the board.}}
signers: {olga: {roles: [owner], keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEXAMPLEEX"]}}
`;
const VOCABULARY = `terms:
  Revenue: {definition: What was really paid., context: sales, synonyms: [turnover], type: number}
  Order: {definition: What a customer asked for.}
`;
const ORDERS = `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
name: Orders
version: 1.4.0
status: deprecated
domain: sales
description: {purpose: Every order of the shop., limitations: Test orders are not removed.}
team: {name: sales-orders, members: [{username: orders-owner@shoply.com, role: owner}]}
schema:
  - name: orders
    businessName: Order
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, logicalType: string, primaryKey: true, description: The shop's number.}
      - {name: paid_amount, businessName: Revenue, logicalType: number, physicalType: "decimal(12,2)", logicalTypeOptions: {minimum: 0}}
      - {name: customer_email, logicalType: string, classification: confidential, examples: [jo@shoply.com], customProperties: [{property: mesh.masking, value: hash}]}
roles:
  - role: analyst
    access: read
    customProperties:
      - {property: mesh.clearance, value: internal}
      - {property: mesh.consumers, value: [reporting]}
  - {role: visitor, access: read, customProperties: [{property: mesh.clearance, value: public}]}
slaProperties:
  - {property: freshness, value: 6, unit: h}
  - {property: endOfSupport, value: "2027-01-31"}
  - {property: endOfLife, value: "2027-04-30"}
customProperties:
  - {property: mesh.supersededBy, value: 2.0.0}
  - {property: mesh.sampleQueries, value: [{title: All of it, sql: "SELECT * FROM sales.orders_v1 WHERE paid_amount < 5"}]}
`;
const ORDERS_2 = ORDERS.replace('version: 1.4.0', 'version: 2.0.0').replace('status: deprecated', 'status: active').replace(/ {2}- \{property: endOf.*\n/g, '')
  .replace(/ {2}- \{property: mesh\.supersededBy.*\n/, '').replace('orders_v1', 'orders_v2').replace('"decimal(12,2)"', '"decimal(10,2)"');
const PIPELINE = `sources:
  shop: {system: web shop, files: {format: csv, path: landing/orders/}, columns: {order_id: string, paid: "decimal(12,2)", mail: string}}
tables:
  orders_raw: {layer: bronze, from: [shop]}
  orders: {layer: gold, from: [orders_raw], rules: [{rename: {paid: paid_amount, mail: customer_email}}]}
`;
const CAMPAIGNS = `apiVersion: v3.1.0
kind: DataContract
id: dp_marketing_winners
name: Winners
version: 1.0.0
status: active
domain: marketing
description: {purpose: Orders worth a look.}
team: {name: marketing, members: [{username: marketing-owner@shoply.com, role: owner}]}
schema:
  - name: winners
    dataGranularityDescription: one row per order
    properties:
      - {name: order_id, logicalType: string, primaryKey: true}
      - {name: revenue, logicalType: number, physicalType: "decimal(12,2)"}
slaProperties: [{property: freshness, value: 1, unit: d}]
`;
const FROM_ORDERS = `sources: {orders: {product: dp_sales_orders, version: 1}}
tables:
  orders_in: {layer: bronze, from: [orders]}
  winners: {layer: gold, from: [orders_in], rules: [{rename: {paid_amount: revenue}}]}
`;
const FILES = {
  'mesh.yaml': MESH, 'contracts/vocabulary.yaml': VOCABULARY,
  'contracts/sales/orders.contract.yaml': ORDERS, 'contracts/sales/orders.pipeline.yaml': PIPELINE,
  'contracts/sales/orders.v2.contract.yaml': ORDERS_2, 'contracts/sales/orders.v2.pipeline.yaml': PIPELINE,
  'contracts/marketing/winners.contract.yaml': CAMPAIGNS, 'contracts/marketing/winners.pipeline.yaml': FROM_ORDERS,
};
const NOW = new Date('2026-11-28T06:00:00Z');

async function site(files: Readonly<Record<string, string>>, statuses: readonly ProductStatus[] = []): Promise<ReadonlyMap<string, string>> {
  const root = folderWith(files);
  return siteOf(await catalogueOf(new Workspace(root, root, { now: NOW }), undefined, () => Promise.resolve(statuses)));
}

/** What a person reads on a page: its text without markup. */
function read(pages: ReadonlyMap<string, string>, page: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': '\'' };
  return (pages.get(page) ?? `no page ${page}`).replace(/<title>.*?<\/title>/g, '').replace(/<[^>]*>/g, ' ').replace(/&\w+;|&#39;/g, (entity) => entities[entity] ?? entity).replace(/\s+/g, ' ');
}

describe('the site of a mesh', () => {
  let pages: ReadonlyMap<string, string>;
  beforeAll(async () => { pages = await site(FILES); });

  test('every link leads to a page that is there, and to a place on it', () => {
    const broken = [...pages].filter(([page]) => page.endsWith('.html')).flatMap(([page, text]) => [...text.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, target]) => target)
      .filter((target) => !/^(?:https?|mailto):/.test(target))
      .filter((target) => {
        const [file, fragment] = target.split('#');
        const there = pages.get(file === '' ? page : path.posix.join(path.posix.dirname(page), file));
        return there === undefined || (fragment !== undefined && !there.includes(`id="${fragment}"`));
      }).map((target) => `${page} → ${target}`));
    expect(broken).toEqual([]);
    expect([...pages.keys()].filter((page) => page.startsWith('products/'))).toEqual(['products/dp_marketing_winners-v1.html', 'products/dp_sales_orders-v1.html', 'products/dp_sales_orders-v2.html']);
  });

  test('nothing is loaded from elsewhere, and the browser would refuse it', () => {
    const html = [...pages].filter(([page]) => page.endsWith('.html'));
    expect(html.flatMap(([, text]) => text.match(/<(?:img|iframe|object|embed|form|base|style)\b|\bsrc="(?!(?:\.\.\/)*site\.js")|<link (?!rel="stylesheet" href="(?:\.\.\/)*site\.css")|\son\w+=|style="/g) ?? [])).toEqual([]);
    expect(html.filter(([, text]) => !text.includes('default-src \'none\''))).toEqual([]);
    expect([pages.get('site.css'), pages.get('site.js')].join().match(/https?:|@import|url\(|fetch\(|innerHTML|eval\(/g)).toBeNull();
  });

  test('a product tells what it is, what it promises and who may see what', () => {
    const page = read(pages, 'products/dp_sales_orders-v2.html');
    for (const said of [
      'Orders 2.0.0', 'active', 'Every order of the shop.', 'Limitations Test orders are not removed.', 'orders-owner@shoply.com',
      'Grain one row per order', 'sales.orders_v2', 'decimal(10,2)', '≥ 0', 'published as a hash', 'freshness 6 h',
      'analyst', 'Clearance internal', 'Columns all 3', 'visitor', 'Columns 0 of 3', 'Not order_id, paid_amount, customer_email', 'To ask for one, subscribe to sales/orders v2 in the catalogue, with the reason role: analyst .', 'reporting as analyst The reports of the board',
      'SELECT * FROM sales.orders_v2 WHERE paid_amount < 5', 'owner missing', 'not certified here',
    ]) expect(page).toContain(said);
    // What a contract gives as an example of a protected column is shown in the contract alone.
    expect(page.slice(0, page.indexOf('apiVersion'))).not.toContain('jo@shoply.com');
  });

  test('one that is deprecated says so, until when, and what takes its place', () => {
    expect(read(pages, 'products/dp_sales_orders-v1.html')).toContain('Deprecated. Supported until 2027-01-31 . Gone after 2027-04-30 . Use Orders v2 instead.');
    expect(pages.get('products/dp_sales_orders-v1.html')).toContain('Use <a href="dp_sales_orders-v2.html">Orders v2</a>');
    expect(read(pages, 'products/dp_sales_orders-v2.html')).not.toContain('Deprecated.');
  });

  test('versions stand side by side, with what changed for who moves', () => {
    const page = read(pages, 'products/dp_sales_orders-v2.html');
    expect(page).toContain('What changed since 1.4.0');
    expect(page).toContain('breaking schema.orders.paid_amount');
    expect(read(pages, 'products/dp_sales_orders-v1.html')).not.toContain('What changed since');
  });

  test('a column is traced through other products to the columns of their sources', () => {
    const page = read(pages, 'products/dp_marketing_winners-v1.html');
    expect(page).toContain('winners.revenue orders.paid_amount Orders v1 shop.paid web shop');
    expect(pages.get('products/dp_marketing_winners-v1.html')).toContain('aria-label="What Winners is made of and who reads it"');
    expect(read(pages, 'products/dp_sales_orders-v1.html')).toContain('Winners v1 orders a product of marketing');
    expect(read(pages, 'lineage.html')).toContain('Winners v1 Orders v1');
  });

  test('a term has a page with every table and column that bears it', () => {
    expect(read(pages, 'terms/revenue.html')).toMatch(/What was really paid.*Also called turnover.*orders\.paid_amount Orders v1 .*orders\.paid_amount Orders v2/);
    expect(read(pages, 'terms/order.html')).toContain('orders table Orders v1');
    expect(pages.get('products/dp_sales_orders-v1.html')).toContain('<a class="term" href="../terms/revenue.html"');
  });

  test('the same contracts make the same bytes', async () => {
    expect(Object.fromEntries(await site(FILES))).toEqual(Object.fromEntries(pages));
  });
});

test('what people write is text, wherever it is written', async () => {
  const hostile = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'&amp;\\u202egnp.js';
  const contract = `apiVersion: v3.1.0
kind: DataContract
id: dp_sales_orders
name: &evil "${hostile.replaceAll('"', '\\"').replaceAll('\\\\"', '\\"')}"
version: 1.0.0
status: active
domain: sales
description: {purpose: *evil, usage: *evil, limitations: *evil, authoritativeDefinitions: [{type: *evil, url: "javascript:alert(3)"}]}
tags: [*evil]
team: {name: *evil, members: [{username: orders-owner@shoply.com, name: *evil, role: owner}]}
support: [{channel: *evil, url: "JavaScript:alert(4)"}, {channel: data, url: "https://shoply.com/\\"onmouseover=alert(5)"}]
schema:
  - name: orders
    businessName: *evil
    description: *evil
    dataGranularityDescription: *evil
    properties:
      - {name: order_id, businessName: *evil, logicalType: string, primaryKey: true, description: *evil, examples: [*evil], logicalTypeOptions: {pattern: ".*"}}
      - {name: "<b>x", logicalType: string}
roles: [{role: *evil, description: *evil, customProperties: [{property: mesh.purpose, value: *evil}, {property: mesh.rowFilter, value: *evil}, {property: mesh.consumers, value: [*evil]}]}]
slaProperties: [{property: *evil, value: *evil, description: *evil}]
customProperties: [{property: mesh.sampleQueries, value: [{title: *evil, sql: *evil}]}, {property: mesh.supersededBy, value: *evil}]
`;
  const vocabulary = `terms: {"${hostile.replaceAll('"', '\\"')}": {definition: "<script>alert(6)</script>", url: "javascript:alert(7)", synonyms: ["<i>"]}}`;
  const pages = await site({ 'mesh.yaml': MESH, 'contracts/vocabulary.yaml': vocabulary, 'contracts/sales/orders.contract.yaml': contract });
  expect(pages.size).toBeGreaterThan(6);
  for (const [page, text] of [...pages].filter(([name]) => name.endsWith('.html'))) {
    const tags = new Set([...text.matchAll(/<([a-z0-9]+)/gi)].map(([, tag]) => tag.toLowerCase()));
    expect({ page, tags: ['img', 'b', 'i'].filter((tag) => tags.has(tag)), scripts: text.match(/<script/g)?.length, reordered: text.includes('\u202e'), led: text.match(/href="(?!https:|mailto:|[\w./#-]*")[^"]*"/g), handled: text.replace(/"[^"]*"/g, '""').match(/<[^>]*\son\w+=/g) })
      .toEqual({ page, tags: [], scripts: 1, reordered: false, led: null, handled: null });
  }
  expect(read(pages, 'products/dp_sales_orders-v1.html')).toContain('"><script>alert(1)</script><img src=x onerror=alert(2)>');
});

test('a column with a thousand ways back to its sources is followed as far as a person reads', async () => {
  const wide = 12;
  const files = Object.fromEntries([1, 2, 3, 4].flatMap((level) => {
    const names = Array.from({ length: wide }, (_, n) => n);
    const source = (n: number): string => (level === 1 ? `{files: {format: csv, path: landing/${n}/}, columns: {order_id: string}}` : `{product: dp_sales_level${level - 1}}`);
    return [
      [`contracts/sales/level${level}.contract.yaml`, CAMPAIGNS.replace('dp_marketing_winners', `dp_sales_level${level}`).replace('domain: marketing', 'domain: sales').replace('name: winners', `name: level${level}`).replace(/ {6}- \{name: revenue.*\n/, '')],
      [`contracts/sales/level${level}.pipeline.yaml`, `sources:\n${names.map((n) => `  s${n}: ${source(n)}\n`).join('')}tables:\n${names.map((n) => `  t${n}: {layer: bronze, from: [s${n}]}\n`).join('')}  level${level}: {layer: gold, from: [${names.map((n) => `t${n}`).join(', ')}], rules: [{union: [${names.slice(1).map((n) => `t${n}`).join(', ')}]}]}\n`],
    ];
  }));
  const pages = await site({ 'mesh.yaml': MESH, ...files });
  const page = pages.get('products/dp_sales_level4-v1.html')!;
  expect(page).toContain('and more');
  expect(page).toContain('s0.order_id');
  expect(page.match(/<li>/g)!.length).toBeLessThan(150);
});

test('quality is what was measured: the certificate, each check, and how runs went before', async () => {
  const run = { runId: 'full-1', mode: 'full' as const, state: 'published', startedAt: '2026-11-28T04:00:00Z', endedAt: '2026-11-28T04:02:00Z', message: null, verdict: 'certified' as const, score: 97.5 };
  const failed = { ...run, runId: 'full-0', state: 'rejected', verdict: 'rejected' as const, score: 40 };
  const status: ProductStatus = {
    product: 'dp_sales_orders', major: 1, state: 'published', lastRun: run, runs: [run, failed], lastCertified: { runId: 'full-1', issuedAt: run.endedAt }, freshnessSeconds: 60, running: null, availabilityPercent: 99.2,
    certificate: {
      certificateId: 'c-1', version: '1.4.0', runId: 'full-1', mode: 'full', issuedAt: run.endedAt, verdict: 'certified', score: 97.5, reasons: ['one row is odd'], tables: [{ table: 'orders', rows: 1200, snapshotId: 1 }],
      checks: [{ id: 'orders.order_id.required', title: 't', table: 'orders', metric: 'nullValues', severity: 'critical', action: 'abort_workflow', unit: 'rows', threshold: '= 0', measured: 3, rows: 1200, failing: 3, passed: false }],
      freshness: { seconds: 60, limitSeconds: 21600, passed: true }, completeness: { percent: 100 }, uniqueness: { percent: 100 }, signoffs: { required: [], problems: [] },
    },
  };
  const pages = await site(FILES, [status]);
  const page = read(pages, 'products/dp_sales_orders-v1.html');
  for (const said of ['certified 97.5', '97.5 of 100', '1 min old, promised 6 h', 'Availability 99.2 %', 'orders 1,200', 'one row is odd', 'failed 3', 'full-0 rejected rejected 40']) expect(page).toContain(said);
  expect(pages.get('products/dp_sales_orders-v1.html')).toContain('<g class="run rejected"');
  expect(read(pages, 'domains/sales.html')).toContain('certified 97.5');
});

describe('mesh docs', () => {
  test('writes into the folder of the mesh\'s state, or where it is told to', async () => {
    const cwd = folderWith(FILES);
    expect(await mesh(['docs'], cwd)).toMatchObject({ code: 0, out: '✔ .mesh/docs/index.html  3 products, 2 terms, 10 pages\n', err: '' });
    const { out } = await mesh(['docs', '--out', 'public', '--json'], path.join(cwd, 'contracts'));
    expect(docsShape.parse(JSON.parse(out))).toEqual({ ok: true, index: 'public/index.html', products: 3, terms: 2, pages: 10, missing: 0 });
    expect(fs.readFileSync(path.join(cwd, 'contracts/public/index.html'), 'utf8')).toContain('<h1>Data products</h1>');
  });

  test('a page of what is gone goes too, and nothing that is somebody else\'s', async () => {
    const cwd = folderWith({ ...FILES, 'public/holiday.jpg': 'not ours' });
    expect(await mesh(['docs', '--out', 'public'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('public holds something that mesh docs has not made') as string });
    await mesh(['docs', '--out', 'site'], cwd);
    fs.writeFileSync(path.join(cwd, 'site/CNAME'), 'data.shoply.com');
    fs.writeFileSync(path.join(cwd, 'site/mesh-docs.json'), fs.readFileSync(path.join(cwd, 'site/mesh-docs.json'), 'utf8').replace('"files":[', '"files":["../mesh.yaml","CNAME","products/../../mesh.yaml",'));
    fs.rmSync(path.join(cwd, 'contracts/marketing'), { recursive: true });
    expect((await mesh(['docs', '--out', 'site'], cwd)).code).toBe(0);
    expect([fs.existsSync(path.join(cwd, 'mesh.yaml')), fs.readdirSync(path.join(cwd, 'site')).includes('CNAME'), fs.readdirSync(path.join(cwd, 'site/products'))])
      .toEqual([true, true, ['dp_sales_orders-v1.html', 'dp_sales_orders-v2.html']]);
  });

  test('a contract that cannot be read is named, and the others are written; one with errors says so on its page', async () => {
    const cwd = folderWith({ ...FILES, 'contracts/sales/broken.contract.yaml': 'apiVersion: [', 'contracts/marketing/winners.pipeline.yaml': FROM_ORDERS.replace('paid_amount', 'payed_amount') });
    const { code, err } = await mesh(['docs'], cwd);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('✖ 1 contract cannot be read and is not in it') as string });
    expect(err).toContain('broken.contract.yaml');
    expect(fs.readFileSync(path.join(cwd, '.mesh/docs/products/dp_marketing_winners-v1.html'), 'utf8')).toMatch(/<strong>\d errors?<\/strong> in its files/);
  });

  test('without a contract there is nothing to write about', async () => {
    expect(await mesh(['docs'], folderWith({ 'contracts/keep': '' }))).toMatchObject({ code: 2, err: expect.stringContaining('there is nothing to write about') as string });
  });
});

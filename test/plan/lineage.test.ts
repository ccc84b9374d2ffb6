import * as path from 'node:path';
import { compileProduct } from '../../lib/plan/compile-product';
import { type Plan } from '../../lib/plan/plan-schema';
import { type SqlAnswer } from '../../lib/plan/sql/sql-check';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, MESH, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

afterAll(removeFolders);

const SOURCES = `sources:
  orders_in: {files: {format: csv, path: landing/orders/}, primaryKey: [id], columns: {id: string, amount: "decimal(12,2)", discount: "decimal(12,2)", customer: string}}
  customers_in: {files: {format: csv, path: landing/customers/}, primaryKey: [customer], columns: {customer: string, email: string}}
`;

function planOf(tables: string, files: Readonly<Record<string, string>> = {}, answer: Partial<SqlAnswer> = {}): Plan {
  const root = folderWith({ 'mesh.yaml': MESH, 'contracts/sales/orders.contract.yaml': SMALLEST, 'contracts/sales/orders.pipeline.yaml': `${SOURCES}tables:\n${tables}`, ...files });
  const sqlChecker = new TrustingChecker((item) => (item.kind === 'query' ? answer : { reads: { '': [...item.text.matchAll(/[a-z_]+/g)].map(([word]) => word) } }));
  const compiled = compileProduct(new Workspace(root, root, { sqlChecker }), path.join(root, 'contracts/sales/orders.contract.yaml'));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems, null, 2));
  return compiled.plan;
}

function origins(plan: Plan): Record<string, string[]> {
  return Object.fromEntries((plan.lineage ?? []).map(({ column, from }) => [column, from.map(({ source, column: name }) => `${source}.${name}`)]));
}

describe('where promised columns come from', () => {
  test('is followed through renames, expressions and joins to the sources', () => {
    const plan = planOf(`  orders_raw: {layer: bronze, from: [orders_in]}
  customers_raw: {layer: bronze, from: [customers_in]}
  orders_clean:
    layer: silver
    from: [orders_raw, customers_raw]
    rules: [{rename: {id: order_id}}, {derive: {total_amount: amount - discount}}, {join: {with: customers_raw, how: left, on: [customer], select: {email: customer_email}}}, {trim: [customer_email]}]
  orders: {layer: gold, from: [orders_clean]}
`);
    expect(origins(plan)).toEqual({
      order_id: ['orders_in.id'],
      total_amount: ['orders_in.amount', 'orders_in.discount'],
      customer_email: ['customers_in.email'],
    });
  });

  test('is told by the lineage of SQL, and left out where SQL does not tell', () => {
    const tables = `  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw], sql: sql/orders.sql}
`;
    const sql = { 'contracts/sales/sql/orders.sql': 'SELECT id AS order_id, amount AS total_amount, customer AS customer_email FROM orders_raw' };
    const columns = ['order_id', 'total_amount', 'customer_email'];
    expect(origins(planOf(tables, sql, { tables: ['orders_raw'], columns, lineage: { order_id: ['orders_raw.id'], total_amount: ['orders_raw.amount'], customer_email: [] } }))).toEqual({
      order_id: ['orders_in.id'], total_amount: ['orders_in.amount'],
    });
    expect(origins(planOf(tables, sql, { tables: ['orders_raw'], columns, lineage: {} }))).toEqual({});
    expect(origins(planOf(tables, sql, { tables: ['orders_raw'], columns, lineage: { '*': ['orders_raw.*'] } }))).toEqual({
      order_id: ['orders_in.order_id'], total_amount: ['orders_in.total_amount'], customer_email: ['orders_in.customer_email'],
    });
  });
});

describe('what a catalogue is told', () => {
  test('has the feedback channel, the service level in words, and what comes after', () => {
    const contract = SMALLEST
      .replace('slaProperties: [{property: freshness, value: 6, unit: h}]', `support: [{channel: sales-data, tool: email, url: "mailto:sales-data@shoply.example"}]
slaProperties:
  - {property: retention, value: 5, unit: y}
  - {property: ly, value: 24, unit: h}
  - {property: freshness, value: 6, unit: h, description: Orders of the last six hours may be missing.}
  - {property: endOfLife, value: "2031-06-30"}
customProperties: [{property: mesh.supersededBy, value: "2.0.0"}]`);
    const { catalogue, sla } = planOf('  orders_raw: {layer: bronze, from: [orders_in]}\n  orders: {layer: gold, from: [orders_raw], rules: [{rename: {id: order_id, amount: total_amount, customer: customer_email}}]}\n', { 'contracts/sales/orders.contract.yaml': contract });
    expect(catalogue).toMatchObject({
      support: [{ channel: 'sales-data', tool: 'email', url: 'mailto:sales-data@shoply.example', description: null }],
      promises: [
        { property: 'retention', text: '5 y' }, { property: 'latency', text: '24 h' },
        { property: 'freshness', text: '6 h: Orders of the last six hours may be missing.' }, { property: 'endOfLife', text: '2031-06-30' },
      ],
      supersededBy: '2.0.0', endOfLife: '2031-06-30',
    });
    expect(sla).toMatchObject({ freshnessSeconds: 21_600, paths: { freshness: 'slaProperties[2]', availability: null } });
  });
});

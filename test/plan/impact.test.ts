import { type Impact, impactOf } from '../../lib/plan/lineage/impact';
import { type SqlAnswer } from '../../lib/plan/sql/sql-check';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

afterAll(removeFolders);

const contract = (entity: string, columns: readonly string[], more = ''): string => SMALLEST.replace('dp_sales_orders', `dp_sales_${entity}`).replace('name: orders\n', `name: ${entity}\n`)
  .replace(/ {4}properties:[\s\S]*?slaProperties/, `    properties:\n${columns.map((column, index) => `      - {name: ${column}, logicalType: string${index === 0 ? ', primaryKey: true' : ''}}\n`).join('')}slaProperties`) + more;
const ROLE = (columns: string): string => `roles: [{role: analyst, access: read, customProperties: [{property: mesh.consumers, value: [reporting]}, {property: mesh.columns, value: ${columns}}]}]\n`;

/** orders ← daily (columns through rules) ← weekly (filters by one of them); orders ← flags (SQL); orders ← labels (reads nothing of amount). */
const FILES = {
  'mesh.yaml': OWNED_MESH,
  'contracts/sales/orders.contract.yaml': contract('orders', ['order_id', 'amount', 'note'], ROLE('[order_id, amount]')),
  'contracts/sales/daily.contract.yaml': contract('daily', ['day', 'revenue', 'remark'], ROLE('[day, remark]')),
  'contracts/sales/daily.pipeline.yaml': `sources: {orders: {product: dp_sales_orders}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  daily: {layer: gold, from: [orders_raw], rules: [{rename: {order_id: day, note: remark}}, {derive: {revenue: amount}}]}
`,
  'contracts/sales/weekly.contract.yaml': contract('weekly', ['week'], ROLE('[week]')),
  'contracts/sales/weekly.pipeline.yaml': `sources: {daily: {product: dp_sales_daily}}
tables:
  daily_raw: {layer: bronze, from: [daily]}
  weekly: {layer: gold, from: [daily_raw], rules: [{filter: {where: "revenue IS NOT NULL", reason: no revenue}}, {rename: {day: week}}]}
`,
  'contracts/sales/labels.contract.yaml': contract('labels', ['order_id', 'note']),
  'contracts/sales/labels.pipeline.yaml': `sources: {orders: {product: dp_sales_orders}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  labels: {layer: gold, from: [orders_raw], rules: [{deduplicate: {by: [order_id]}}]}
`,
};
const NAMES = { kind: 'expression' as const };

function impact(table: string | null, column: string | null, files: Readonly<Record<string, string>> = FILES, answer: Partial<SqlAnswer> = {}, product = 'dp_sales_orders'): Impact {
  const sqlChecker = new TrustingChecker((item) => (item.kind === NAMES.kind ? { reads: { '': [...item.text.matchAll(/[a-z_]+/g)].map(([word]) => word) } } : answer));
  const root = folderWith(files);
  const found = impactOf(new Workspace(root, root, { sqlChecker }), { product, major: 1, table, column });
  if (found === undefined) throw new Error('the product is at fault');
  return found;
}

const uses = ({ products }: Impact): string[] => products.map(({ product, distance, uses: by, columns }) => `${product.slice(9)} ${distance} ${by.join('+')} ${columns.join(',')}`);
const consumers = (found: Impact): string[] => found.consumers.map(({ product }) => product.slice(9));

describe('what depends on a column', () => {
  test('is followed through rules to columns that are made of it, and to rows that it decides', () => {
    const found = impact('orders', 'amount');
    expect(uses(found)).toEqual(['daily 1 columns daily.revenue', 'weekly 2 rows ']);
    expect(found.products[1]).toMatchObject({ through: ['dp_sales_daily v1'], owner: 'orders-owner@shoply.com', contract: 'contracts/sales/weekly.contract.yaml' });
  });

  test('reaches consumers whose role sees it, and tables that have it', () => {
    const found = impact('orders', 'amount');
    expect(consumers(found)).toEqual(['orders', 'weekly']);
    expect(found.interfaces.map(({ name }) => name)).toEqual(['sales.orders_v1', 'sales.daily_v1', 'sales.weekly_v1']);
    expect(consumers(impact('orders', 'note'))).toEqual(['daily']);
  });

  test('that is a key is also whatever tells rows apart by it', () => {
    expect(uses(impact('orders', 'order_id'))).toEqual(['daily 1 columns daily.day', 'labels 1 columns+rows labels.order_id', 'weekly 2 columns weekly.week']);
  });

  test('is nobody where nobody reads it', () => {
    const rest = Object.fromEntries(Object.entries(FILES).filter(([file]) => !/daily|weekly/.test(file)));
    expect(uses(impact('orders', 'amount', rest))).toEqual([]);
  });

  test('reaches the copies that warehouses of these consumers keep, where a contract gives leave', () => {
    const warehouse = '{monthlyLimit: 100, network: {vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d, subnet-1a1b2c3d, subnet-2a1b2c3d]}, marts: [dp_sales_orders, dp_sales_daily, dp_sales_weekly]}';
    const mayCopy = (text: string): string => text.replace('status: draft', 'status: active').replace('value: [reporting]}', 'value: [reporting]}, {property: mesh.copies, value: true}');
    const copied = {
      ...FILES, 'mesh.yaml': OWNED_MESH.replace('reporting: {', `reporting: {warehouse: ${warehouse}, `), 'contracts/sales/weekly.contract.yaml': FILES['contracts/sales/weekly.contract.yaml'].replace('status: draft', 'status: active'),
      'contracts/sales/orders.contract.yaml': mayCopy(FILES['contracts/sales/orders.contract.yaml']), 'contracts/sales/daily.contract.yaml': mayCopy(FILES['contracts/sales/daily.contract.yaml']),
    };
    // weekly gives no leave, and what reporting reads of daily is not made of the amount
    expect(impact('orders', 'amount', copied).marts).toEqual([{ consumer: 'reporting', product: 'dp_sales_orders', major: 1 }]);
    expect(impact(null, null, copied).marts).toEqual([{ consumer: 'reporting', product: 'dp_sales_orders', major: 1 }, { consumer: 'reporting', product: 'dp_sales_daily', major: 1 }]);
    expect(impact('orders', 'amount').marts).toEqual([]);
  });

  test('of another version of the product is none of this one', () => {
    const next = { ...FILES, 'contracts/sales/orders.v2.contract.yaml': FILES['contracts/sales/orders.contract.yaml'].replace('1.0.0', '2.0.0') };
    expect(uses(impact('orders', 'amount', next))).toEqual([]);
  });
});

describe('what a query says', () => {
  const sql = {
    ...FILES, 'contracts/sales/labels.pipeline.yaml': `sources: {orders: {product: dp_sales_orders}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  labels: {layer: gold, from: [orders_raw], sql: sql/labels.sql}
`, 'contracts/sales/sql/labels.sql': 'SELECT order_id, note FROM orders_raw WHERE amount > 0',
  };
  const told = { tables: ['orders_raw'], columns: ['order_id', 'note'], lineage: { order_id: ['orders_raw.order_id'], note: ['orders_raw.note'] } };

  test('of what it looks at and does not return decides rows', () => {
    expect(uses(impact('orders', 'amount', sql, { ...told, decides: ['orders_raw.amount'] }))).toContain('labels 1 rows ');
    expect(uses(impact('orders', 'amount', sql, { ...told, decides: [] }))).not.toContain('labels 1 rows ');
  });

  test('counts as all columns where it does not tell', () => {
    expect(uses(impact('orders', 'amount', sql, { tables: ['orders_raw'], columns: ['order_id', 'note'], lineage: null }))).toContain('labels 1 untold ');
  });
});

describe('what depends on a product', () => {
  test('is whoever reads it, however far away', () => {
    const found = impact(null, null);
    expect(found.products.map(({ product, distance }) => [product, distance])).toEqual([['dp_sales_daily', 1], ['dp_sales_labels', 1], ['dp_sales_weekly', 2]]);
    expect(new Set(consumers(found))).toEqual(new Set(['orders', 'daily', 'weekly']));
  });

  test('names contracts whose files are at fault, since what they read is not known', () => {
    expect(impact(null, null, { ...FILES, 'contracts/sales/broken.contract.yaml': 'id: [' }).unknown).toEqual(['contracts/sales/broken.contract.yaml']);
  });
});

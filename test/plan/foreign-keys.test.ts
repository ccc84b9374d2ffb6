import * as path from 'node:path';
import { compileProduct } from '../../lib/plan/compile-product';
import { type PlanCheck } from '../../lib/plan/plan-schema';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, problemsIn, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

const ORDERS = 'contracts/sales/orders.contract.yaml';
const PIPELINE = 'contracts/sales/orders.pipeline.yaml';
const CUSTOMERS = '../crm/customers.contract.yaml#/schema/customers/properties/customer_id';

/** Orders of customers, whose relationships are given, beside the customers of another product. */
function mesh(relationships: string, options: { readonly sources?: string; readonly customers?: string; readonly table?: string } = {}): Record<string, string> {
  const columns = `      - {name: customer_id, logicalType: string, relationships: ${relationships}}\n      - {name: replaces, logicalType: string}\n`;
  const table = options.table === undefined ? '' : `    relationships: ${options.table}\n`;
  return {
    [ORDERS]: SMALLEST.replace('    properties:\n', `${table}    properties:\n${columns}`),
    [PIPELINE]: `sources: {orders_in: {files: {format: csv}}${options.sources ?? ''}}\ntables: {orders_raw: {layer: bronze, from: [orders_in]}, orders: {layer: gold, from: [orders_raw]}}\n`,
    'contracts/crm/customers.contract.yaml': SMALLEST.replace('dp_sales_orders', 'dp_crm_customers').replace('domain: sales', 'domain: crm')
      .replace('- name: orders', '- name: customers').replace('{name: order_id, logicalType: string', `{name: customer_id, id: cid, ${options.customers ?? 'logicalType: string'}`),
  };
}

const IMPORTED = ', customers: {product: dp_crm_customers}';

function checksOf(files: Record<string, string>): PlanCheck[] {
  const root = folderWith(files);
  const compiled = compileProduct(new Workspace(root, root, { sqlChecker: new TrustingChecker() }), path.join(root, ORDERS));
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join('; '));
  expect(compiled.warnings).toEqual([]);
  return compiled.plan.tables.flatMap(({ checks }) => checks).filter(({ metric }) => metric === 'foreignKey');
}

function found(files: Record<string, string>): string[] {
  return problemsIn(folderWith(files)).map(({ id, path: at, message, remedy }) => `${id} ${at}: ${message}${remedy === undefined ? '' : ` → ${remedy}`}`);
}

afterAll(removeFolders);

describe('a relationship', () => {
  test('is a check with a warning, of the same product or of an imported one, and importing is reading', () => {
    const [check] = checksOf(mesh(`[{to: "${CUSTOMERS}"}]`, { sources: IMPORTED }));
    expect(check).toMatchObject({
      id: 'orders.customer_id.foreign-key', metric: 'foreignKey', scope: 'aggregate', columns: ['customer_id'], reference: { to: 'customers', columns: ['customer_id'] },
      operator: 'mustBe', threshold: [0], unit: 'rows', severity: 'warning', action: 'alert', dimension: 'consistency', title: 'customer_id is in customers: customer_id',
      origin: { from: 'contract', path: 'schema[0].properties[0].relationships[0]' },
    });
    expect(checksOf(mesh('[{to: orders.order_id}]'))[0].reference).toEqual({ to: 'orders', columns: ['order_id'] });
    expect(checksOf(mesh('[{to: schema/orders/properties/order_id}]'))[0].reference).toEqual({ to: 'orders', columns: ['order_id'] });
  });

  test('goes by ids too, and by the name that the pipeline gives to the product', () => {
    const [check] = checksOf(mesh('[{to: "../crm/customers.contract.yaml#schema/customers/properties/cid"}]', { sources: ', people: {product: dp_crm_customers}' }));
    expect(check.reference).toEqual({ to: 'people', columns: ['customer_id'] });
  });

  test('of a table has as many columns on both sides', () => {
    const [check] = checksOf(mesh('[]', { table: '[{from: [orders.customer_id, orders.replaces], to: [orders.replaces, orders.order_id]}]' }));
    expect([check.id, check.columns, check.reference]).toEqual(['orders.customer_id+replaces.foreign-key', ['customer_id', 'replaces'], { to: 'orders', columns: ['replaces', 'order_id'] }]);
    expect(found(mesh('[]', { table: '[{from: [orders.customer_id, orders.replaces], to: [orders.order_id]}]' }))).toEqual([
      'lint/unknown-reference schema[0].relationships[0].to: 2 columns are looked up in 1 → name the same number on both sides; a key of several columns is a relationship of the table',
    ]);
    expect(found(mesh('[]', { table: '[{from: orders.customer, to: orders.order_id}]' }))).toEqual([
      'lint/unknown-reference schema[0].relationships[0].from: there is no such column → did you mean `orders.customer_id`?',
    ]);
  });

  test('aborts when it says so', () => {
    const [check] = checksOf(mesh('[{to: orders.order_id, customProperties: [{property: mesh.actionOnFail, value: abort_workflow}]}]'));
    expect([check.severity, check.action]).toEqual(['critical', 'abort_workflow']);
  });

  test.each([
    ['orders.order_idd', {}, 'lint/unknown-reference schema[0].properties[0].relationships[0].to: there is no such column → did you mean `orders.order_id`?'],
    ['../crm/customers.contract.yaml#/schema/customers/properties/customer', { sources: IMPORTED }, 'lint/unknown-reference schema[0].properties[0].relationships[0].to: there is no such column → did you mean `customers.customer_id`?'],
    ['../crm/clients.contract.yaml#/schema/customers/properties/customer_id', {}, 'lint/unknown-reference schema[0].properties[0].relationships[0].to: this is not a contract of the mesh → correct it, or remove the relationship: only data of this mesh can be checked'],
    ['https://shoply.example/crm.yaml#/schema/customers/properties/customer_id', {}, 'lint/unknown-reference schema[0].properties[0].relationships[0].to: this is not a contract of the mesh → correct it, or remove the relationship: only data of this mesh can be checked'],
    [CUSTOMERS, {}, 'lint/unimported-reference schema[0].properties[0].relationships[0].to: the pipeline does not import `customers` of `dp_crm_customers` v1, so nothing can be looked up in it → add a source to the pipeline, e.g. `customers: {product: dp_crm_customers}`'],
    [CUSTOMERS, { sources: IMPORTED, customers: 'logicalType: integer' }, 'lint/reference-type schema[0].properties[0].relationships[0].to: `customer_id` is string, `customer_id` is bigint: they cannot be compared exactly → promise both as one type'],
    [CUSTOMERS, { sources: IMPORTED, customers: 'logicalType: string, classification: confidential, customProperties: [{property: mesh.masking, value: hash}]' }, 'lint/reference-type schema[0].properties[0].relationships[0].to: `customer_id` is published as it is, `customer_id` as a hash: no value would match → relate columns that both publish as they are, such as an id that identifies nobody: hashes of `crm` match only its own'],
  ])('to %s %j is refused with a remedy', (to, options, said) => {
    expect(found(mesh(`[{to: "${to}"}]`, options))).toContain(said);
  });

  describe('over columns that are hashed alike', () => {
    const hashed = 'classification: confidential, customProperties: [{property: mesh.masking, value: hash}]';
    const related = (to: string, options: Parameters<typeof mesh>[1] = {}): Record<string, string> => {
      const files = mesh(`[{to: "${to}"}], ${hashed}`, { ...options, customers: `logicalType: string, ${hashed}` });
      return { ...files, [ORDERS]: files[ORDERS].replace('{name: replaces, logicalType: string', `{name: replaces, logicalType: string, ${hashed}`) };
    };

    test('is measured in one domain, which has one key', () => {
      expect(checksOf(related('orders.replaces'))[0].reference).toEqual({ to: 'orders', columns: ['replaces'] });
    });

    test('is refused between domains, whose keys differ', () => {
      expect(found(related(CUSTOMERS, { sources: IMPORTED }))).toContain(
        'lint/reference-type schema[0].properties[0].relationships[0].to: both columns are published as a hash, and each domain has a key of its own: no value would match → relate columns that both publish as they are, such as an id that identifies nobody: hashes of `crm` match only its own',
      );
    });
  });
});

test('the freshness of a column is a check, with the action of the service level', () => {
  const contract = SMALLEST.replace('v3.1.0', 'v3.2.0').replace('    properties:\n', '    properties:\n      - {name: updated_at, logicalType: timestamp}\n');
  const of = (sla: string): PlanCheck[] => {
    const root = folderWith({ [ORDERS]: contract.replace(/slaProperties: .*/, `slaProperties: [{property: freshness, value: 6, unit: h${sla}}]`) });
    const compiled = compileProduct(new Workspace(root, root, { sqlChecker: new TrustingChecker() }), path.join(root, ORDERS));
    if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join('; '));
    return compiled.plan.tables.flatMap(({ checks }) => checks).filter(({ metric }) => metric === 'freshness');
  };
  expect(of(', element: orders.updated_at')).toMatchObject([{
    id: 'orders.updated_at.freshness', title: 'updated_at is at most 6 h old', columns: ['updated_at'], operator: 'mustBeLessOrEqualTo', threshold: [21600], unit: 'seconds',
    severity: 'warning', action: 'alert', dimension: 'timeliness',
  }]);
  expect(of(', element: orders.updated_at, customProperties: [{property: mesh.actionOnFail, value: abort_workflow}]')).toMatchObject([{ severity: 'critical', action: 'abort_workflow' }]);
  expect(of('')).toEqual([]);
});

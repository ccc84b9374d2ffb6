import * as path from 'node:path';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { accessOf } from '../../../constructs/grants/access-of';
import { heldRoles } from '../../../constructs/grants/held-roles';
import { type ReadTable, readTables } from '../../../constructs/grants/read-tables';
import { treeOnDisk } from '../../../lib/plan/contract-tree';
import { DataContract } from '../../../lib/plan/data-contract';
import { rolesByContract } from '../../../lib/plan/grant-changes';
import { type Mesh } from '../../../lib/plan/mesh/mesh';
import { Workspace } from '../../../lib/plan/workspace';
import { folderWith, removeFolders, SMALLEST, TrustingChecker } from '../../plan/mesh-folder';

afterAll(removeFolders);

const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1}
environments: {prod: {production: true}, dev: {}}
domains: {sales: {account: "222222222222"}}
consumers:
  reporting: {account: "666666666666"}
  lens: {account: {prod: "777777777777", dev: "777777777778"}, region: us-east-1, class: partner, clearance: confidential, purposes: [Benchmarks.], roles: [bi]}
`;
const role = (name: string, properties: Readonly<Record<string, unknown>>): string => `  - {role: ${name}, access: read, customProperties: ${JSON.stringify(Object.entries(properties).map(([property, value]) => ({ property: `mesh.${property}`, value })))}}\n`;

interface Written {
  readonly environment?: string;
  readonly status?: string;
  readonly masking?: string;
  readonly also?: string;
}

function written(roles: string, { environment = 'prod', status = 'active', masking = 'none', also = '' }: Written): { contract: DataContract; mesh: Mesh; environment: string; file: string } {
  const contract = status === 'retired' ? SMALLEST.replace('unit: h}]', 'unit: h}, {property: endOfLife, value: "2026-01-01"}]') : SMALLEST;
  const root = folderWith({ 'mesh.yaml': MESH, 'contracts/sales/orders.contract.yaml': `${contract.replace('status: draft', `status: ${status}`).replace('value: hash', `value: ${masking}`)}roles:\n${roles}${also}` });
  const workspace = new Workspace(root, root, { sqlChecker: new TrustingChecker() });
  const mesh = workspace.mesh();
  if (mesh?.ok !== true) throw new Error('the mesh cannot be read');
  const file = path.join(root, 'contracts/sales/orders.contract.yaml');
  return { contract: DataContract._of(workspace, file, { environment }), mesh: mesh.mesh, environment, file };
}

/** What a contract with these roles offers in an environment. */
function offered(roles: string, how: Written = {}): ReturnType<typeof accessOf> {
  const { contract, mesh, environment } = written(roles, how);
  return accessOf(contract, mesh, environment);
}

/** What a consumer reads of it. */
function read(consumer: string, roles: string, how: Written = {}): ReadTable[] {
  const { contract, mesh, environment } = written(roles, how);
  return readTables(contract, mesh, environment, consumer);
}

test('a role shows what its clearance lets it, and internal columns at most where it says none', () => {
  const { access: { shapes } } = offered(role('analyst', {}) + role('investigator', { clearance: 'confidential', purpose: 'Finding fraud.', consumers: ['reporting'] }));
  expect(shapes.map(({ role: name, clearance, tables, consumers }) => [name, clearance, tables[0].columns.map((column) => column.name), consumers])).toEqual([
    ['analyst', 'internal', ['order_id', 'total_amount'], []],
    ['investigator', 'confidential', ['order_id', 'total_amount', 'customer_email'], ['reporting']],
  ]);
});

test('what is published masked is shown as internal data is', () => {
  const { access: { shapes: [{ tables }] } } = offered(role('analyst', {}), { masking: 'hash' });
  expect(tables[0].columns).toContainEqual({ name: 'customer_email', classification: 'internal', unmasked: { id: 'customer_email', classification: 'confidential' } });
});

test('a column that a role names and is not cleared for is not shown', () => {
  const { access: { shapes: [{ tables }] } } = offered(role('analyst', { columns: ['order_id', 'customer_email'] }));
  expect(tables[0].columns).toEqual([{ name: 'order_id', classification: 'internal' }]);
});

test('a condition is put in Lake Formation\'s words; with one that it does not take the table is not shown, and the contract\'s line is named', () => {
  const { access: { shapes }, warnings } = offered(role('large', { rowFilter: 'total_amount >= 1000' }) + role('loud', { rowFilter: 'upper(order_id) = "A"' }));
  expect(shapes.map(({ tables }) => tables.map(({ rowFilter }) => rowFilter))).toEqual([['total_amount >= 1000'], []]);
  expect(warnings).toEqual([expect.stringMatching(/^contracts\/sales\/orders\.contract\.yaml:\d+: the role loud shows nothing of orders_v1: `upper\(…\)` is a function.*; change its mesh\.rowFilter/)]);
});

test.each<[what: string, how: Written, given: number]>([['an active product', {}, 2], ['a draft', { status: 'draft', environment: 'dev' }, 0]])('where mesh.yaml forbids nothing, who has %s is the same by the contract alone as by what would be deployed', (_what, how, given) => {
  const roles = role('analyst', { consumers: ['reporting'], columns: ['order_id', 'customer_email'] }) + role('large', { consumers: ['reporting'], rowFilter: 'total_amount >= 1000' }) + role('other', {});
  const { contract, mesh, environment, file } = written(roles, { ...how, masking: 'hash' });
  const { contracts: [parsed], surroundings } = treeOnDisk(file, path.dirname(file));
  const byContract = rolesByContract(parsed, surroundings);
  expect(byContract).toHaveLength(given);
  expect(heldRoles(accessOf(contract, mesh, environment).access, [], '2026-11-28T00:00:00Z').filter(({ refused }) => refused === null)).toEqual(byContract);
});

test('consumers are those of mesh.yaml, with their roles in the environment', () => {
  expect(offered(role('analyst', {})).access.consumers).toEqual([
    {
      name: 'reporting', class: 'internal', clearance: 'internal', purposes: null, region: 'eu-west-1',
      principals: ['analyst', 'etl', 'bi'].map((name) => `arn:aws:iam::666666666666:role/mesh-consumer/reporting/mesh-reporting-${name}`),
    },
    { name: 'lens', class: 'partner', clearance: 'confidential', purposes: ['Benchmarks.'], region: 'us-east-1', principals: ['arn:aws:iam::777777777777:role/mesh-consumer/lens/mesh-lens-bi'] },
  ]);
  const dev = offered(role('analyst', {}), { environment: 'dev' }).access;
  expect([dev.database, dev.consumers.map(({ principals }) => principals[0])]).toEqual(['sales_dev', [
    'arn:aws:iam::666666666666:role/mesh-consumer/dev/reporting/mesh-dev-reporting-analyst', 'arn:aws:iam::777777777778:role/mesh-consumer/dev/lens/mesh-dev-lens-bi',
  ]]);
});

test('a domain that is a consumer too reads with the import roles of its products that import this one', () => {
  const root = folderWith({
    'mesh.yaml': MESH.replace('consumers:\n', 'consumers:\n  crm: {account: "333333333333", roles: [etl]}\n'),
    'contracts/sales/orders.contract.yaml': `${SMALLEST.replace('status: draft', 'status: active')}roles:\n${role('reader', { consumers: ['crm'] })}`,
  });
  const workspace = new Workspace(root, root, { sqlChecker: new TrustingChecker() });
  const mesh = workspace.mesh();
  if (mesh?.ok !== true) throw new Error('the mesh cannot be read');
  const importer = (domain: string): ProductPlace => ({ mesh: 'shoply', environment: null, domain, account: '333333333333', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1', entity: 'customers', major: 1 });
  const { access } = accessOf(DataContract._of(workspace, path.join(root, 'contracts/sales/orders.contract.yaml')), mesh.mesh, 'prod', [importer('crm'), importer('web')]);
  expect(access.consumers[0].principals).toEqual(['arn:aws:iam::333333333333:role/mesh-consumer/crm/mesh-crm-etl', 'arn:aws:iam::333333333333:role/mesh/crm/customers-v1/mesh-crm-customers-v1-import']);
});

test.each([
  ['active', null], ['deprecated', null], ['retired', 'the product is retired, and only what is active or deprecated is granted'],
])('what is %s is %s', (status, closed) => {
  const end = status === 'active' ? '' : 'customProperties: [{property: mesh.supersededBy, value: 2.0.0}]\n';
  expect(offered(role('analyst', {}), { status, also: end }).access.closed).toBe(closed);
});

test('where the data may be read is for the contract to say', () => {
  expect(offered(role('analyst', {}), { also: 'customProperties: [{property: mesh.residency, value: [eu-west-1]}]\n' }).access.residency).toEqual(['eu-west-1']);
});

describe('what a consumer reads of a product', () => {
  const REPORTING = { consumers: ['reporting'] };

  test('is what its roles see by the contract, with types, in the order of the table', () => {
    expect(read('reporting', role('analyst', { ...REPORTING, columns: ['total_amount', 'order_id'] }) + role('other', {}))).toEqual([{
      product: 'dp_sales_orders', major: 1, domain: 'sales', database: 'sales', table: 'orders_v1', mayCopy: false,
      columns: [{ name: 'order_id', type: 'string' }, { name: 'total_amount', type: 'decimal(12, 2)' }], filters: [expect.stringMatching(/^mesh-orders-v1-analyst-[0-9a-f]{12}$/)],
    }]);
  });

  test('is nothing where the contract does not name it, or the lifecycle lets nobody read', () => {
    expect(read('lens', role('analyst', REPORTING))).toEqual([]);
    expect(read('reporting', role('analyst', REPORTING), { status: 'draft', environment: 'dev' })).toEqual([]);
  });

  test('may be copied where every role that it is read by says so', () => {
    const copies = (...said: (boolean | undefined)[]): boolean[] => read('reporting', said.map((value, n) => role(`r${n}`, { ...REPORTING, ...value === undefined ? {} : { copies: value } })).join('')).map(({ mayCopy }) => mayCopy);
    expect([copies(true), copies(true, true), copies(true, undefined), copies(false), copies(undefined)]).toEqual([[true], [true], [false], [false], [false]]);
  });

  test('is cut by a filter of another name when rows or columns are others', () => {
    const [base, rows, columns] = [{}, { rowFilter: 'total_amount > 1' }, { columns: ['order_id'] }].map((more) => read('reporting', role('analyst', { ...REPORTING, ...more }))[0].filters[0]);
    expect(new Set([base, rows, columns]).size).toBe(3);
  });
});

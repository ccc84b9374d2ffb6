import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { productNames, type ProductPlace } from '../../../constructs/domain/naming';
import { customResource } from '../../../constructs/handlers/custom-resource';
import { ProductTablesResource } from '../../../constructs/tables/handler/product-tables-resource';
import { type Plan, type PlanColumn, type PlanTable } from '../../../lib/plan/plan-schema';
import { CloudFormation } from '../../support/cloudformation';
import { faultAtEveryCall } from '../../support/strict-mock';
import { FakeCatalogue, RUN_TABLE } from './fake-catalogue';
import { checkMetadata } from './iceberg-rules';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const smallest = JSON.parse(fs.readFileSync(path.join(__dirname, '../../plan/smallest.plan.json'), 'utf8')) as Plan;
const TABLE = 'sales.orders_v1';
const QUARANTINE = 'sales_internal.orders_v1__orders__quarantine';
const CURATED = `s3://${productNames.bucket(place, 'curated')}/tables`;

const note: PlanColumn = { id: 'note', name: 'note', type: 'string', required: false, classification: 'internal', masking: 'none', description: 'what the customer wrote' };
const [published] = smallest.tables;
const columns = published.columns as PlanColumn[];

/** The smallest plan under a contract version, with its published table changed. */
function plan(version = '1.0.0', change: Partial<PlanTable> = {}): Plan {
  return { ...smallest, product: { ...smallest.product, version }, tables: [{ ...published, ...change }] };
}

const renamed = (id: string, to: Partial<PlanColumn>): PlanColumn[] => columns.map((column) => (column.id === id ? { ...column, ...to } : column));

let aws: FakeCatalogue;
let cloudFormation: CloudFormation;
let waits: number[];
const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };

/** What a stack says of a plan, which it has uploaded. */
function asked(of: Plan, more: Record<string, string> = {}): Record<string, string> {
  const text = JSON.stringify(of);
  const digest = createHash('sha256').update(text).digest('hex');
  const url = `s3://cdk-hnb659fds-assets-111122223333-eu-west-1/${digest}.json`;
  aws.objects.set(url, text);
  return { InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '', PlanUrl: url, PlanDigest: digest, DeleteTables: 'false', ConfirmDeleteTables: '', ...more };
}

const deploy = (of: Plan, more: Record<string, string> = {}): Promise<void> => cloudFormation.deploy({ Tables: asked(of, more) });
const DELETES = { DeleteTables: 'true', ConfirmDeleteTables: 'dp_sales_orders' };

function fresh(): void {
  aws = new FakeCatalogue();
  waits = [];
  const resource = new ProductTablesResource(place, {
    glue: new GlueClient(settings), s3: new S3Client(settings), dynamo: new DynamoDBClient(settings), pause: (ms) => { waits.push(ms); return Promise.resolve(); },
  });
  cloudFormation = new CloudFormation(customResource(() => resource));
}

beforeEach(() => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  fresh();
});
afterEach(() => { jest.restoreAllMocks(); });

function lock(): Record<string, unknown> {
  return aws.runs.get('dp_sales_orders#v1', 'lock') ?? {};
}

describe('a first deployment', () => {
  test('makes the published table and the quarantine where the jobs look for them, and marks whose they are', async () => {
    await deploy(plan());
    expect([...aws.tables.keys()]).toEqual([TABLE, QUARANTINE]);
    const entry = aws.tables.get(TABLE);
    expect(entry?.Parameters).toMatchObject({ 'table_type': 'ICEBERG', 'mesh.product': 'dp_sales_orders', 'mesh.major': '1' });
    expect(entry?.Parameters?.metadata_location).toMatch(new RegExp(`^${CURATED}/sales/orders_v1/metadata/00000-deployment-[0-9a-f-]{36}\\.metadata\\.json$`));
    expect(entry?.StorageDescriptor?.Location).toBe(`${CURATED}/sales/orders_v1`);
    expect(entry?.StorageDescriptor?.Columns?.map(({ Name, Type }) => `${Name} ${Type}`)).toEqual(['order_id string', 'total_amount decimal(12,2)', 'customer_email string']);
    expect(aws.metadata(TABLE)).toMatchObject({
      'last-column-id': 3, 'current-schema-id': 0, 'default-spec-id': 0,
      'schemas': [{ 'identifier-field-ids': [1], 'fields': [{ id: 1, name: 'order_id', required: true, type: 'string' }, { id: 2, name: 'total_amount', required: false, type: 'decimal(12, 2)' }, { id: 3 }] }],
      'properties': { 'mesh.contract-version': '1.0.0', 'mesh.primary-key': '["order_id"]', 'mesh.field-ids': '{"order_id": 1, "total_amount": 2, "customer_email": 3}' },
    });
    expect(aws.metadata(QUARANTINE)['last-column-id']).toBe(7);
    expect(lock()).toEqual({ pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, fence: { N: '1' } });
  });

  test('says which database is missing, and who makes it', async () => {
    aws.databases = [];
    await expect(deploy(plan())).rejects.toThrow(/there is no database sales.* → ask the platform team to deploy the domain's foundation/);
    expect(lock()).not.toHaveProperty('owner');
  });

  test.each([
    ['belongs to another product', { 'table_type': 'ICEBERG', 'metadata_location': `${CURATED}/sales/orders_v1/metadata/0.json`, 'mesh.product': 'dp_sales_payments', 'mesh.major': '1' }, 'belongs to dp_sales_payments, not to dp_sales_orders'],
    ['belongs to another major version', { 'table_type': 'ICEBERG', 'metadata_location': `${CURATED}/sales/orders_v1/metadata/0.json`, 'mesh.product': 'dp_sales_orders', 'mesh.major': '2' }, 'belongs to dp_sales_orders'],
    ['belongs to nobody that is known', { table_type: 'ICEBERG', metadata_location: `${CURATED}/sales/orders_v1/metadata/0.json` }, 'belongs to nobody that is known'],
    ['lies in another bucket', { 'table_type': 'ICEBERG', 'metadata_location': 's3://elsewhere/metadata/0.json', 'mesh.product': 'dp_sales_orders', 'mesh.major': '1' }, 'has its files in s3://elsewhere'],
    ['is none of Iceberg\'s', { classification: 'csv' }, 'exists and is not an Iceberg table'],
  ])('refuses a table of that name that %s, and touches nothing', async (_, parameters, problem) => {
    aws.tables.set(TABLE, { Name: 'orders_v1', DatabaseName: 'sales', VersionId: '0', Parameters: parameters });
    await expect(deploy(plan())).rejects.toThrow(problem);
    expect(aws.changes()).toBe(0);
    expect(aws.state()).toEqual({ [TABLE]: '0' });
  });

  test('adopts tables of its own that an earlier stack left, whatever that stack was called', async () => {
    await deploy(plan());
    await cloudFormation.destroy();
    const before = aws.state();
    await deploy(plan());
    expect(aws.state()).toEqual(before);
  });

  test('adopts a quarantine that a job made, which marks none', async () => {
    await deploy(plan());
    const made = aws.tables.get(QUARANTINE)!;
    aws.tables.set(QUARANTINE, { ...made, Parameters: { table_type: 'ICEBERG', metadata_location: made.Parameters!.metadata_location } });
    await deploy(plan('1.0.1'));
    expect(aws.state()).toEqual({ [TABLE]: '1', [QUARANTINE]: '0' });
  });
});

describe('a change of the contract', () => {
  beforeEach(async () => {
    await deploy(plan());
    aws.publish(TABLE, 10);
  });

  test.each<[string, Partial<PlanTable>, object]>([
    ['a column that is new', { columns: [...columns, note] }, { fields: [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4, name: 'note', required: false, type: 'string', doc: 'what the customer wrote' }] }],
    ['a column that is called otherwise', { columns: renamed('total_amount', { name: 'amount' }) }, { fields: [{ id: 1 }, { id: 2, name: 'amount' }, { id: 3 }] }],
    ['a decimal with more digits', { columns: renamed('total_amount', { type: 'decimal(18, 2)' }) }, { fields: [{ id: 1 }, { id: 2, type: 'decimal(18, 2)' }, { id: 3 }] }],
    ['a description', { columns: renamed('total_amount', { description: 'in euro' }) }, { fields: [{ id: 1 }, { id: 2, doc: 'in euro' }, { id: 3 }] }],
    ['another order', { columns: [...columns].reverse() }, { fields: [{ id: 3 }, { id: 2 }, { id: 1 }] }],
  ])('takes %s over, in place', async (_, change, schema) => {
    await deploy(plan('1.1.0', change));
    const metadata = aws.metadata(TABLE);
    expect(metadata.schemas.at(-1)).toMatchObject(schema);
    expect(metadata['current-schema-id']).toBe(1);
    expect(metadata.properties['mesh.contract-version']).toBe('1.1.0');
    expect(metadata['current-snapshot-id']).toBe(8123456789012345679n);
    expect(aws.tables.get(TABLE)?.Parameters).toMatchObject({ 'mesh.product': 'dp_sales_orders', 'mesh.run-id': 'run-1' });
    expect(aws.tables.get(TABLE)?.StorageDescriptor?.Columns?.filter(({ Parameters }) => Parameters?.['iceberg.field.current'] === 'true').length).toBe(metadata.schemas[1].fields.length);
    expect(aws.state()[QUARANTINE]).toBe('0');
  });

  test('partitions new files otherwise, and back again under the id that it had', async () => {
    const day: PlanColumn = { ...note, id: 'day', name: 'day', type: 'date' };
    const wide = { columns: [...columns, day] };
    await deploy(plan('1.1.0', { ...wide, partitionBy: [{ column: 'day', transform: 'month' }] }));
    expect(aws.metadata(TABLE)).toMatchObject({ 'default-spec-id': 1, 'last-partition-id': 1000, 'partition-specs': [{ fields: [] }, { fields: [{ 'source-id': 4, 'field-id': 1000, 'name': '_mesh_day_month', 'transform': 'month' }] }] });
    await deploy(plan('1.2.0', wide));
    expect(aws.metadata(TABLE)['default-spec-id']).toBe(0);
    await deploy(plan('1.3.0', { ...wide, partitionBy: [{ column: 'day', transform: 'identity' }] }));
    expect(aws.metadata(TABLE)).toMatchObject({ 'default-spec-id': 2, 'last-partition-id': 1001 });
    await deploy(plan('1.4.0', { ...wide, partitionBy: [{ column: 'order_id', transform: 'identity' }, { column: 'day', transform: 'month' }] }));
    expect(aws.metadata(TABLE)['partition-specs'].at(-1)?.fields.map((field) => field['field-id'])).toEqual([1002, 1000]);
  });

  test('partitions leave every name to the columns that come later', async () => {
    const day: PlanColumn = { ...note, id: 'day', name: 'day', type: 'date' };
    const by = (column: string): PlanTable['partitionBy'] => [{ column, transform: 'month' }, { column, transform: 'identity' }];
    await deploy(plan('1.1.0', { columns: [...columns, day], partitionBy: by('day') }));
    const later = [{ ...day, name: 'ordered_on' }, { ...note, id: 'day_month', name: 'day_month' }, { ...note, id: 'weekday', name: 'day' }];
    await deploy(plan('1.2.0', { columns: [...columns, ...later], partitionBy: by('ordered_on') }));
    const metadata = aws.metadata(TABLE);
    expect(() => { checkMetadata(metadata); }).not.toThrow();
    expect(metadata['default-spec-id']).toBe(1);
  });

  test('of nothing but the version is recorded', async () => {
    await deploy(plan('1.0.1'));
    expect(aws.metadata(TABLE)).toMatchObject({ 'current-schema-id': 0, 'properties': { 'mesh.contract-version': '1.0.1' } });
  });

  test('that changes no table calls nothing but reads, and waits for no run', async () => {
    const before = aws.changes();
    const owner = { ...lock(), pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, owner: { S: 'a run' }, leaseUntil: { N: String(Date.now() + 600_000) } };
    aws.runs.load([...aws.runs.all().filter(({ sk }) => sk.S !== 'lock'), owner]);
    await deploy({ ...plan(), generator: 'another release' });
    expect(aws.changes()).toBe(before);
    expect(waits).toEqual([]);
  });

  test('never gives an id twice, even to a column of a name that was there', async () => {
    await deploy(plan('1.1.0', { columns: renamed('total_amount', { name: 'amount' }) }));
    await deploy(plan('1.2.0', { columns: [...renamed('total_amount', { name: 'amount' }), { ...note, id: 'total-2', name: 'total_amount' }] }));
    expect(aws.metadata(TABLE).schemas.at(-1)?.fields.map(({ id, name }) => `${id} ${name}`)).toEqual(['1 order_id', '2 amount', '3 customer_email', '4 total_amount']);
  });

  test('is refused with everything that would break a consumer, before anything is touched', async () => {
    const before = aws.changes();
    const breaking = plan('1.1.0', { columns: [columns[0], { ...columns[1], type: 'decimal(8, 2)' }, { ...note, required: true }], primaryKey: ['note'] });
    await expect(deploy(breaking)).rejects.toThrow([
      'sales.orders_v1 cannot become contract version 1.1.0 (it has 1.0.0):',
      '  column customer_email is published and would be dropped; if note is its new name, give that column `id: customer_email`',
      '  column total_amount is decimal(12,2) and would become decimal(8,2)',
      '  column note is new and would be required, but rows exist that do not have it',
      '  the primary key is (order_id) and would become (note)',
      '  → consumers read this table: keep the column as it was, or publish the change as a new major version',
    ].join('\n'));
    expect(aws.changes()).toBe(before);
    expect(lock()).not.toHaveProperty('owner');
  });

  test('is refused of every table at once', async () => {
    const second: PlanTable = { ...published, name: 'totals', table: 'totals_v1', quarantine: 'orders_v1__totals__quarantine', tombstones: 'orders_v1__totals__tombstones' };
    const both = (version: string, change: Partial<PlanTable>): Plan => ({ ...plan(version, change), tables: [{ ...published, ...change }, { ...second, ...change }] });
    await deploy(both('1.1.0', {}));
    const refused = deploy(both('1.2.0', { columns: [columns[0]] }));
    await expect(refused).rejects.toThrow(/orders_v1 cannot become[\s\S]*totals_v1 cannot become/);
  });
});

describe('going back', () => {
  test('to an older contract succeeds and changes nothing', async () => {
    await deploy(plan('1.0.0'));
    await deploy(plan('1.1.0', { columns: [...columns, note] }));
    const before = aws.state();
    await deploy(plan('1.0.0'));
    expect(aws.state()).toEqual(before);
  });

  test('succeeds after this resource was updated and another one failed', async () => {
    await deploy(plan('1.0.0'));
    await expect(cloudFormation.deploy({ Tables: asked(plan('1.1.0', { columns: [...columns, note] })) }, { otherFails: true })).rejects.toThrow('another resource failed');
    expect(aws.metadata(TABLE).properties['mesh.contract-version']).toBe('1.1.0');
    await deploy(plan('1.1.0', { columns: [...columns, note] }));
    expect(aws.metadata(TABLE).schemas).toHaveLength(2);
  });

  test('succeeds under the same version too, as drafts change', async () => {
    await deploy(plan('1.0.0'));
    await expect(cloudFormation.deploy({ Tables: asked(plan('1.0.0', { columns: [...columns, note] })) }, { otherFails: true })).rejects.toThrow('another resource failed');
    expect(aws.metadata(TABLE)['last-column-id']).toBe(4);
  });

  test('under a newer version is a change like any other, and refused', async () => {
    await deploy(plan('1.0.0'));
    await deploy(plan('1.1.0', { columns: [...columns, note] }));
    await expect(deploy(plan('1.2.0'))).rejects.toThrow('column note is published and would be dropped');
  });

  test('succeeds after a change that was refused', async () => {
    await deploy(plan('1.0.0'));
    const before = aws.state();
    await expect(deploy(plan('1.1.0', { columns: [columns[0]] }))).rejects.toThrow('would be dropped');
    expect(aws.state()).toEqual(before);
  });
});

describe('the lock of the product\'s runs', () => {
  const running = (until: number): void => {
    aws.runs.load([...aws.runs.all(), {
      pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, owner: { S: 'arn:aws:states:execution/full-20300101' }, since: { S: '2030-01-01T05:00:00' }, leaseUntil: { N: String(until) }, fence: { N: '7' },
    }]);
  };

  test('is waited for until the run ends', async () => {
    running(Date.now() + 600_000);
    let looks = 0;
    const resource = new ProductTablesResource(place, {
      glue: new GlueClient(settings), s3: new S3Client(settings), dynamo: new DynamoDBClient(settings),
      pause: () => {
        looks += 1;
        if (looks === 3) aws.runs.load([{ pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, fence: { N: '7' } }]);
        return Promise.resolve();
      },
    });
    cloudFormation = new CloudFormation(customResource(() => resource));
    await deploy(plan());
    expect(looks).toBe(3);
    expect(lock()).toMatchObject({ fence: { N: '8' } });
  });

  test('that is not given back in time is told with who has it and what to do', async () => {
    running(Date.parse('2030-01-01T06:00:00Z') + 10 * 365 * 86_400_000);
    cloudFormation.milliseconds = 120_000;
    await expect(deploy(plan())).rejects.toThrow(/sales\/orders v1 is being run by arn:aws:states:execution\/full-20300101 since 2030-01-01T05:00:00, and its tables change between runs only → deploy again when the run has ended, or stop it: the lock is free when it is not renewed until 20\d\d-/);
    expect(aws.tables.size).toBe(0);
    expect(lock()).toMatchObject({ owner: { S: 'arn:aws:states:execution/full-20300101' }, fence: { N: '7' } });
  });

  test('whose lease is over is taken, with a fence that shuts its holder out', async () => {
    running(Date.now() - 1);
    await deploy(plan());
    expect(lock()).toEqual({ pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, fence: { N: '8' } });
  });

  test('of a run that is half published stops a change: its pointers have to be where it left them', async () => {
    await deploy(plan());
    aws.runs.load([...aws.runs.all(), { pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'run#000000000001' }, runId: { S: 'full-1' }, state: { S: 'publishing' }, generation: { S: 'g' }, startedAt: { S: '2030-01-01T05:00:00+00:00' }, fence: { N: '1' }, mode: { S: 'full' }, planDigest: { S: 'x' } }]);
    const before = aws.state();
    await expect(deploy(plan('1.1.0', { columns: [...columns, note] }))).rejects.toThrow('run full-1 of sales/orders v1 is certified and only half published → start the product\'s state machine, which finishes it, then deploy again');
    expect(aws.state()).toEqual(before);
    expect(lock()).not.toHaveProperty('owner');
  });

  test('of a run that was interrupted ends it, since it was built on tables as they were', async () => {
    await deploy(plan());
    aws.runs.load([...aws.runs.all(), { pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'run#000000000001' }, runId: { S: 'full-1' }, state: { S: 'running' }, generation: { S: 'g' }, startedAt: { S: '2030-01-01T05:00:00+00:00' }, fence: { N: '1' }, mode: { S: 'full' }, planDigest: { S: 'x' } }]);
    await deploy(plan('1.1.0', { columns: [...columns, note] }));
    expect(aws.runs.get('dp_sales_orders#v1', 'run#000000000001')).toMatchObject({ state: { S: 'failed' }, message: { S: 'interrupted, and a deployment changed the product\'s tables' } });
  });

  test('that somebody takes over in the middle stops the work', async () => {
    await deploy(plan());
    const change = plan('1.1.0', { columns: [...columns, note] });
    const second: PlanTable = { ...published, name: 'totals', table: 'totals_v1', quarantine: 'orders_v1__totals__quarantine', tombstones: 'orders_v1__totals__tombstones' };
    aws.meanwhile = () => {
      aws.meanwhile = undefined;
      aws.runs.load([...aws.runs.all().filter(({ sk }) => sk.S !== 'lock'), { pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, owner: { S: 'another' }, fence: { N: '99' }, leaseUntil: { N: '1' } }]);
    };
    await expect(deploy({ ...change, tables: [...change.tables, second] })).rejects.toThrow(/^the lock of dp_sales_orders#v1 is no longer held by .* → deploy again/);
    expect(aws.tables.has('sales.totals_v1')).toBe(false);
  });
});

describe('another writer', () => {
  test('between look and update is met by the version, and told', async () => {
    await deploy(plan());
    aws.meanwhile = () => {
      aws.meanwhile = undefined;
      aws.publish(TABLE, 3);
    };
    await expect(deploy(plan('1.1.0', { columns: [...columns, note] }))).rejects.toThrow('sales.orders_v1 was changed by somebody else while it was being deployed → deploy again: it goes on where it stopped');
    await deploy(plan('1.1.0', { columns: [...columns, note] }));
    expect(aws.metadata(TABLE)).toMatchObject({ 'last-column-id': 4, 'current-snapshot-id': 8123456789012345679n });
  });
});

describe('a deletion', () => {
  test('leaves all tables unless it is asked for twice', async () => {
    await deploy(plan());
    await cloudFormation.destroy();
    expect([...aws.tables.keys()]).toEqual([TABLE, QUARANTINE]);
  });

  test('that is asked for once is refused', async () => {
    await expect(deploy(plan(), { DeleteTables: 'true' })).rejects.toThrow('DeleteTables is true and ConfirmDeleteTables is "", expected dp_sales_orders');
  });

  test('that is asked for twice takes away the names of its own tables, those of its jobs, and nobody else\'s', async () => {
    await deploy(plan(), DELETES);
    const internal = (name: string, folder: string): void => {
      aws.tables.set(`sales_internal.${name}`, { Name: name, DatabaseName: 'sales_internal', VersionId: '0', Parameters: { table_type: 'ICEBERG' }, StorageDescriptor: { Location: folder } });
    };
    internal('orders_v1__raw', `${CURATED}/sales_internal/orders_v1__raw`);
    internal('orders_v1__candidate__full_1', `${CURATED}/sales/orders_v1`);
    internal('orders_v1__payments', 's3://shop-111122223333-eu-west-1-sales-payments-v1-curated/tables/sales_internal/orders_v1__payments');
    aws.tables.set('sales.orders_v2', { ...aws.tables.get(TABLE), Name: 'orders_v2', DatabaseName: 'sales', Parameters: { 'mesh.product': 'dp_sales_orders', 'mesh.major': '2' } });
    const files = aws.objects.size;
    await cloudFormation.destroy();
    expect([...aws.tables.keys()]).toEqual(['sales_internal.orders_v1__payments', 'sales.orders_v2']);
    expect(aws.objects.size).toBe(files);
    expect(lock()).not.toHaveProperty('owner');
  });

  test('of a create that failed leaves what other resources of the stack have', async () => {
    await deploy(plan(), DELETES);
    const before = [...aws.tables.keys()];
    const both = { Tables: asked(plan(), DELETES), TablesAnew: asked(plan('1.1.0', { columns: [columns[0]] }), DELETES) };
    await expect(cloudFormation.deploy(both)).rejects.toThrow('would be dropped');
    expect([...aws.tables.keys()]).toEqual(before);
  });

  test('of the old logical id leaves what the new one has, and a rollback of that as well', async () => {
    await deploy(plan(), DELETES);
    const before = aws.state();
    await expect(cloudFormation.deploy({ TablesAnew: asked(plan(), DELETES) }, { otherFails: true })).rejects.toThrow('another resource failed');
    expect(aws.state()).toEqual(before);
    await cloudFormation.deploy({ TablesAnew: asked(plan(), DELETES) });
    expect(aws.state()).toEqual(before);
    await cloudFormation.destroy();
    expect(aws.state()).toEqual({});
  });

  test('of a product whose foundation is gone does not keep its stack from being deleted', async () => {
    await deploy(plan(), DELETES);
    aws.databases = [];
    await cloudFormation.destroy();
  });
});

describe('whatever fails', () => {
  // Every call of a deployment fails in two ways, each time in a world of its own.
  jest.setTimeout(60_000);
  const wide = plan('1.1.0', { columns: [...columns, note] });

  test('a first deployment that is tried again ends as if nothing had', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      await during(() => deploy(plan())).catch(() => undefined);
      await deploy(plan());
      expect(aws.metadata(TABLE)).toMatchObject({ 'last-column-id': 3, 'schemas': [{}] });
      expect(aws.metadata(QUARANTINE)['last-column-id']).toBe(7);
      expect(aws.tables.size).toBe(2);
      expect(lock()).not.toHaveProperty('owner');
    });
    expect(faults).toBeGreaterThan(20);
  });

  test('a change that is tried again ends as if nothing had', async () => {
    await faultAtEveryCall(async (during) => {
      fresh();
      await deploy(plan());
      aws.publish(TABLE, 10);
      await during(() => deploy(wide)).catch((error: Error) => { expect(error.message).not.toContain('UPDATE_ROLLBACK_FAILED'); });
      await deploy(wide);
      expect(aws.metadata(TABLE)).toMatchObject({ 'last-column-id': 4, 'current-schema-id': 1, 'current-snapshot-id': 8123456789012345679n });
      expect(aws.metadata(TABLE).schemas).toHaveLength(2);
      expect(lock()).not.toHaveProperty('owner');
    });
  });

  test('a deletion that is tried again ends as if nothing had', async () => {
    await faultAtEveryCall(async (during) => {
      fresh();
      await deploy(plan(), DELETES);
      await during(() => cloudFormation.destroy()).catch(() => undefined);
      if (Object.keys(cloudFormation.resources).length > 0) await cloudFormation.destroy();
      expect(aws.tables.size).toBe(0);
    });
  });

  test('the same request again changes nothing more', async () => {
    await deploy(plan());
    const before = aws.state();
    expect(await cloudFormation.again()).toMatchObject({ Status: 'SUCCESS' });
    expect(aws.state()).toEqual(before);
  });

  test('a metadata file that is gone or no metadata is told without what is in it', async () => {
    await deploy(plan());
    const location = aws.tables.get(TABLE)?.Parameters?.metadata_location ?? '';
    aws.objects.set(location, '{"row": "ada@shoply.com"');
    await expect(deploy(plan('1.0.1'))).rejects.toThrow(/metadata\.json is not Iceberg metadata of format version 2/);
    aws.objects.delete(location);
    const refused = cloudFormation.deploy({ Tables: asked(plan('1.0.2')) });
    await expect(refused).rejects.toThrow('where a table stands, is not there or may not be read');
  });
});

test('every action on the run table is on the one of the domain', async () => {
  await deploy(plan());
  expect(new Set(aws.dynamo.calls().map(({ args: [command] }) => (command.input as { TableName?: string }).TableName ?? RUN_TABLE))).toEqual(new Set([RUN_TABLE]));
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { S3Client } from '@aws-sdk/client-s3';
import { productNames, type ProductPlace } from '../../../../constructs/domain/naming';
import { customResource, type CustomResource } from '../../../../constructs/handlers/custom-resource';
import { Holders } from '../../../../constructs/handlers/holders';
import { ProductPermissionsResource } from '../../../../constructs/permissions/handler/product-permissions-resource';
import { type Plan } from '../../../../lib/plan/plan-schema';
import { CloudFormation } from '../../../support/cloudformation';
import { faultAtEveryCall } from '../../../support/strict-mock';
import { FakeLake } from './fake-lake';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const smallest = JSON.parse(fs.readFileSync(path.join(__dirname, '../../../plan/smallest.plan.json'), 'utf8')) as Plan;
/** A product with a table of its own beside the published one. */
const plan: Plan = {
  ...smallest, product: { ...smallest.product, status: 'active' },
  tables: [{ ...smallest.tables[0], name: 'raw', published: false, layer: 'bronze', database: 'sales_internal', table: 'orders_v1__raw', quarantine: 'orders_v1__raw__quarantine', tombstones: 'orders_v1__raw__tombstones', columns: null }, ...smallest.tables],
};
const CURATED = `s3://${productNames.bucket(place, 'curated')}/tables`;
const LOCATION = CURATED.replace('s3://', 'arn:aws:s3:::');
const TABLES = 'arn:aws:iam::111122223333:role/mesh-platform/sales/mesh-sales-tables';
const JOB = 'arn:aws:iam::111122223333:role/mesh/sales/orders-v1/mesh-sales-orders-v1-job';
const SETTLED = [
  'mesh-sales-orders-v1-job ALTER sales_internal.orders_v1__orders__quarantine', 'mesh-sales-orders-v1-job ALTER sales_internal.orders_v1__raw__quarantine',
  'mesh-sales-orders-v1-job CREATE_TABLE database sales_internal', `mesh-sales-orders-v1-job DATA_LOCATION_ACCESS ${LOCATION}`,
  'mesh-sales-orders-v1-job DELETE sales_internal.orders_v1__orders__quarantine', 'mesh-sales-orders-v1-job DELETE sales_internal.orders_v1__raw__quarantine',
  'mesh-sales-orders-v1-job DESCRIBE database sales', 'mesh-sales-orders-v1-job DESCRIBE database sales_internal', 'mesh-sales-orders-v1-job DESCRIBE sales.orders_v1',
  'mesh-sales-orders-v1-job DESCRIBE sales_internal.orders_v1__orders__quarantine', 'mesh-sales-orders-v1-job DESCRIBE sales_internal.orders_v1__raw__quarantine',
  'mesh-sales-orders-v1-job DROP sales_internal.orders_v1__orders__quarantine', 'mesh-sales-orders-v1-job DROP sales_internal.orders_v1__raw__quarantine',
  'mesh-sales-orders-v1-job INSERT sales_internal.orders_v1__orders__quarantine', 'mesh-sales-orders-v1-job INSERT sales_internal.orders_v1__raw__quarantine',
  'mesh-sales-orders-v1-job SELECT sales.orders_v1', 'mesh-sales-orders-v1-job SELECT sales_internal.orders_v1__orders__quarantine', 'mesh-sales-orders-v1-job SELECT sales_internal.orders_v1__raw__quarantine',
];

let lake: FakeLake;
let cloudFormation: CloudFormation;
/** What the handler of tables leaves behind: quarantines too, but no internal table, which jobs make. */
let made: [database: string, table: string, location: string, columns: string[]][];

const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const permissions = customResource(() => new ProductPermissionsResource({
  served: place, lakeFormation: new LakeFormationClient(settings), glue: new GlueClient(settings), s3: new S3Client(settings),
  holders: new Holders(new DynamoDBClient(settings), 'mesh-sales-runs'), sleep: () => Promise.resolve(),
}));
const tables = customResource(() => ({
  parse: (properties) => properties,
  physicalId: () => 'tables',
  create: () => {
    for (const [database, table, location, columns] of made) lake.makeTable(database, table, location, columns, TABLES);
    return Promise.resolve({});
  },
  update: () => Promise.resolve({}),
  delete: ({ DeleteTables }) => {
    if (DeleteTables === 'true') lake.tables.clear();
    return Promise.resolve();
  },
} satisfies CustomResource<Record<string, unknown>>));

beforeEach(() => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  cloudFormation = new CloudFormation((event, context) => (event.ResourceProperties.Phase === undefined ? tables : permissions)(event, context));
  fresh();
});
afterEach(() => { jest.restoreAllMocks(); });

function fresh(): void {
  cloudFormation.resources = {};
  lake = new FakeLake();
  for (const database of ['sales', 'sales_internal']) lake.databases.add(database);
  for (const role of ['mesh-sales-tables', 'mesh-sales-publisher', 'mesh-sales-permissions']) lake.roles.add(`arn:aws:iam::111122223333:role/mesh-platform/sales/${role}`);
  lake.roles.add(JOB);
  made = [
    ['sales', 'orders_v1', `${CURATED}/orders`, ['order_id', 'total_amount', 'customer_email']],
    ['sales_internal', 'orders_v1__orders__quarantine', `${CURATED}/orders__quarantine`, ['rule']],
    ['sales_internal', 'orders_v1__raw__quarantine', `${CURATED}/raw__quarantine`, ['rule']],
  ];
}

/** The stack of a product, as far as permissions and tables go. */
function stack(of: Plan = plan, { deleteTables = false, prefix = '' } = {}): Record<string, Record<string, unknown>> {
  const own = { InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '', ...lake.upload(of) };
  return { [`${prefix}Before`]: { ...own, Phase: 'before-tables' }, [`${prefix}Tables`]: { PlanDigest: own.PlanDigest, DeleteTables: String(deleteTables) }, [`${prefix}After`]: { ...own, Phase: 'after-tables' } };
}

const ofTheJob = (): string[] => lake.shown.filter((right) => right.startsWith('mesh-sales-orders-v1-job'));

describe('a product is deployed', () => {
  test('its job may make and change what is internal, and read what it has published', async () => {
    await cloudFormation.deploy(stack());
    expect(ofTheJob()).toEqual(SETTLED);
  });

  test('the handler of tables may make and change tables, the publisher may alter what is published, and neither is given data', async () => {
    await cloudFormation.deploy(stack());
    const given = lake.shown.filter((right) => !right.includes('+grant'));
    expect(given.filter((right) => right.startsWith('mesh-sales-tables'))).toEqual([
      'mesh-sales-tables ALTER sales.*', 'mesh-sales-tables ALTER sales_internal.*', 'mesh-sales-tables CREATE_TABLE database sales', 'mesh-sales-tables CREATE_TABLE database sales_internal',
      `mesh-sales-tables DATA_LOCATION_ACCESS ${LOCATION}`, 'mesh-sales-tables DESCRIBE database sales', 'mesh-sales-tables DESCRIBE database sales_internal',
      'mesh-sales-tables DESCRIBE sales.*', 'mesh-sales-tables DESCRIBE sales_internal.*', 'mesh-sales-tables DROP sales.*', 'mesh-sales-tables DROP sales_internal.*',
    ]);
    expect(given.filter((right) => right.startsWith('mesh-sales-publisher'))).toEqual([
      'mesh-sales-publisher ALTER sales.orders_v1', `mesh-sales-publisher DATA_LOCATION_ACCESS ${LOCATION}`, 'mesh-sales-publisher DESCRIBE database sales', 'mesh-sales-publisher DESCRIBE sales.orders_v1',
    ]);
  });

  test('its tables are registered with the domain\'s role, without hybrid access', async () => {
    await cloudFormation.deploy(stack());
    expect([...lake.locations.values()]).toEqual([{ ResourceArn: LOCATION, RoleArn: 'arn:aws:iam::111122223333:role/mesh-platform/sales/mesh-sales-lake', HybridAccessEnabled: false }]);
  });

  test('a registration with another role or with hybrid access is put right', async () => {
    lake.locations.set(LOCATION, { ResourceArn: LOCATION, RoleArn: 'arn:aws:iam::111122223333:role/by-hand', HybridAccessEnabled: true });
    await cloudFormation.deploy(stack());
    expect(lake.locations.get(LOCATION)).toMatchObject({ RoleArn: expect.stringMatching(/mesh-sales-lake$/) as string, HybridAccessEnabled: false });
  });

  test('published columns are tagged with their class, everything else inherits restricted', async () => {
    await cloudFormation.deploy(stack());
    expect(Object.fromEntries(lake.tags)).toEqual({
      'database sales': { domain: 'sales', classification: 'restricted', visibility: 'draft' },
      'database sales_internal': { domain: 'sales', classification: 'restricted', visibility: 'internal' },
      'sales.orders_v1': { domain: 'sales', product: 'sales/orders-v1', visibility: 'published' },
      'sales.orders_v1.order_id': { classification: 'internal' },
      'sales.orders_v1.total_amount': { classification: 'internal' },
      'sales.orders_v1.customer_email': { classification: 'confidential' },
      'sales_internal.orders_v1__orders__quarantine': { domain: 'sales', product: 'sales/orders-v1', visibility: 'quarantine' },
      'sales_internal.orders_v1__raw__quarantine': { domain: 'sales', product: 'sales/orders-v1', visibility: 'quarantine' },
    });
  });

  test.each([
    ['a draft', { product: { ...plan.product, status: 'draft' } }, 'draft'],
    ['what lacks a sign-off', { signoff: { required: ['owner'], valid: [], problems: ['owner has not signed'] } }, 'draft'],
    ['what is deprecated', { product: { ...plan.product, status: 'deprecated' } }, 'published'],
    ['what is retired', { product: { ...plan.product, status: 'retired' } }, 'retired'],
  ] as [string, Partial<Plan>, string][])('%s is tagged as that', async (_, change, visibility) => {
    await cloudFormation.deploy(stack({ ...plan, ...change }));
    expect(lake.tags.get('sales.orders_v1')?.visibility).toBe(visibility);
  });

  test('keys and values of tags that are there already are kept, and new values join them', async () => {
    lake.tagKeys.set('product', ['sales/returns-v2']);
    lake.tagKeys.set('classification', ['restricted', 'confidential', 'internal', 'public']);
    await cloudFormation.deploy(stack());
    expect(lake.tagKeys.get('product')).toEqual(['sales/returns-v2', 'sales/orders-v1']);
    expect(lake.tagKeys.get('classification')).toEqual(['restricted', 'confidential', 'internal', 'public']);
  });

  test('everybody whom IAM lets loses what an account gave by default', async () => {
    lake.put('IAM_ALLOWED_PRINCIPALS', { Database: { Name: 'sales' } }, 'ALL');
    lake.put('IAM_ALLOWED_PRINCIPALS', { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'ALL');
    await cloudFormation.deploy(stack());
    expect(lake.shown.filter((right) => right.startsWith('IAM_ALLOWED'))).toEqual([]);
  });

  test('an environment beside production has names of its own', () => {
    const dev = { ...place, environment: 'dev' };
    const handler = new ProductPermissionsResource({
      served: dev, lakeFormation: new LakeFormationClient(settings), glue: new GlueClient(settings), s3: new S3Client(settings),
      holders: new Holders(new DynamoDBClient(settings), 'mesh-dev-sales-runs'), sleep: () => Promise.resolve(),
    });
    expect(handler.physicalId(handler.parse({ ...stack().Before, Environment: 'dev' }))).toBe('mesh-dev-sales-orders-v1-permissions-before-tables');
    expect(() => handler.parse(stack().Before)).toThrow('this is the foundation of sales in dev, the product is of sales');
  });
});

describe('it is deployed again', () => {
  test('without a change to anything that is there', async () => {
    await cloudFormation.deploy(stack());
    const before = lake.shown;
    await cloudFormation.deploy(stack({ ...plan, generator: 'another' }));
    expect(lake.shown).toEqual(before);
  });

  test('grants to its job that nobody asked for go, whatever they are on', async () => {
    await cloudFormation.deploy(stack());
    lake.put(JOB, { Table: { DatabaseName: 'sales', Name: 'returns_v1' } }, 'SELECT');
    lake.put(JOB, { Table: { DatabaseName: 'sales_internal', TableWildcard: {} } }, 'SELECT');
    lake.put(JOB, { TableWithColumns: { DatabaseName: 'sales', Name: 'orders_v1', ColumnNames: ['order_id'] } }, 'SELECT');
    lake.put(JOB, { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'INSERT');
    lake.put(JOB, { Database: { Name: 'sales' } }, 'CREATE_TABLE');
    lake.put(JOB, { DataLocation: { ResourceArn: 'arn:aws:s3:::elsewhere/tables' } }, 'DATA_LOCATION_ACCESS');
    await cloudFormation.deploy(stack({ ...plan, generator: 'another' }));
    expect(ofTheJob()).toEqual(SETTLED);
  });

  test('what could be passed on cannot be any more', async () => {
    await cloudFormation.deploy(stack());
    lake.put(JOB, { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'SELECT', true);
    await cloudFormation.deploy(stack({ ...plan, generator: 'another' }));
    expect(ofTheJob()).toEqual(SETTLED);
  });

  test('tables that its job made stay the job\'s', async () => {
    await cloudFormation.deploy(stack());
    lake.makeTable('sales_internal', 'orders_v1__orders__candidate__r1', `${CURATED}/orders`, ['order_id'], JOB);
    lake.makeTable('sales_internal', 'orders_v1__raw', `${CURATED}/raw`, ['order_id'], JOB);
    await cloudFormation.deploy(stack({ ...plan, generator: 'another' }));
    expect(ofTheJob()).toContain('mesh-sales-orders-v1-job DROP+grant sales_internal.orders_v1__orders__candidate__r1');
    expect(lake.tags.get('sales_internal.orders_v1__raw')).toMatchObject({ visibility: 'internal' });
  });

  test('grants of others are not touched', async () => {
    await cloudFormation.deploy(stack());
    const filter = { DataCellsFilter: { TableCatalogId: '111122223333', DatabaseName: 'sales', TableName: 'orders_v1', Name: 'analyst' } };
    lake.put('arn:aws:iam::777788889999:role/reporting', filter, 'SELECT');
    await cloudFormation.deploy(stack({ ...plan, generator: 'another' }));
    expect(lake.shown).toContain('reporting SELECT sales.orders_v1 filter analyst');
  });

  test('columns that a rolled back plan does not know keep the class they were given', async () => {
    const [raw, orders] = plan.tables;
    await cloudFormation.deploy(stack({ ...plan, tables: [raw, { ...orders, columns: orders.columns?.slice(0, 2) ?? null }] }));
    await expect(cloudFormation.deploy(stack(), { otherFails: true })).rejects.toThrow('another resource failed');
    expect(lake.tags.get('sales.orders_v1.customer_email')).toEqual({ classification: 'confidential' });
    expect(ofTheJob()).toEqual(SETTLED);
  });

  test('a column of the plan that the table no longer has under that name stands in nobody\'s way', async () => {
    made[0][3] = ['order_id', 'amount', 'customer_email'];
    await cloudFormation.deploy(stack());
    expect(lake.tags.has('sales.orders_v1.total_amount')).toBe(false);
    expect(lake.tags.has('sales.orders_v1.amount')).toBe(false);
  });
});

describe('it is refused', () => {
  test('when it publishes a table whose data lies elsewhere: it is somebody else\'s', async () => {
    made[0][2] = 's3://shop-111122223333-eu-west-1-sales-returns-v1-curated/tables/orders';
    await expect(cloudFormation.deploy(stack())).rejects.toThrow('sales.orders_v1 lies in s3://shop-111122223333-eu-west-1-sales-returns-v1-curated/tables/orders and not in the product\'s bucket');
    expect(lake.shown.filter((right) => right.includes('SELECT sales.orders_v1'))).toEqual([]);
  });

  test('when a table is not there yet', async () => {
    made = [];
    await expect(cloudFormation.deploy(stack())).rejects.toThrow('sales.orders_v1 is not in the catalogue → tables are made before');
  });

  test('when its plan is not the one that was deployed', async () => {
    const asked = stack();
    lake.objects.set(asked.Before.PlanUrl as string, Buffer.from(JSON.stringify({ ...plan, generator: 'forged' })));
    await expect(cloudFormation.deploy(asked)).rejects.toThrow('is not the plan that was deployed');
    expect(lake.rights).toEqual([]);
  });

  test('when its plan is of another product', async () => {
    await expect(cloudFormation.deploy(stack({ ...plan, product: { ...plan.product, entity: 'returns' } }))).rejects.toThrow('the plan is of sales/returns v1, the request of sales/orders v1');
    expect(lake.rights).toEqual([]);
  });

  test('when its role is not there, and says so', async () => {
    lake.roles.delete(JOB);
    await expect(cloudFormation.deploy(stack())).rejects.toThrow(/refused to grant .* to arn:aws:iam::111122223333:role\/mesh\/sales\/orders-v1\/mesh-sales-orders-v1-job: InvalidInputException: Invalid principal.* → the role is not there/);
  });

  test('with a phase that there is not', async () => {
    await expect(cloudFormation.deploy({ Before: { ...stack().Before, Phase: 'sometime' } })).rejects.toThrow('Phase must be before-tables or after-tables, received "sometime"');
  });
});

describe('Lake Formation has its ways', () => {
  test('a role that it learns of late is waited for', async () => {
    lake.failures = [() => undefined, () => { lake.roles.add(JOB); return { ErrorCode: 'InvalidInputException', ErrorMessage: 'Invalid principal, job' }; }];
    await cloudFormation.deploy(stack());
    expect(ofTheJob()).toEqual(SETTLED);
  });

  test('entries of a batch that failed by concurrent changes are tried again, and only those', async () => {
    const tried: string[] = [];
    lake.failures = [
      () => undefined,
      ({ Id }) => (Number(Id) % 2 === 1 ? { ErrorCode: 'ConcurrentModificationException', ErrorMessage: 'Permission update/Delete failed for Resource' } : undefined),
      ({ Id }) => { tried.push(Id ?? ''); return undefined; },
    ];
    await cloudFormation.deploy(stack());
    expect(tried.length).toBeGreaterThan(2);
    expect(tried.every((id) => Number(id) % 2 === 1)).toBe(true);
    expect(ofTheJob()).toEqual(SETTLED);
  });

  test('an entry that is refused for good fails the deployment and names itself', async () => {
    lake.failures = [() => undefined, ({ Permissions }) => (Permissions?.includes('DATA_LOCATION_ACCESS') ? { ErrorCode: 'AccessDeniedException', ErrorMessage: 'Insufficient Lake Formation permission(s)' } : undefined)];
    await expect(cloudFormation.deploy(stack())).rejects.toThrow(`Lake Formation refused to grant DATA_LOCATION_ACCESS on ${LOCATION} to ${JOB}: AccessDeniedException: Insufficient Lake Formation permission(s) → ask the platform team`);
  });

  test('what it lists comes in pages', async () => {
    lake.pageSize = 2;
    lake.put('IAM_ALLOWED_PRINCIPALS', { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'ALL');
    await cloudFormation.deploy(stack());
    await cloudFormation.deploy(stack({ ...plan, generator: 'another' }));
    expect(ofTheJob()).toEqual(SETTLED);
    expect(lake.shown.filter((right) => right.startsWith('IAM_ALLOWED'))).toEqual([]);
  });

  test('no batch has more than twenty entries', async () => {
    const many = Array.from({ length: 30 }, (_, n) => ({ ...plan.tables[1], name: `t${n}`, table: `t${n}_v1`, quarantine: `orders_v1__t${n}__quarantine`, tombstones: `orders_v1__t${n}__tombstones` }));
    made = many.flatMap((table): typeof made => [['sales', table.table, `${CURATED}/${table.name}`, ['order_id']], ['sales_internal', table.quarantine, `${CURATED}/${table.name}__quarantine`, ['rule']]]);
    await cloudFormation.deploy(stack({ ...plan, tables: many }));
    expect(lake.largestBatch).toBe(20);
    expect(ofTheJob().filter((right) => right.includes('SELECT'))).toHaveLength(60);
  });
});

describe('it is destroyed', () => {
  test('its job loses everything, its tables stay governed and are published by nobody else', async () => {
    await cloudFormation.deploy(stack());
    lake.makeTable('sales_internal', 'orders_v1__raw', `${CURATED}/raw`, ['order_id'], JOB);
    const tags = [...lake.tags];
    await cloudFormation.destroy();
    expect(ofTheJob()).toEqual([]);
    expect([...lake.locations.keys()]).toEqual([LOCATION]);
    expect([...lake.tags]).toEqual(tags);
    expect(lake.shown).toContain('mesh-sales-publisher ALTER sales.orders_v1');
  });

  test('its location goes when no table lies in it any more', async () => {
    await cloudFormation.deploy(stack(plan, { deleteTables: true }));
    lake.tables.set('sales.returns_v1', { DatabaseName: 'sales', Name: 'returns_v1', StorageDescriptor: { Location: 's3://elsewhere/tables/returns' } });
    await cloudFormation.destroy();
    expect([...lake.locations.keys()]).toEqual([]);
    expect(lake.shown.filter((right) => right.includes(LOCATION))).toEqual([]);
  });

  test('although its plan is gone', async () => {
    await cloudFormation.deploy(stack());
    lake.objects.clear();
    await cloudFormation.destroy();
    expect(ofTheJob()).toEqual([]);
  });

  test('twice, as Lambda may call', async () => {
    await cloudFormation.deploy(stack(plan, { deleteTables: true }));
    await cloudFormation.destroy();
    expect(await cloudFormation.again()).toMatchObject({ Status: 'SUCCESS' });
  });

  test('what consumers were granted on tables that stay is not touched', async () => {
    await cloudFormation.deploy(stack());
    lake.put('arn:aws:iam::777788889999:role/reporting', { DataCellsFilter: { TableCatalogId: '111122223333', DatabaseName: 'sales', TableName: 'orders_v1', Name: 'analyst' } }, 'SELECT');
    await cloudFormation.destroy();
    expect(lake.shown).toContain('reporting SELECT sales.orders_v1 filter analyst');
  });

  test('a create that failed half-way leaves nothing to its job', async () => {
    made[0][2] = 's3://elsewhere/orders';
    await expect(cloudFormation.deploy(stack())).rejects.toThrow('belongs to somebody else');
    expect(ofTheJob()).toEqual([]);
  });
});

describe('its resources get other logical ids', () => {
  test('what the old ones stood for stays', async () => {
    await cloudFormation.deploy(stack());
    await cloudFormation.deploy(stack(plan, { prefix: 'New' }));
    expect(ofTheJob()).toEqual(SETTLED);
    await cloudFormation.destroy();
    expect(ofTheJob()).toEqual([]);
  });

  test('and the deployment fails: what the old ones stand for stays too', async () => {
    await cloudFormation.deploy(stack());
    await expect(cloudFormation.deploy(stack(plan, { prefix: 'New' }), { otherFails: true })).rejects.toThrow('another resource failed');
    expect(ofTheJob()).toEqual(SETTLED);
    await cloudFormation.destroy();
    expect(ofTheJob()).toEqual([]);
  });
});

describe('a call fails', () => {
  const small = { ...plan, tables: plan.tables.slice(1) };
  const settled = SETTLED.filter((right) => !right.includes('__raw__'));

  test('of a deployment: the next one ends as if nothing had happened', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      await during(() => cloudFormation.deploy(stack(small))).catch(() => undefined);
      await cloudFormation.deploy(stack(small));
      expect(ofTheJob()).toEqual(settled);
      expect(lake.tags.get('sales.orders_v1.customer_email')).toEqual({ classification: 'confidential' });
    });
    expect(faults).toBeGreaterThan(60);
  }, 120_000);

  test('of a deletion: asked for again, it leaves nothing', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      await cloudFormation.deploy(stack(small, { deleteTables: true }));
      await during(() => cloudFormation.destroy()).catch(() => undefined);
      if (Object.keys(cloudFormation.resources).length > 0) await cloudFormation.destroy();
      expect(ofTheJob()).toEqual([]);
      expect(lake.locations.size).toBe(0);
    });
    expect(faults).toBeGreaterThan(12);
  }, 120_000);
});

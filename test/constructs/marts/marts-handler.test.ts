import { createHash } from 'node:crypto';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { RedshiftServerlessClient } from '@aws-sdk/client-redshift-serverless';
import { type Context } from 'aws-lambda';
import { asDomain, type ConsumerPlace } from '../../../constructs/consumer/naming';
import { type Call } from '../../../constructs/handlers/custom-resource';
import { handler } from '../../../constructs/marts/handler';
import { endNow, keep, MartsResource, type MartsSetting } from '../../../constructs/marts/handler/marts-resource';
import { isVersionOf, type Mart, martOf, type WantedMarts } from '../../../constructs/marts/mart';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';
import { MemoryWarehouse, WORKGROUP } from './memory-warehouse';

const ROLE = 'arn:aws:iam::666666666666:role/mesh-consumer/reporting/mesh-reporting-warehouse';
const ORDERS = martOf({ database: 'sales', table: 'orders_v1', columns: ['order_id', 'total_amount'], filters: ['mesh-orders-v1-analyst-1'] });
const CUSTOMERS = martOf({ database: 'crm', table: 'customers_v2', columns: ['country'], filters: ['mesh-customers-v2-analyst-1'] });
const call: Call = { requestId: 'r', stackId: 's', logicalId: 'l', remaining: () => 600_000, signal: new AbortController().signal };

let warehouse: MemoryWarehouse;
let setting: MartsSetting;
const files = new Map<string, Buffer>();
const s3 = strictMock(S3Client, 's3');

beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  fresh();
});
afterEach(() => { jest.restoreAllMocks(); });

function fresh(): void {
  warehouse = new MemoryWarehouse();
  warehouse.readable.set('sales.orders_v1', ['order_id', 'total_amount', 'placed_at']).set('crm.customers_v2', ['country']);
  s3.reset();
  s3.on(GetObjectCommand).callsFake(({ Key }: { Key: string }) => ({ Body: Object.assign(Uint8Array.from(files.get(Key)!), { transformToByteArray: () => Promise.resolve(files.get(Key)!) }) }));
  setting = { warehouse: 'mesh-reporting', account: '666666666666', redshift: new RedshiftServerlessClient({}), data: new RedshiftDataClient({}), s3: new S3Client({}), sleep: () => Promise.resolve() };
}

function deployed(marts: readonly Mart[], databases: readonly string[] = ['crm', 'sales']): { url: string; digest: string } {
  const document: WantedMarts = { martsVersion: 1, role: ROLE, databases, marts };
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = createHash('sha256').update(bytes).digest('hex');
  files.set(`${digest}.json`, bytes);
  return { url: `s3://assets/${digest}.json`, digest };
}

async function deploy(marts: readonly Mart[], databases?: readonly string[]): Promise<Record<string, string>> {
  const { url, digest } = deployed(marts, databases);
  const resource = new MartsResource(setting);
  return resource.create(resource.parse({ Warehouse: 'mesh-reporting', Role: ROLE, WantedUrl: url, WantedDigest: digest, MonthlyLimit: '40' }), call);
}

const stored = ({ name, version }: Mart): string => `${name}__${version}`;
const leading = (mart: Mart): string => `${mart.name} -> ${stored(mart)}`;

describe('marts of a consumer', () => {
  test('are made from what its role reads, by the columns of the contract, and are found by a name without a version', async () => {
    expect(await deploy([ORDERS, CUSTOMERS])).toEqual({ Made: '2', Refreshed: '0', Dropped: '0', Withheld: '0' });
    expect(warehouse.marts()).toEqual([leading(ORDERS), leading(CUSTOMERS)]);
    expect(warehouse.said).toContain(`CREATE MATERIALIZED VIEW "mesh_store"."${stored(ORDERS)}" BACKUP NO AUTO REFRESH NO AS SELECT "order_id", "total_amount" FROM "sales"."orders_v1"`);
    expect(warehouse.external.get('sales')).toContain(ROLE);
  });

  test('are as they were when the same is deployed again', async () => {
    await deploy([ORDERS, CUSTOMERS]);
    const before = warehouse.marts();
    expect(await deploy([ORDERS, CUSTOMERS])).toEqual({ Made: '0', Refreshed: '0', Dropped: '0', Withheld: '0' });
    expect(warehouse.marts()).toEqual(before);
  });

  test('change by a new version beside the old one, a swap, and the end of the old one', async () => {
    await deploy([ORDERS]);
    const wider = martOf({ ...ORDERS, columns: [...ORDERS.columns, 'placed_at'], filters: ['mesh-orders-v1-analyst-2'] });
    warehouse.said.length = 0;
    await deploy([wider]);
    expect(warehouse.marts()).toEqual([leading(wider)]);
    expect([...warehouse.stored]).toEqual([stored(wider)]);
    const steps = warehouse.said.filter((sql) => !sql.startsWith('GRANT') && /MATERIALIZED VIEW|VIEW .*"mesh_marts"/.test(sql)).map((sql) => sql.split('"')[0].trim());
    expect(steps).toEqual(['CREATE MATERIALIZED VIEW', 'DROP VIEW IF EXISTS', 'CREATE VIEW', 'DROP MATERIALIZED VIEW IF EXISTS']);
  });

  test('are another version when rows are cut otherwise, though the columns are the same', () => {
    expect(martOf({ ...ORDERS, filters: ['mesh-orders-v1-analyst-2'] }).version).not.toBe(ORDERS.version);
    expect(martOf({ ...ORDERS, columns: [...ORDERS.columns].reverse(), filters: ['mesh-orders-v1-analyst-1'] }).version).toBe(ORDERS.version);
  });

  test('are gone when the contract no longer gives them, and so is the way to a domain that gives nothing', async () => {
    await deploy([ORDERS, CUSTOMERS]);
    expect(await deploy([CUSTOMERS], ['crm'])).toMatchObject({ Dropped: '1' });
    expect(warehouse.marts()).toEqual([leading(CUSTOMERS)]);
    expect([...warehouse.external.keys()]).toEqual(['crm']);
  });

  test('are withheld where nothing is granted yet, without failing what else is deployed, and are there with the next refresh after it is', async () => {
    warehouse.readable.delete('sales.orders_v1');
    expect(await deploy([ORDERS, CUSTOMERS])).toEqual({ Made: '1', Refreshed: '0', Dropped: '0', Withheld: '1' });
    warehouse.readable.set('sales.orders_v1', ORDERS.columns);
    const report = await keep(setting, deployed([ORDERS, CUSTOMERS]), () => 600_000, true);
    expect(report).toMatchObject({ made: ['sales__orders_v1'], refreshed: ['crm__customers_v2'] });
  });
});

describe('a grant that has ended', () => {
  beforeEach(async () => { await deploy([ORDERS, CUSTOMERS]); });

  test('takes its mart along when the domain asks, before anything of the consumer is deployed, and no other', async () => {
    expect(await endNow(setting, { action: 'end', database: 'sales', tables: ['orders_v1'] }, () => 600_000)).toEqual({ ended: ['sales__orders_v1'] });
    expect(warehouse.marts()).toEqual([leading(CUSTOMERS)]);
    expect([...warehouse.stored]).toEqual([stored(CUSTOMERS)]);
  });

  test('takes its mart along with the next refresh where nobody asked', async () => {
    warehouse.readable.delete('sales.orders_v1');
    expect(await keep(setting, deployed([ORDERS, CUSTOMERS]), () => 600_000, true)).toMatchObject({ dropped: ['sales__orders_v1'], withheld: [{ mart: 'sales__orders_v1' }] });
    expect([...warehouse.stored]).toEqual([stored(CUSTOMERS)]);
  });

  test('takes a mart along of which a column alone is no longer given', async () => {
    warehouse.readable.set('sales.orders_v1', ['order_id']);
    expect(await keep(setting, deployed([ORDERS, CUSTOMERS]), () => 600_000, true)).toMatchObject({ dropped: ['sales__orders_v1'] });
  });

  test('finds nothing to end where there is no mart and where there is no warehouse', async () => {
    expect(await endNow(setting, { action: 'end', database: 'sales', tables: ['returns_v1'] }, () => 600_000)).toEqual({ ended: [] });
    warehouse.exists = false;
    expect(await endNow(setting, { action: 'end', database: 'sales', tables: ['orders_v1'] }, () => 600_000)).toEqual({ ended: [] });
  });

  test('ends no mart whose name only begins alike', () => {
    expect([isVersionOf(stored(ORDERS), 'sales__orders_v1'), isVersionOf('sales__orders_v11__0123456789ab', 'sales__orders_v1'), isVersionOf('sales__orders_v1__old', 'sales__orders_v1')]).toEqual([true, false, false]);
  });

  test.each([['sales"; DROP', ['orders_v1']], ['sales', ['orders v1']], ['sales', 'orders_v1']])('is not told by names that are none: %s %j', async (database, tables) => {
    await expect(endNow(setting, { action: 'end', database, tables: tables as string[] }, () => 600_000)).rejects.toThrow('database and tables must be names');
    expect(warehouse.marts()).toHaveLength(2);
  });
});

describe('a domain that asks through its alias', () => {
  const FUNCTION = 'arn:aws:lambda:eu-west-1:666666666666:function:mesh-reporting-marts';
  const asked = (event: object, arn = `${FUNCTION}:sales`): Promise<unknown> => handler(event as Parameters<typeof handler>[0], { invokedFunctionArn: arn, getRemainingTimeInMillis: () => 900_000 } as Context);
  const before = process.env;

  beforeEach(async () => {
    const place: ConsumerPlace = { mesh: 'shop', environment: 'dev', consumer: 'reporting', account: '666666666666', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1' };
    process.env = { ...before, AWS_REGION: 'eu-west-1', WAREHOUSE: 'mesh-reporting', MESH_PLACE: JSON.stringify(asDomain(place)) };
    warehouse.readable.set('sales_dev.orders_v1', ['order_id']);
    await deploy([martOf({ database: 'sales_dev', table: 'orders_v1', columns: ['order_id'], filters: [] }), CUSTOMERS], ['crm', 'sales_dev']);
  });
  afterEach(() => { process.env = before; });

  test('ends marts of its database', async () => {
    expect(await asked({ action: 'end', database: 'sales_dev', tables: ['orders_v1'] })).toEqual({ ended: ['sales_dev__orders_v1'] });
    expect(warehouse.marts()).toEqual([leading(CUSTOMERS)]);
  });

  test.each<[what: string, event: object]>([
    ['ends a mart of another domain', { action: 'end', database: 'crm', tables: ['customers_v2'] }],
    ['ends one of its own in another environment', { action: 'end', database: 'sales', tables: ['orders_v1'] }],
    ['refreshes', { action: 'refresh', ...(({ url, digest }) => ({ WantedUrl: url, WantedDigest: digest }))(deployed([])) }],
    ['is answered as CloudFormation is, at an address of its own', {
      RequestType: 'Delete', ResponseURL: 'https://example.com/theirs', StackId: 's', RequestId: 'r', LogicalResourceId: 'Marts', PhysicalResourceId: 'mesh-reporting-marts', ResourceType: 'Custom::MeshMarts',
      ResourceProperties: { Warehouse: 'mesh-reporting', Role: ROLE, WantedUrl: 's3://assets/a.json', WantedDigest: 'a', MonthlyLimit: '40' },
    }],
  ])('never %s', async (_what, event) => {
    const fetched = jest.spyOn(globalThis, 'fetch').mockRejectedValue(new Error('nobody is to be told'));
    const there = [warehouse.marts(), [...warehouse.stored]];
    await expect(asked(event)).rejects.toThrow('sales may end marts of sales_dev and nothing else');
    expect([[warehouse.marts(), [...warehouse.stored]], fetched.mock.calls]).toEqual([there, []]);
  });

  test('is the only one that is let end marts so: the function itself ends none', async () => {
    await expect(asked({ action: 'end', database: 'crm', tables: ['customers_v2'] }, FUNCTION)).rejects.toThrow('there is no action end, there is refresh → a domain asks through the alias of its name');
    expect(warehouse.marts()).toHaveLength(2);
  });
});

describe('the handler of marts', () => {
  test('deletes what is its own and nothing else', async () => {
    await deploy([ORDERS, CUSTOMERS]);
    warehouse.external.set('spectrum', '{"IAM_ROLE":"arn:aws:iam::666666666666:role/somebody"}');
    const resource = new MartsResource(setting);
    const { url, digest } = deployed([ORDERS]);
    await resource.delete(resource.parse({ Warehouse: 'mesh-reporting', Role: ROLE, WantedUrl: url, WantedDigest: digest, MonthlyLimit: '40' }), call);
    expect([warehouse.marts(), [...warehouse.stored], [...warehouse.external.keys()]]).toEqual([[], [], ['spectrum']]);
  });

  test('holds the warehouse to its limit of the month, and leaves limits of others alone', async () => {
    warehouse.limits = [{ usageLimitId: 'theirs', resourceArn: WORKGROUP, usageType: 'serverless-compute', amount: 1, period: 'daily', breachAction: 'log' }];
    await deploy([]);
    expect(warehouse.limits).toMatchObject([{ usageLimitId: 'theirs', amount: 1 }, { amount: 40, period: 'monthly', breachAction: 'deactivate' }]);
    const resource = new MartsResource(setting);
    const { url, digest } = deployed([]);
    await resource.update(resource.parse({ Warehouse: 'mesh-reporting', Role: ROLE, WantedUrl: url, WantedDigest: digest, MonthlyLimit: '60' }), undefined, call);
    expect(warehouse.limits).toMatchObject([{ amount: 1 }, { amount: 60 }]);
  });

  test.each([
    [{ Warehouse: 'mesh-fraud' }, 'Warehouse must be mesh-reporting'], [{ Role: 'root' }, 'Role must be the ARN of a role'], [{ MonthlyLimit: '-1' }, 'MonthlyLimit must be RPU-hours'],
    [{ WantedUrl: 'https://example.com/marts.json' }, 'WantedUrl must be s3://'],
  ])('refuses what it is not for: %j', (wrong, message) => {
    const { url, digest } = deployed([]);
    expect(() => new MartsResource(setting).parse({ Warehouse: 'mesh-reporting', Role: ROLE, WantedUrl: url, WantedDigest: digest, MonthlyLimit: '40', ...wrong })).toThrow(message);
  });

  test('keeps what is sound when one cannot be made, and says which and why', async () => {
    warehouse.unmade.add('sales__orders_v1');
    await expect(deploy([ORDERS, CUSTOMERS])).rejects.toThrow('Redshift refuses sales__orders_v1: ERROR: column "order_id" has unsupported type → what it says is what has to change');
    expect(warehouse.marts()).toEqual([leading(CUSTOMERS)]);
    warehouse.unmade.clear();
    expect(await deploy([ORDERS, CUSTOMERS])).toMatchObject({ Made: '1' });
  });

  test('ends where it should when it is asked again, whichever call failed and whether it was answered', async () => {
    const wider = martOf({ ...ORDERS, columns: [...ORDERS.columns, 'placed_at'], filters: ['mesh-orders-v1-analyst-2'] });
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      await deploy([ORDERS, CUSTOMERS]);
      await during(() => deploy([wider])).catch(() => undefined);
      await deploy([wider]);
      expect([warehouse.marts(), [...warehouse.stored], warehouse.limits.length]).toEqual([[leading(wider)], [stored(wider)], 1]);
    });
    expect(faults).toBeGreaterThan(40);
  });

  test('says that the warehouse is still at work when time runs out, rather than that nothing was made', async () => {
    jest.spyOn(setting.data, 'send').mockImplementation(((command: { constructor: { name: string } }) => Promise.resolve(command.constructor.name.startsWith('Describe') ? { Id: 'x', Status: 'STARTED' } : { Id: 'x' })) as never);
    await expect(keep(setting, deployed([ORDERS]), () => 0, true)).rejects.toThrow('the warehouse is still at work on a mart → deploy again, or wait for the next refresh: it goes on where it stopped');
  });
});

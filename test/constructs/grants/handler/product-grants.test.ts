import { createHash } from 'node:crypto';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GlueClient } from '@aws-sdk/client-glue';
import { CreateDataCellsFilterCommand, LakeFormationClient, ListPermissionsCommand, type ListPermissionsCommandOutput } from '@aws-sdk/client-lakeformation';
import { S3Client } from '@aws-sdk/client-s3';
import { productNames, type ProductPlace } from '../../../../constructs/domain/naming';
import { type Binding } from '../../../../constructs/grants/binding';
import { follow, inspect, judge, list, reconcileNow, sweep, SWEPT_AT_ONCE, type Swept, turns } from '../../../../constructs/grants/handler/actions';
import { type GrantsHandlerSetting, ProductGrantsResource } from '../../../../constructs/grants/handler/product-grants-resource';
import { type GrantsDrift } from '../../../../constructs/grants/grants-drift';
import { type KnownConsumer, type OfferedShape, type ProductAccess } from '../../../../constructs/grants/product-access';
import { type Call, customResource, HandlerError } from '../../../../constructs/handlers/custom-resource';
import { Trail } from '../../../../constructs/handlers/trail';
import { Holders } from '../../../../constructs/handlers/holders';
import { RunTable } from '../../../../constructs/run-log/run-table';
import { CloudFormation } from '../../../support/cloudformation';
import { callsOf, faultAtEveryCall, strictMock } from '../../../support/strict-mock';
import { lakeFormation } from '../../permissions/handler/fake-lake';
import { FilteredLake } from '../filtered-lake';
import { ANALYST, FRAUD, INVESTIGATOR, offer, PRINCIPALS, REPORTING } from '../offers';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1',
};
const COLUMNS = ['order_id', 'total_amount', 'customer_email'];
const REPORTED = ['analyst', 'bi', 'etl'].map((role) => `mesh-reporting-${role}: orders_v1 order_id, total_amount`);
const INVESTIGATED = ['analyst', 'bi', 'etl'].map((role) => `mesh-fraud-${role}: orders_v1 customer_email, order_id, total_amount where total_amount > 1000`);

let lake: FilteredLake;
let cloudFormation: CloudFormation;
let bindings: Binding[];
let platformIsThere: boolean;
let now: string;
let told: GrantsDrift[];
/** What warehouses were asked to end, and what Lake Formation still let them read then. */
let ended: { handler: string; tables: readonly string[]; readable: boolean }[];
let warehouseAnswers: boolean;
/** What others do once somebody has read bindings so often. */
let meanwhile: (reads: number) => Promise<void> | void;
let reads: number;

const cloudtrail = strictMock(CloudTrailClient, 'cloudtrail');
const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const setting: GrantsHandlerSetting = {
  served: place, lakeFormation: new LakeFormationClient(settings), glue: new GlueClient(settings), s3: new S3Client(settings),
  holders: new Holders(new DynamoDBClient(settings), 'mesh-sales-runs'), runTable: new RunTable(new DynamoDBClient(settings), 'mesh-sales-runs'),
  bindings: {
    of: async () => {
      if (!platformIsThere) throw new HandlerError('the platform\'s bindings cannot be read');
      const read = bindings;
      await meanwhile(reads += 1);
      return read;
    },
  },
  sleep: () => Promise.resolve(), now: () => now, trail: () => new Trail(new CloudTrailClient(settings), place, ['mesh-sales-grants']),
  endCopies: ({ handler, database, tables }) => {
    ended.push({ handler, tables: tables.map((name) => `${database}.${name}`), readable: lake.seen.some((right) => right.startsWith('mesh-reporting-warehouse')) });
    return warehouseAnswers ? Promise.resolve() : Promise.reject(new HandlerError('it failed'));
  },
  tell: (drift) => {
    told.push(drift);
    return Promise.resolve();
  },
};
const approved: Binding = { role: 'investigator', consumer: 'fraud', from: 'subscription s-1' };

beforeEach(() => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  cloudFormation = new CloudFormation(customResource(() => new ProductGrantsResource(setting)), 'sales-orders-v1-grants');
  fresh();
});
afterEach(() => { jest.restoreAllMocks(); });

function fresh(): void {
  cloudFormation.resources = {};
  lake = new FilteredLake();
  bindings = [];
  platformIsThere = true;
  now = '2026-11-28T00:00:00Z';
  told = [];
  ended = [];
  warehouseAnswers = true;
  meanwhile = () => undefined;
  reads = 0;
  lake.databases.add('sales');
  for (const arn of [...REPORTING.principals, ...FRAUD.principals]) lake.roles.add(arn);
  table('orders', 'orders_v1');
}

function table(entity: string, name: string): void {
  lake.makeTable('sales', name, `s3://${productNames.bucket({ ...place, entity }, 'curated')}/tables/${name}`, COLUMNS, 'arn:aws:iam::222222222222:role/mesh-platform/sales/mesh-sales-tables');
}

/** The stack of grants of a product, as the CDK makes it. */
function stack(access: ProductAccess = offer(), logicalId = 'Grants'): Record<string, Record<string, unknown>> {
  const bytes = Buffer.from(JSON.stringify(access));
  const AccessDigest = createHash('sha256').update(bytes).digest('hex');
  const AccessUrl = `s3://cdk-hnb659fds-assets-222222222222-eu-west-1/${AccessDigest}.json`;
  lake.objects.set(AccessUrl, bytes);
  const { entity, major } = access.product;
  return { [logicalId]: { InterfaceVersion: '1', Domain: 'sales', Entity: entity, Major: String(major), Environment: '', AccessUrl, AccessDigest, Tables: access.tables } };
}

const ofConsumers = (): string[] => lake.shown.filter((right) => /^mesh-(reporting|fraud)/.test(right));
const reconcile = (repair = false): ReturnType<typeof reconcileNow> => reconcileNow(setting, place, () => 900_000, repair);

describe('grants are deployed', () => {
  test('to all roles of whom the contract names, by filters with columns, with the table and its database to be seen', async () => {
    await cloudFormation.deploy(stack());
    expect(lake.seen).toEqual(REPORTED);
    expect(ofConsumers().filter((right) => right.startsWith('mesh-reporting-etl')).map((right) => right.replace(/-[0-9a-f]{12}$/, ''))).toEqual([
      'mesh-reporting-etl DESCRIBE database sales', 'mesh-reporting-etl DESCRIBE sales.orders_v1', 'mesh-reporting-etl SELECT sales.orders_v1 filter mesh-orders-v1-analyst',
    ]);
  });

  test('to whose subscription was approved as well', async () => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    expect(lake.seen).toEqual([...INVESTIGATED, ...REPORTED]);
  });

  test('in batches of no more than twenty', async () => {
    const tables = Array.from({ length: 12 }, (_, n) => `t${n}_v1`);
    for (const name of tables) table('orders', name);
    await cloudFormation.deploy(stack(offer({ tables, shapes: [{ ...ANALYST, tables: tables.map((name) => ({ ...ANALYST.tables[0], table: name })) }] })));
    expect(lake.seen).toHaveLength(36);
    expect(lake.largestBatch).toBe(20);
  });

  test('again without a change, they change nothing', async () => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    const before = lake.shown;
    expect(await reconcile()).toMatchObject({ granted: 0, revoked: 0, drift: [], refused: [] });
    expect(lake.shown).toEqual(before);
  });

  test.each<[what: string, access: ProductAccess, problem: string]>([
    ['before the product', offer({ tables: ['returns_v1'] }), 'sales.returns_v1 is not in the catalogue → deploy the product first, then its grants'],
    ['of a table that is another product\'s', offer({ tables: ['returns_v2'] }), 'sales.returns_v2 does not lie in the product\'s bucket: it belongs to somebody else'],
    ['of another product than asks', { ...offer(), product: { ...offer().product, domain: 'crm' } }, 'what was deployed is for crm/orders v1'],
  ])('%s, they are refused', async (_what, access, problem) => {
    table('returns', 'returns_v2');
    await expect(cloudFormation.deploy(stack(access))).rejects.toThrow(problem);
    expect(ofConsumers()).toEqual([]);
  });

  test('while the platform\'s bindings cannot be read, nobody gains or loses anything', async () => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    const before = lake.shown;
    platformIsThere = false;
    await expect(cloudFormation.deploy(stack(offer({ shapes: [INVESTIGATOR] })))).rejects.toThrow('the platform\'s bindings cannot be read');
    expect(lake.shown).toEqual(before);
  });
});

describe('of a column that the contract masks', () => {
  /** What is published of orders, as the publisher says it; nothing before the first publication. */
  const published = (maskings?: Readonly<Record<string, string>>): void => {
    lake.tables.get('sales.orders_v1')!.Parameters = { 'mesh.certificate-id': 'c-1', ...(maskings === undefined ? {} : { 'mesh.maskings': JSON.stringify(maskings) }) };
  };
  const masked: OfferedShape = {
    ...ANALYST, tables: [{ ...ANALYST.tables[0], columns: [...ANALYST.tables[0].columns, { name: 'customer_email', classification: 'internal', unmasked: { id: 'e-mail', classification: 'confidential' } }] }],
  };
  const SHOWN = REPORTED.map((each) => each.replace('order_id', 'customer_email, order_id'));
  const deployed = (): Promise<unknown> => cloudFormation.deploy(stack(offer({ shapes: [masked] })));

  test('who may not see its real values sees nothing of it until a run has published it masked', async () => {
    published({ 'order_id': 'none', 'e-mail': 'none' });
    await deployed();
    expect(lake.seen).toEqual(REPORTED);
    expect((await reconcile()).waiting).toEqual(['orders_v1.customer_email is not masked yet where it is published: until a run has masked it, it is shown to who may see what is confidential']);
    expect((await inspect(setting, place, () => 900_000)).waiting).toEqual([expect.stringContaining('orders_v1.customer_email is not masked yet')]);
    published({ 'order_id': 'none', 'e-mail': 'hash' });
    expect((await reconcile()).waiting).toEqual([]);
    expect(lake.seen).toEqual(SHOWN);
    published({ 'order_id': 'none', 'e-mail': 'none' });
    await reconcile();
    expect(lake.seen).toEqual(REPORTED);
  });

  test('a product whose grants were never deployed has nothing to close', async () => {
    expect(await follow(setting, place, () => 900_000)).toEqual({ granted: 0, revoked: 0, grants: [], waiting: [], refused: [], drift: [] });
    await deployed();
    published({ 'e-mail': 'hash' });
    expect(await follow(setting, place, () => 900_000)).toEqual(await reconcile());
  });

  test('it is closed before a run that no longer masks it is published', async () => {
    published({ 'e-mail': 'hash' });
    lake.tables.get('sales.orders_v1')!.Parameters!['mesh.maskings-next'] = '{"e-mail":"none"}';
    await deployed();
    expect(lake.seen).toEqual(REPORTED);
    lake.tables.get('sales.orders_v1')!.Parameters!['mesh.maskings-next'] = '';
    await reconcile();
    expect(lake.seen).toEqual(SHOWN);
  });

  test('who may see its real values sees it all the time', async () => {
    published({ 'e-mail': 'none' });
    const columns = [...masked.tables[0].columns];
    await cloudFormation.deploy(stack(offer({ shapes: [{ ...INVESTIGATOR, consumers: ['fraud'], tables: [{ ...INVESTIGATOR.tables[0], columns }] }] })));
    expect(lake.seen).toEqual(INVESTIGATED);
  });

  test.each<[what: string, publish: () => void, seen: string[]]>([
    ['nothing was ever published', () => undefined, SHOWN],
    ['what is published did not have it', () => { published({ order_id: 'none' }); }, SHOWN],
    ['what is published does not say how it is masked', () => { published(); }, REPORTED],
  ])('where %s, it is shown accordingly', async (_what, publish, seen) => {
    publish();
    await deployed();
    expect(lake.seen).toEqual(seen);
  });
});

describe('grants change', () => {
  test('a column that is added to the table stays invisible until the role has it', async () => {
    await cloudFormation.deploy(stack());
    lake.tables.get('sales.orders_v1')!.StorageDescriptor!.Columns!.push({ Name: 'discount', Type: 'string' });
    await reconcile();
    expect(lake.seen).toEqual(REPORTED);
    const [shaped] = ANALYST.tables;
    await cloudFormation.deploy(stack(offer({ shapes: [{ ...ANALYST, tables: [{ ...shaped, columns: [...shaped.columns, { name: 'discount', classification: 'public' }] }] }] })));
    expect(lake.seen).toEqual(REPORTED.map((each) => each.replace('order_id, total', 'discount, order_id, total')));
    expect(lake.filters.size).toBe(1);
  });

  test('the new filter is granted before the old one goes, and deleted is what nobody has any more', async () => {
    await cloudFormation.deploy(stack());
    const steps: string[] = [];
    lake.failures = Array.from({ length: 8 }, () => ({ Principal, Resource }) => {
      steps.push(`${Resource?.DataCellsFilter === undefined ? '' : `${Principal?.DataLakePrincipalIdentifier?.split('-').at(-1)} with ${lake.filters.size} filters`}`);
      return undefined;
    });
    await cloudFormation.deploy(stack(offer({ shapes: [{ ...ANALYST, tables: [{ ...ANALYST.tables[0], rowFilter: 'total_amount > 0' }] }] })));
    expect(steps.filter((step) => step !== '')).toEqual([...['analyst', 'etl', 'bi'], ...['analyst', 'etl', 'bi']].map((role) => `${role} with 2 filters`));
    expect(lake.filters.size).toBe(1);
    expect(lake.seen).toEqual(REPORTED.map((each) => `${each} where total_amount > 0`));
  });

  test('a consumer that the contract no longer names loses all of it, the database too', async () => {
    await cloudFormation.deploy(stack());
    await cloudFormation.deploy(stack(offer({ shapes: [{ ...ANALYST, consumers: [] }] })));
    expect(ofConsumers()).toEqual([]);
    expect(lake.filters.size).toBe(0);
  });

  test('but keeps to see the database for another product of it', async () => {
    await cloudFormation.deploy(stack());
    table('returns', 'returns_v1');
    const returns = offer({ product: { ...offer().product, id: 'dp_sales_returns', entity: 'returns' }, tables: ['returns_v1'], shapes: [{ ...ANALYST, tables: [{ ...ANALYST.tables[0], table: 'returns_v1' }] }] });
    await cloudFormation.deploy({ ...stack(), ...stack(returns, 'Returns') });
    await cloudFormation.deploy({ ...stack(offer({ closed: 'the product is retired' })), ...stack(returns, 'Returns') });
    expect(lake.seen.map((each) => each.split(' ')[1])).toEqual(['returns_v1', 'returns_v1', 'returns_v1']);
    expect(ofConsumers().filter((right) => right.endsWith('DESCRIBE database sales'))).toHaveLength(3);
    expect(ofConsumers().filter((right) => right.includes('sales.orders_v1'))).toEqual([]);
  });

  test.each(['the product is retired', 'a sign-off is missing: security has not signed'])('nobody has anything once %s', async (closed) => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    await cloudFormation.deploy(stack(offer({ closed })));
    expect(ofConsumers()).toEqual([]);
    expect(lake.filters.size).toBe(0);
    expect(await reconcile()).toMatchObject({ refused: [`investigator to fraud by subscription s-1: ${closed}`] });
  });

  test('a revoked subscription takes it from all roles of the consumer, and from nobody else', async () => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    bindings = [];
    expect(await reconcile()).toMatchObject({ revoked: 9, granted: 0 });
    expect(ofConsumers().filter((right) => right.startsWith('mesh-fraud'))).toEqual([]);
    expect(lake.seen).toEqual(REPORTED);
  });
});

describe('a table that leaves the contract', () => {
  const both = (): ProductAccess => offer({ tables: ['orders_v1', 'lines_v1'], shapes: [{ ...ANALYST, tables: ['orders_v1', 'lines_v1'].map((name) => ({ ...ANALYST.tables[0], table: name })) }] });
  const one = (): ProductAccess => offer({ shapes: [ANALYST] });
  const ofLines = (): string[] => [...lake.shown.filter((right) => /^mesh-reporting.*lines_v1/.test(right)), ...[...lake.filters.keys()].filter((name) => name.includes('lines_v1'))];
  const call: Call = { requestId: 'r', stackId: 's', logicalId: 'Grants', remaining: () => 900_000, signal: new AbortController().signal };
  const update = (old: ProductAccess | undefined): Promise<unknown> => {
    const resource = new ProductGrantsResource(setting);
    const parsed = (access: ProductAccess): ReturnType<typeof resource.parse> => resource.parse(stack(access).Grants);
    return resource.update(parsed(one()), old && parsed(old), call);
  };
  const fails = (): void => { lake.failures = [undefined, undefined].map(() => () => ({ ErrorCode: 'AccessDeniedException', ErrorMessage: 'not now' })); };

  beforeEach(async () => {
    table('orders', 'lines_v1');
    await cloudFormation.deploy(stack(both()));
  });

  test('is shown to nobody any more, and no filter of it is left', async () => {
    expect(ofLines()).toHaveLength(7);
    await cloudFormation.deploy(stack(one()));
    expect(ofLines()).toEqual([]);
    expect(lake.seen).toEqual(REPORTED);
  });

  test('is looked at no more once nobody has anything of it', async () => {
    await cloudFormation.deploy(stack(one()));
    lake.put(FRAUD.principals[0], { Table: { DatabaseName: 'sales', Name: 'lines_v1' } }, 'SELECT');
    expect((await reconcile()).drift).toEqual([]);
  });

  test('is none of the product\'s when its data lies elsewhere by now, and is left to whose it is', async () => {
    lake.tables.delete('sales.lines_v1');
    table('returns', 'lines_v1');
    const before = ofLines();
    await cloudFormation.deploy(stack(one()));
    expect(ofLines()).toEqual(before);
  });

  test('is told by an inspection, and taken away by the next sweep, where its update failed', async () => {
    fails();
    await expect(update(both())).rejects.toThrow('Lake Formation refused to revoke');
    lake.failures = [];
    expect((await inspect(setting, place, () => 900_000)).differences.map(({ what }) => what)).toContainEqual(expect.stringMatching(/has SELECT on sales\.lines_v1 by the filter .* still$/));
    await sweep(setting, [place], () => 900_000);
    expect(ofLines()).toEqual([]);
  });

  test('goes with its stack where its update failed', async () => {
    fails();
    await expect(update(both())).rejects.toThrow('Lake Formation refused to revoke');
    lake.failures = [];
    const resource = new ProductGrantsResource(setting);
    await resource.delete(resource.parse(stack(one()).Grants), { ...call, stackId: 'arn:aws:cloudformation:eu-west-1:1:stack/sales-orders-v1-grants/1' });
    await resource.delete(resource.parse(stack(one()).Grants), call);
    expect([ofLines(), ofConsumers(), lake.filters.size, lake.items.size]).toEqual([[], [], 0, 0]);
  });

  test('is shown to nobody once an update is repeated, whichever call of it failed, though what was before is not known any more', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      table('orders', 'lines_v1');
      await cloudFormation.deploy(stack(both()));
      await during(() => update(both())).catch(() => undefined);
      await update(undefined);
      expect([ofLines(), lake.seen]).toEqual([[], REPORTED]);
    });
    expect(faults).toBeGreaterThan(30);
  }, 60_000);
});

describe('somebody else reconciles the same product meanwhile', () => {
  const isFraud = (right: string): boolean => right.startsWith('mesh-fraud');
  /** Once so many reads were made, a binding ends, and who ended it takes it away. */
  const endsAt = (at: number): void => {
    meanwhile = async (n) => {
      if (n !== at) return;
      bindings = [];
      await reconcile();
    };
  };

  beforeEach(async () => {
    await cloudFormation.deploy(stack());
    bindings = [approved];
    reads = 0;
  });

  test.each([1, 2, 3])('a binding that ends after it was read for the %d. time gives nothing in the end', async (at) => {
    endsAt(at);
    await reconcile();
    expect(reads).toBeGreaterThan(at);
    expect(lake.shown.filter(isFraud)).toEqual([]);
    expect(lake.seen).toEqual(REPORTED);
  });

  test('what it gave by a binding that has ended is taken back before a list shows it', async () => {
    endsAt(2);
    const listed = lakeFormation.on(ListPermissionsCommand).next()!;
    lakeFormation.on(ListPermissionsCommand).callsFake((input: never) => {
      const answer = listed(input) as ListPermissionsCommandOutput;
      return { ...answer, PrincipalResourcePermissions: answer.PrincipalResourcePermissions?.filter(({ Principal }) => !FRAUD.principals.includes(Principal?.DataLakePrincipalIdentifier ?? '')) };
    });
    await reconcile();
    expect(lake.shown.filter(isFraud)).toEqual([]);
  });

  test('grants that are destroyed after they were read stay destroyed', async () => {
    meanwhile = async (n) => { if (n === 2) await cloudFormation.destroy(); };
    await reconcile();
    expect([ofConsumers(), lake.filters.size, lake.items.size]).toEqual([[], 0, 0]);
  });

  test('a table that is taken out of the contract after it was read is shown to nobody in the end', async () => {
    table('orders', 'lines_v1');
    const shapes = [{ ...ANALYST, tables: ['orders_v1', 'lines_v1'].map((name) => ({ ...ANALYST.tables[0], table: name })) }];
    meanwhile = async (n) => { if (n === 2) await cloudFormation.deploy(stack(offer({ shapes: [ANALYST] }))); };
    const resource = new ProductGrantsResource(setting);
    await resource.create(resource.parse(stack(offer({ tables: ['orders_v1', 'lines_v1'], shapes })).Grants), { requestId: 'r', stackId: 's', logicalId: 'l', remaining: () => 900_000, signal: new AbortController().signal });
    expect(lake.shown.filter((right) => /^mesh-reporting.*lines_v1/.test(right))).toEqual([]);
  });
});

describe('a call that was answered, as its time ran out', () => {
  let over: AbortController;
  let atTheEnd: unknown;
  const state = (): unknown => structuredClone([lake.shown, [...lake.filters], [...lake.items], ended]);
  const stop = (): void => {
    over.abort();
    atTheEnd = state();
  };
  const update = (): Promise<unknown> => {
    const resource = new ProductGrantsResource(setting);
    return resource.update(resource.parse(stack(offer({ shapes: [{ ...ANALYST, consumers: [] }, INVESTIGATOR] })).Grants), undefined, { requestId: 'r', stackId: 's', logicalId: 'l', remaining: () => 900_000, signal: over.signal });
  };

  test.each<[when: string, prepare: () => void]>([
    ['before what is in force was looked at', () => { meanwhile = (n) => { if (n === 1) stop(); }; }],
    ['before anything was granted', () => { meanwhile = (n) => { if (n === 2) stop(); }; }],
    ['when a filter was made', () => {
      const made = lakeFormation.on(CreateDataCellsFilterCommand).next()!;
      lakeFormation.on(CreateDataCellsFilterCommand).callsFake((input: never) => {
        const answer = made(input);
        stop();
        return answer;
      });
    }],
    ['before it is remembered that nothing is left to do', () => { meanwhile = (n) => { if (n === 3) stop(); }; }],
  ])('changes nothing more: %s', async (_when, prepare) => {
    await cloudFormation.deploy(stack());
    bindings = [approved];
    reads = 0;
    over = new AbortController();
    prepare();
    await expect(update()).rejects.toThrow();
    expect(state()).toEqual(atTheEnd);
  });
});

describe('somebody changes something by hand', () => {
  const [etl] = PRINCIPALS('666666666666', 'reporting').slice(1);

  beforeEach(() => cloudFormation.deploy(stack()));

  test('what the product\'s filters say, and who has them, is put right', async () => {
    const [name, filter] = [...lake.filters][0];
    lake.filters.set(name, { ...filter, ColumnNames: [...COLUMNS] });
    lake.put(FRAUD.principals[0], { DataCellsFilter: { DatabaseName: 'sales', TableName: 'orders_v1', Name: filter.Name } }, 'SELECT');
    lake.put(etl, { DataCellsFilter: { DatabaseName: 'sales', TableName: 'orders_v1', Name: filter.Name } }, 'SELECT', true);
    await reconcile();
    expect(lake.seen).toEqual(REPORTED);
  });

  const byHand = (): void => {
    lake.put(etl, { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'SELECT');
    lake.put('arn:aws:iam::999999999999:role/stranger', { TableWithColumns: { DatabaseName: 'sales', Name: 'orders_v1', ColumnNames: ['order_id'] } }, 'SELECT', true);
    lake.put('IAM_ALLOWED_PRINCIPALS', { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'ALL');
  };
  const DRIFT = [
    `${etl} has SELECT on sales.orders_v1`, 'IAM_ALLOWED_PRINCIPALS has ALL on sales.orders_v1',
  ];

  test('what they were given beside is told and left alone', async () => {
    byHand();
    const before = lake.shown;
    expect((await reconcile()).drift).toEqual(expect.arrayContaining(DRIFT));
    expect(lake.shown).toEqual(before);
  });

  test('it goes where a repair is asked for', async () => {
    byHand();
    await reconcile(true);
    expect((await reconcile()).drift).toEqual([]);
    expect(lake.seen).toEqual(REPORTED);
    expect(lake.shown.filter((right) => right.startsWith('IAM_ALLOWED'))).toEqual([]);
    expect(lake.shown).toContain('mesh-sales-tables SELECT+grant sales.orders_v1');
  });

  test('filters and tables of others stay', async () => {
    lake.filters.set('sales.orders_v1 filter by-hand', { TableCatalogId: '222222222222', DatabaseName: 'sales', TableName: 'orders_v1', Name: 'by-hand', ColumnNames: ['order_id'] });
    await reconcile(true);
    await cloudFormation.destroy();
    expect([...lake.filters.keys()]).toEqual(['sales.orders_v1 filter by-hand']);
    expect(lake.tables.has('sales.orders_v1')).toBe(true);
  });
});

describe('grants are destroyed', () => {
  test('all of it goes, although what was deployed is gone', async () => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    lake.objects.clear();
    await cloudFormation.destroy();
    expect([ofConsumers(), lake.filters.size, lake.items.size]).toEqual([[], 0, 0]);
    expect(await cloudFormation.again()).toMatchObject({ Status: 'SUCCESS' });
  });

  test('with another logical id they stay', async () => {
    await cloudFormation.deploy(stack());
    await cloudFormation.deploy(stack(offer(), 'New'));
    expect(lake.seen).toEqual(REPORTED);
  });
});

describe('the platform asks what a consumer may be given', () => {
  test.each<[consumer: string, role: string | null, change: Partial<ProductAccess>, answer: object]>([
    ['reporting', 'analyst', {}, { status: 'active', role: 'analyst', covered: true, refused: null, clearance: 'internal' }],
    ['fraud', 'investigator', {}, { role: 'investigator', covered: false, refused: null, clearance: 'confidential' }],
    ['fraud', 'analyst', {}, { covered: false, refused: 'the role is for "Reporting on sales.", and fraud reads only for Finding fraud.' }],
    ['fraud', null, {}, { role: null, roles: ['analyst', 'investigator'], refused: 'the contract has no role ; it has analyst, investigator' }],
    ['fraud', null, { shapes: [INVESTIGATOR] }, { role: 'investigator', refused: null }],
    ['reporting', 'analyst', { closed: 'the product is retired' }, { covered: true, refused: 'the product is retired' }],
  ])('%s as %s', async (consumer, role, change, answer) => {
    await cloudFormation.deploy(stack(offer(change)));
    expect(await judge(setting, place, consumer, role)).toMatchObject(answer);
  });

  test('of a product whose grants are not deployed, it is told so', async () => {
    await expect(judge(setting, place, 'fraud', 'analyst')).rejects.toThrow('no grants of sales/orders v1 are deployed → deploy the product\'s stack of grants');
  });
});

describe('a call fails', () => {
  /** One role each, so that there are few calls. */
  const small = (change: Partial<ProductAccess> = {}): ProductAccess => offer({ consumers: [REPORTING, FRAUD].map((consumer) => ({ ...consumer, principals: consumer.principals.slice(0, 1) })), ...change });

  test('whichever it is, of a deployment: the next one ends as if nothing had happened', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      bindings = [approved];
      await cloudFormation.deploy(stack(small({ shapes: [INVESTIGATOR, { ...ANALYST, role: 'reader' }] })));
      await during(() => cloudFormation.deploy(stack(small()))).catch(() => undefined);
      await cloudFormation.deploy(stack(small()));
      expect(lake.seen).toEqual([INVESTIGATED[0], REPORTED[0]]);
      expect(lake.filters.size).toBe(2);
    });
    expect(faults).toBeGreaterThan(30);
  }, 60_000);

  test('whichever it is, of a deletion: asked for again, it leaves nothing', async () => {
    const faults = await faultAtEveryCall(async (during) => {
      fresh();
      await cloudFormation.deploy(stack(small()));
      await during(() => cloudFormation.destroy()).catch(() => undefined);
      if (Object.keys(cloudFormation.resources).length > 0) await cloudFormation.destroy();
      expect([ofConsumers(), lake.filters.size]).toEqual([[], 0]);
    });
    expect(faults).toBeGreaterThan(15);
  }, 60_000);
});

describe('grants are looked after once a day', () => {
  const daily = async (): Promise<Swept[]> => (await Promise.all((await turns(setting)).map((turn) => sweep(setting, turn, () => 900_000)))).flat();
  const returns = (): ProductAccess => offer({ product: { ...offer().product, id: 'dp_sales_returns', entity: 'returns' }, tables: ['returns_v1'], shapes: [{ ...ANALYST, tables: [{ ...ANALYST.tables[0], table: 'returns_v1' }] }] });

  test('nobody has anything any more once a required sign-off has ended, without a deployment', async () => {
    await cloudFormation.deploy(stack(offer({ closes: '2026-12-01T00:00:00Z' })));
    await daily();
    expect(lake.seen).toEqual(REPORTED);
    now = '2026-12-01T00:00:01Z';
    await daily();
    expect(ofConsumers()).toEqual([]);
  });

  test('of every product, and what was given by hand is told and left alone', async () => {
    table('returns', 'returns_v1');
    await cloudFormation.deploy({ ...stack(), ...stack(returns(), 'Returns') });
    lake.put('arn:aws:iam::999999999999:role/intern', { Table: { DatabaseName: 'sales', Name: 'returns_v1' } }, 'SELECT');
    expect((await daily()).map(({ product, failed }) => [product, failed])).toEqual([['sales/orders v1', null], ['sales/returns v1', null]]);
    expect(told).toEqual([{ product: 'sales/returns v1', drift: ['arn:aws:iam::999999999999:role/intern has SELECT on sales.returns_v1'] }]);
  });

  test('of so many at a time that a call of them is done in minutes, however many there are', async () => {
    const many = Array.from({ length: 2 * SWEPT_AT_ONCE + 1 }, (_, n) => `e${n}`);
    for (const entity of many) await setting.runTable.put({ pk: 'grants', sk: productNames.runPartition({ ...place, entity }) }, { url: '', digest: '' });
    const all = await turns(setting);
    expect([all.map(({ length }) => length), all.flat().map(({ entity }) => entity).sort()]).toEqual([[SWEPT_AT_ONCE, SWEPT_AT_ONCE, 1], [...many].sort()]);
  });

  test('with as many calls for a product as it has tables, filters and readers, whatever else there is', async () => {
    table('returns', 'returns_v1');
    await cloudFormation.deploy({ ...stack(), ...stack(returns(), 'Returns') });
    const calls = await callsOf(() => sweep(setting, [place], () => 900_000));
    const counted = Object.fromEntries([...new Set(calls)].sort().map((call) => [call, calls.filter((one) => one === call).length]));
    // Of permissions: on the database, the table and the filter, and what each of the three roles has elsewhere.
    // What is offered is read before what is in force, and after it.
    expect(counted).toEqual({ 'dynamodb:GetItem': 3, 's3:GetObject': 2, 'glue:GetTable': 2, 'lakeformation:ListDataCellsFilter': 1, 'lakeformation:ListPermissions': 6 });
  });

  test('one that fails keeps no other from its turn', async () => {
    table('returns', 'returns_v1');
    await cloudFormation.deploy({ ...stack(), ...stack(returns(), 'Returns') });
    lake.tables.delete('sales.orders_v1');
    expect((await daily()).map(({ product, failed }) => [product, failed])).toEqual([
      ['sales/orders v1', 'sales.orders_v1 is not in the catalogue → deploy the product first, then its grants'], ['sales/returns v1', null],
    ]);
  });
});

describe('grants are inspected', () => {
  const BY_HAND = { at: '2026-11-27T10:00:00.000Z', event: 'GrantPermissions', principal: 'arn:aws:sts::222222222222:assumed-role/Admin/jane', sourceIdentity: 'jane@shoply.example' };
  const [reader] = FRAUD.principals;
  /** The history of the account: somebody's grant, one of the handler's own, and one that was refused. */
  const GRANTED = [
    { at: '2026-11-27T12:00:00Z', arn: 'arn:aws:sts::222222222222:assumed-role/mesh-sales-grants/mesh-sales-grants' },
    { at: '2026-11-27T11:00:00Z', arn: 'arn:aws:sts::222222222222:assumed-role/Admin/joe', errorCode: 'AccessDenied' },
    { at: '2026-11-27T10:00:00Z', arn: BY_HAND.principal, sourceIdentity: BY_HAND.sourceIdentity },
  ];

  beforeEach(() => {
    cloudtrail.reset();
    cloudtrail.on(LookupEventsCommand).callsFake(({ LookupAttributes: [{ AttributeValue }] }: { LookupAttributes: { AttributeValue: string }[] }) => ({
      Events: AttributeValue !== 'GrantPermissions' ? [] : GRANTED.map(({ at, arn, sourceIdentity, errorCode }) => ({
        EventName: 'GrantPermissions', EventTime: new Date(at),
        CloudTrailEvent: JSON.stringify({
          userIdentity: { type: 'AssumedRole', arn, sessionContext: { sourceIdentity } }, errorCode,
          requestParameters: { principal: { dataLakePrincipalIdentifier: reader }, resource: { table: { databaseName: 'sales', name: 'orders_v1' } }, permissions: ['SELECT'] },
        }),
      })),
    }));
  });

  const look = (): ReturnType<typeof inspect> => inspect(setting, place, () => 900_000);

  test('what is as it should be has no differences, and says who reads what by which binding', async () => {
    bindings = [approved];
    await cloudFormation.deploy(stack());
    const { grants, ...rest } = await look();
    expect(rest).toEqual({ contract: 'sha256:0', version: '1.0.0', closed: null, differences: [], waiting: [], refused: [], drift: [], trail: 'CloudTrail of 222222222222 in eu-west-1, which keeps 90 days' });
    expect(grants).toHaveLength(6);
    expect(grants[3]).toMatch(/mesh-fraud-analyst reads orders_v1 by mesh-orders-v1-investigator-[0-9a-f]{12}: investigator to fraud by subscription s-1$/);
  });

  test('what is not is told, and nothing is changed', async () => {
    await cloudFormation.deploy(stack());
    lake.rights = lake.rights.filter(({ principal, permission }) => !(principal.endsWith('mesh-reporting-bi') && permission === 'SELECT'));
    lake.put(FRAUD.principals[0], { Table: { DatabaseName: 'sales', Name: 'orders_v1' } }, 'SELECT');
    bindings = [{ ...approved, role: 'auditor' }];
    const before = lake.shown;
    expect(await look()).toMatchObject({
      differences: [{ what: expect.stringMatching(/mesh-reporting-bi lacks SELECT on sales\.orders_v1 by the filter mesh-orders-v1-analyst-/) as string, part: 'roles.analyst', by: null }],
      drift: [{ what: `${FRAUD.principals[0]} has SELECT on sales.orders_v1`, part: null, by: BY_HAND }], refused: ['auditor to fraud by subscription s-1: the contract has no role auditor; it has analyst, investigator'],
    });
    expect(lake.shown).toEqual(before);
  });

  test('a table that is gone is told', async () => {
    await cloudFormation.deploy(stack());
    lake.tables.clear();
    expect((await look()).differences).toContainEqual({ what: 'sales.orders_v1 is not in the catalogue', part: 'schema', by: null });
  });
});

describe('who has which role', () => {
  const approvals: Binding[] = [approved, { ...approved, role: 'auditor' }, { ...approved, consumer: 'reporting', role: 'analyst' }];

  test('is told by contract and subscription, with what it shows or why nothing, and is read where it was deployed: Lake Formation is not asked', async () => {
    await cloudFormation.deploy(stack());
    bindings = approvals;
    let roles: Awaited<ReturnType<typeof list>>['roles'] = [];
    expect(await callsOf(async () => {
      ({ roles } = await list(setting, place));
    })).toEqual(['dynamodb:GetItem', 's3:GetObject']);
    expect(roles).toEqual([
      { consumer: 'reporting', role: 'analyst', subscribed: true, columns: ['orders.order_id', 'orders.total_amount'], rowFilter: null, refused: null },
      { consumer: 'fraud', role: 'investigator', subscribed: true, columns: ['orders.order_id', 'orders.total_amount', 'orders.customer_email'], rowFilter: 'total_amount > 1000', refused: null },
      { consumer: 'fraud', role: 'auditor', subscribed: true, columns: [], rowFilter: null, refused: 'the contract has no role auditor; it has analyst, investigator' },
    ]);
    now = '2026-12-02T00:00:00Z';
    await cloudFormation.deploy(stack(offer({ closes: '2026-12-01T00:00:00Z' })));
    expect((await list(setting, place)).roles.map(({ refused }) => refused)).toEqual(Array(3).fill('a required sign-off ended at 2026-12-01T00:00:00Z'));
  });

  test('is nothing for whoever is bound to what has no grants deployed', async () => {
    bindings = [approved];
    expect(await list(setting, place)).toEqual({ roles: [{ consumer: 'fraud', role: 'investigator', subscribed: true, columns: [], rowFilter: null, refused: 'no grants of it are deployed' }] });
  });
});

describe('copies of what is taken away', () => {
  const WAREHOUSE = 'arn:aws:iam::666666666666:role/mesh-consumer/reporting/mesh-reporting-warehouse';
  const KEEPING: KnownConsumer = { ...REPORTING, region: 'eu-central-1', principals: [...REPORTING.principals, WAREHOUSE] };
  const HANDLER = 'arn:aws:lambda:eu-central-1:666666666666:function:mesh-reporting-marts';
  const keeping = (change: Partial<ProductAccess> = {}): ProductAccess => offer({ consumers: [KEEPING, FRAUD], ...change });
  const showing = (columns: OfferedShape['tables'][0]['columns'], rowFilter: string | null = null): OfferedShape[] => [{ ...ANALYST, tables: [{ table: 'orders_v1', columns, rowFilter }] }];
  const [{ columns }] = ANALYST.tables;

  beforeEach(async () => {
    lake.roles.add(WAREHOUSE);
    await cloudFormation.deploy(stack(keeping()));
  });

  test('end before it is, and once more after it, for one that was made meanwhile: by the function of the warehouse, where the consumer reads, through the alias of the domain', async () => {
    await cloudFormation.deploy(stack(keeping({ shapes: [{ ...ANALYST, consumers: [] }] })));
    expect(ended).toEqual([true, false].map((readable) => ({ handler: `${HANDLER}:sales`, tables: ['sales.orders_v1'], readable })));
    expect(lake.seen).toEqual([]);
  });

  test.each<[what: string, shapes: OfferedShape[], ends: boolean]>([
    ['a column is added', showing([...columns, { name: 'customer_email', classification: 'internal' }]), false],
    ['a column is taken away', showing(columns.slice(1)), true],
    ['rows are taken away', showing(columns, 'total_amount > 1000'), true],
  ])('when %s: %#', async (_what, shapes, ends) => {
    await cloudFormation.deploy(stack(keeping({ shapes })));
    expect(ended.map(({ tables }) => tables)).toEqual(ends ? [['sales.orders_v1'], ['sales.orders_v1']] : []);
  });

  test('end when a sign-off does, without a deployment', async () => {
    await cloudFormation.deploy(stack(keeping({ closes: '2026-12-01T00:00:00Z' })));
    now = '2026-12-02T00:00:00Z';
    await sweep(setting, [place], () => 900_000);
    expect(ended).toEqual([true, false].map((readable) => ({ handler: `${HANDLER}:sales`, tables: ['sales.orders_v1'], readable })));
  });

  test('end when what somebody let them read by hand is taken back', async () => {
    const [filter] = lake.filters.values();
    filter.ColumnNames = [...filter.ColumnNames ?? [], 'customer_email'];
    await reconcile();
    expect(ended.map(({ tables }) => tables)).toEqual([['sales.orders_v1'], ['sales.orders_v1']]);
  });

  test('that may still be there keep no grant from ending, and somebody hears of them', async () => {
    warehouseAnswers = false;
    await cloudFormation.deploy(stack(keeping({ shapes: [{ ...ANALYST, consumers: [] }] })));
    expect(lake.seen).toEqual([]);
    await cloudFormation.deploy(stack(keeping()));
    await cloudFormation.deploy(stack(keeping({ closes: '2026-12-01T00:00:00Z' })));
    now = '2026-12-02T00:00:00Z';
    await sweep(setting, [place], () => 900_000);
    expect(told).toEqual([{ product: 'sales/orders v1', drift: [`666666666666 may keep copies of sales.orders_v1: ${HANDLER} did not end them (Error)`] }]);
  });

  test('are not looked for where nobody has a warehouse', async () => {
    await cloudFormation.deploy(stack(offer({ shapes: [{ ...ANALYST, consumers: [] }] })));
    await cloudFormation.deploy(stack());
    ended = [];
    await cloudFormation.deploy(stack(offer({ shapes: [{ ...ANALYST, consumers: [] }] })));
    expect(ended).toEqual([]);
  });
});

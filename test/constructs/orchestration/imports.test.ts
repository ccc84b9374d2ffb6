import { type Table } from '@aws-sdk/client-glue';
import { unloaded } from '../../../constructs/orchestration/unload';
import { Stopped, TaskFailed } from '../../support/step-functions';
import { World } from './world';

const POINTER = 's3://crm-curated/tables/crm/customers_v1/metadata/00007.metadata.json';
const FACTS = { 'mesh.run-id': 'r7', 'mesh.verdict': 'certified', 'mesh.certified-at': '2030-01-01T05:00:00Z' };

let world: World;
let customers: Table;

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  world = await World.deployed();
  await world.start({ runId: 'before' });
  world.imports = [{
    source: 'customers', database: 'crm', table: 'customers_v1', without: [],
    columns: [{ name: 'customer_id', select: '"customer_id"' }, { name: 'email', select: '"email"' }, { name: 'since', select: 'to_iso8601("since") AS "since"' }],
  }];
  customers = {
    Name: 'customers_v1', Parameters: { ...FACTS, table_type: 'ICEBERG', metadata_location: POINTER, owner: 'crm' },
    StorageDescriptor: { Columns: [{ Name: 'customer_id' }, { Name: 'since' }, { Name: 'newer' }] },
  };
  world.others.set('crm.customers_v1', customers);
});

/** The other product is published again, right before these visits of a state. */
function publishedAgain(at: string, times: number): void {
  let n = 0;
  world.enter = (state) => {
    if (state === at && (n += 1) <= times) customers.Parameters!.metadata_location = `${POINTER}.${n}`;
  };
}

describe('an import', () => {
  test('unloads the promised columns that the role may see, and pins what it has read', async () => {
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, ended.cause]).toEqual(['SUCCEEDED', undefined]);
    expect(world.unloads).toEqual([expect.stringMatching(
      /^UNLOAD \(SELECT "customer_id", to_iso8601\("since"\) AS "since" FROM "crm"\."customers_v1"\) TO 's3:\/\/shoply-222222222222-eu-west-1-sales-orders-v1-raw\/imports\/this\/customers\/[0-9a-f-]{36}\/' WITH \(format = 'PARQUET', compression = 'ZSTD'\)$/,
    )]);
    const [, folder] = / TO '([^']+)'/.exec(world.unloads[0]) ?? [];
    expect(world.pins).toEqual([{
      Bucket: 'shoply-222222222222-eu-west-1-sales-orders-v1-raw', Key: 'imports/this/customers/_pin.json', ContentType: 'application/json',
      Body: { folder, columns: ['customer_id', 'since'], metadataLocation: POINTER, facts: FACTS },
    }]);
    expect(world.jobRuns.get(world.definitions.etl.name)?.[0].Arguments['--mesh-imports']).toBe('s3://shoply-222222222222-eu-west-1-sales-orders-v1-raw/imports/this/');
  });

  test('is asked for once more under the same token where no answer came, and is unloaded once', async () => {
    let lost = false;
    world.trouble = ({ state }, when) => {
      if (state !== 'Unload' || when !== 'after' || lost) return;
      lost = true;
      throw new TaskFailed('Athena.InternalServerException', 'no answer');
    };
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, lost, world.unloads.length, world.pins.length]).toEqual(['SUCCEEDED', true, 1, 1]);
  });

  test('that begins anew has another folder and another token', async () => {
    publishedAgain('Where it is now', 1);
    await world.start({ runId: 'this' });
    expect(new Set(world.unloads).size).toBe(2);
  });

  test('lists a single column as well as many', async () => {
    customers.StorageDescriptor!.Columns = [{ Name: 'customer_id' }];
    expect((await world.start({ runId: 'this' })).status).toBe('SUCCEEDED');
    expect(world.pins[0].Body.columns).toEqual(['customer_id']);
  });

  test('keeps the lock while Athena is at work', async () => {
    world.athena = Array.from({ length: 200 }, () => 'RUNNING');
    let least = Infinity;
    world.enter = (state) => {
      if (state === 'How far Athena is') least = Math.min(least, Number(world.item('lock')!.leaseUntil.N) - world.clock.now);
    };
    expect((await world.start({ runId: 'this' })).status).toBe('SUCCEEDED');
    expect(least).toBeGreaterThan(14 * 60_000);
  });

  test('is made again, elsewhere, when the product was published in between', async () => {
    publishedAgain('Where it is now', 1);
    expect((await world.start({ runId: 'this' })).status).toBe('SUCCEEDED');
    expect(new Set(world.unloads.map((text) => / TO '([^']+)'/.exec(text)![1])).size).toBe(2);
    expect(world.pins.map(({ Body }) => Body.metadataLocation)).toEqual([`${POINTER}.1`]);
  });

  test('fails when that happens each time', async () => {
    publishedAgain('Where it is now', 2);
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, ended.cause, world.pins]).toEqual(['FAILED', expect.stringContaining('crm.customers_v1 was published again each time it was read'), []]);
  });

  test('fails when Athena does, without its words', async () => {
    world.athena = ['QUEUED', 'FAILED'];
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining('source customers: Athena could not unload crm.customers_v1, query q1 says why')]);
    expect([world.owner(), world.told.alerts.length, world.pins]).toEqual([undefined, 1, []]);
  });

  test('is not made for a replay, which reads what was imported then', async () => {
    expect((await world.start({ runId: 'this', replayFrom: 'before' })).status).toBe('SUCCEEDED');
    expect(world.unloads).toEqual([]);
  });

  const STATES = ['Imports', 'Import', 'Where it is', 'Unload', 'Wait for Athena', 'Keep the lock', 'How far Athena is', 'Unloaded?', 'Where it is now', 'Unmoved?', 'Pin', 'Replays?'];

  test.each(STATES)('that is stopped at %s leaves nothing behind, and may be redriven', async (name) => {
    let times = 0;
    world.enter = (state) => {
      if (state === name && (times += 1) === 1) throw new Stopped('ABORTED');
    };
    const execution = await world.start({ runId: 'this' });
    expect([execution.status, world.owner(), world.states()]).toEqual(['ABORTED', undefined, [{ runId: 'before', state: 'published' }]]);
    await world.redrive(execution);
    expect([execution.status, execution.cause, world.owner()]).toEqual(['SUCCEEDED', undefined, undefined]);
    expect(world.states()).toEqual([{ runId: 'before', state: 'published' }, { runId: 'this', state: 'published' }]);
  });

  test.each(['Where it is', 'Unload', 'Keep the lock', 'How far Athena is', 'Where it is now', 'Pin'])('that is refused at %s fails the run and gives the lock back', async (name) => {
    world.trouble = (call, when) => {
      if (call.state === name && when === 'before') throw new TaskFailed('Glue.AccessDeniedException', 'no');
    };
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, ended.error, world.owner(), world.pins]).toEqual(['FAILED', 'Glue.AccessDeniedException', undefined, []]);
    expect(world.told.alerts).toHaveLength(1);
  });
});

describe('a column', () => {
  test.each([
    ['a number', 'long' as const, '"a"'],
    ['a moment', 'timestamptz' as const, 'to_iso8601("a") AS "a"'],
    ['a time of day', 'time' as const, 'CAST("a" AS varchar) AS "a"'],
    ['a list of moments', { kind: 'list' as const, element: 'timestamp' }, undefined],
    ['a map to moments', { kind: 'map' as const, key: 'string', value: 'timestamptz' }, undefined],
    ['a record with a moment', { kind: 'struct' as const, fields: [{ name: 'n', type: 'decimal(12, 2)' }, { name: 'at', type: 'timestamp' }] }, undefined],
    ['a list of records without one', { kind: 'list' as const, element: { kind: 'struct' as const, fields: [{ name: 'n', type: 'long' }] } }, '"a"'],
  ])('that is %s is unloaded so that nothing of it is lost, or not at all', (_, type, wanted) => {
    expect(unloaded('a', type)).toBe(wanted);
  });
});

import { TaskFailed } from '../../support/step-functions';
import { PLACE, World } from './world';

let world: World;

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  world = await World.deployed();
});

describe('a run', () => {
  test('goes from its lock to its release, and what is certified is what consumers read', async () => {
    const ended = await world.start({ mode: 'full', scheduledTime: '2030-01-01T06:00:00Z' });
    expect([ended.status, ended.error, ended.cause]).toEqual(['SUCCEEDED', undefined, undefined]);
    expect(ended.visited).toEqual([
      'Request', 'Is it one?', 'Acquire', 'Evict', 'Evicted?', 'Resume', 'Where it stands', 'Build', 'Look', 'Where it stands', 'Certify', 'Look', 'Where it stands',
      'Commit', 'Publish', 'Record', 'Announce', 'Release', 'Done',
    ]);
    expect(world.states()).toEqual([{ runId: 'full-20300101T060000Z', state: 'published' }]);
    expect(world.owner()).toBeUndefined();
    expect(world.outbox()).toBe(0);
    expect(world.tables.get('orders_v1')).toMatchObject({
      Description: 'as deployed',
      Parameters: { 'mesh.run-id': 'full-20300101T060000Z', 'mesh.verdict': 'certified', 'mesh.score': '97.5', 'mesh.certificate-id': 'c-full-20300101T060000Z', 'mesh.snapshot-id': expect.stringMatching(/^3\d{18}$/) as string },
      StorageDescriptor: { Columns: [{ Name: 'order_id', Type: 'string' }] },
    });
    expect(world.told).toMatchObject({
      alerts: [], events: [{ Source: 'mesh.sales', EventBusName: `arn:aws:events:eu-west-1:${PLACE.platformAccount}:event-bus/mesh` }],
      catalogue: [{ action: 'published', Entity: 'orders', runId: 'full-20300101T060000Z' }], metrics: ['Score', 'Rows', 'FreshnessSeconds', 'QuarantinedShare'],
    });
  });
});

describe('a table that a run has left as it was', () => {
  let before: string;
  let updates: string[];
  const facts = (): unknown => {
    const { metadata_location: at, 'mesh.run-id': runId, 'mesh.verdict': verdict, 'mesh.certified-at': certifiedAt } = world.tables.get('totals_v1')!.Parameters!;
    return [at, runId, verdict, certifiedAt];
  };

  beforeEach(async () => {
    await world.start({ runId: 'weekly' });
    await world.start({ runId: 'again' });
    before = world.pointer('totals_v1');
    world.clock.now += 48 * 3_600_000;
    [world.left, world.verdict, updates] = [['totals'], 'provisional', []];
    world.onUpdate = () => { updates.push(''); };
  });

  test('stands where it stood and says by which certificate it is published now: of its age and verdict, imports know nothing else', async () => {
    const { previous_metadata_location: earlier } = world.tables.get('totals_v1')!.Parameters!;
    expect((await world.start({ mode: 'delta', runId: 'hourly' })).status).toBe('SUCCEEDED');
    expect(facts()).toEqual([before, 'hourly', 'provisional', expect.stringMatching(/^2030-01-03T/)]);
    expect(world.tables.get('totals_v1')!.Parameters!.previous_metadata_location).toBe(earlier);
    expect(world.pointer('orders_v1')).not.toBe(before);
  });

  test('is written once, however often its publication is tried', async () => {
    let failed = false;
    world.trouble = (call, when) => {
      if (call.state !== 'Publish' || when !== 'after' || failed) return;
      failed = true;
      throw new TaskFailed('States.TaskFailed', 'no');
    };
    await world.start({ mode: 'delta', runId: 'hourly' });
    expect(world.states().at(-1)).toEqual({ runId: 'hourly', state: 'publishing' });
    expect((await world.start({ mode: 'delta', runId: 'hourly' })).status).toBe('SUCCEEDED');
    expect([updates.length, facts()]).toEqual([2, [before, 'hourly', 'provisional', expect.anything()]]);
  });

  test('is looked at again when no answer came, and not taken for written because its pointer is where it was', async () => {
    world.onUpdate = () => { throw new Error('no answer'); };
    expect((await world.start({ mode: 'delta', runId: 'hourly' })).status).toBe('FAILED');
    expect([world.states().at(-1)?.state, facts()]).toEqual(['publishing', [before, 'again', 'certified', expect.anything()]]);
    world.onUpdate = (table) => { if (table === 'totals_v1') throw new Error('no answer'); };
    expect((await world.start({ mode: 'delta', runId: 'hourly' })).status).toBe('FAILED');
    expect(world.states().at(-1)?.state).toBe('publishing');
  });

  test('stops the publication where somebody else has moved it', async () => {
    world.enter = (state) => { if (state === 'Publish') world.tables.get('totals_v1')!.Parameters!.metadata_location = 's3://elsewhere'; };
    const ended = await world.start({ mode: 'delta', runId: 'hourly' });
    expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining(`sales.totals_v1 points at s3://elsewhere, expected ${before}`)]);
    expect(world.states().at(-1)?.state).toBe('publishing');
  });
});

describe('an announcement', () => {
  beforeEach(() => { jest.spyOn(Date, 'now').mockImplementation(() => world.clock.now); });
  afterEach(() => jest.restoreAllMocks());

  test.each([[13, 8], [15, 4]])('that could not be delivered for %d days is, and its measures are left out when CloudWatch takes them no longer', async (days, measures) => {
    world.deaf = true;
    await world.start({ runId: 'old' });
    expect([world.outbox(), world.told.events]).toEqual([1, []]);
    [world.told.metrics, world.deaf] = [[], false];
    world.clock.now += days * 24 * 3_600_000;
    await world.start({ runId: 'new' });
    expect(world.outbox()).toBe(0);
    expect(world.told.events).toHaveLength(2);
    expect(world.told.metrics).toHaveLength(measures);
  });
});

describe('a run that has nothing to publish', () => {
  test('ends as it began when there is nothing new', async () => {
    world.behaviour = 'finds nothing new';
    const ended = await world.start({ mode: 'delta' });
    expect([ended.status, ended.visited.at(-2), world.owner()]).toEqual(['SUCCEEDED', 'Release', undefined]);
    expect(world.states()).toMatchObject([{ state: 'skipped' }]);
    expect(world.told.alerts).toEqual([]);
  });

  test('that is rejected fails, tells why, and leaves what was certified', async () => {
    await world.start({ runId: 'good' });
    const before = world.pointer('orders_v1');
    world.behaviour = 'is rejected';
    const ended = await world.start({ runId: 'bad' });
    expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining('run bad is rejected: orders: rowCount measured 0')]);
    expect(world.told.alerts).toEqual([expect.stringMatching(/^sales\/orders v1: run bad is rejected/)]);
    expect([world.pointer('orders_v1'), world.owner(), world.states().at(-1)?.state]).toEqual([before, undefined, 'rejected']);
  });

  test('whose job crashes is marked as failed with the words of the job, and goes on under its id', async () => {
    world.behaviour = 'crashes';
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining('run this failed: a fault of ours: MemoryError')]);
    expect(world.item('run#000000000001#step#g1#stopped')).toMatchObject({ result: { S: 'true' } });
    world.behaviour = 'publishes';
    expect((await world.start({ runId: 'this' })).status).toBe('SUCCEEDED');
    expect(world.states()).toEqual([{ runId: 'this', state: 'published' }]);
  });

  test('whose job hangs is stopped when its time is over', async () => {
    world.behaviour = 'hangs';
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, world.owner()]).toEqual(['FAILED', undefined]);
    expect([...world.jobRuns.values()].flat().map(({ JobRunState }) => JobRunState)).toEqual(['STOPPED']);
  });

  test.each([[{ mode: 'weekly' }], [{ runId: "x' OR" }], [{ runId: 'a'.repeat(81) }], [{ replayFrom: '../x' }]])('%j is no request', async (input) => {
    const ended = await world.start(input);
    expect([ended.status, ended.error, world.states(), world.owner()]).toEqual(['FAILED', 'BadRequest', [], undefined]);
  });
});

describe('a product that is busy', () => {
  const holder = (until: number): void => {
    world.dynamo.load([...world.dynamo.all(), { pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, owner: { S: 'another' }, fence: { N: '7' }, leaseUntil: { N: String(until) } }]);
  };

  test('is left to the next delta, which is counted and no failure', async () => {
    holder(world.clock.now + 60_000);
    const ended = await world.start({ mode: 'delta' });
    expect([ended.status, ended.visited.at(-1), world.told.metrics, world.told.alerts, world.owner()]).toEqual(['SUCCEEDED', 'Skipped', ['Skipped'], [], 'another']);
  });

  test('is waited for by a full load', async () => {
    holder(world.clock.now + 14 * 60_000);
    const ended = await world.start({ mode: 'full', runId: 'this' });
    expect([ended.status, ended.visited.filter((name) => name === 'Wait for the lock').length]).toEqual(['SUCCEEDED', 3]);
    expect(world.writes[0]).toBe(8);
  });

  test('for two hours is told to its owner, and its lock is left alone', async () => {
    holder(world.clock.now + 24 * 3_600_000);
    const ended = await world.start({ mode: 'full' });
    expect([ended.status, ended.error, world.owner()]).toEqual(['FAILED', 'Busy', 'another']);
    expect(ended.visited.filter((name) => name === 'Wait for the lock')).toHaveLength(24);
    expect(world.told.alerts).toHaveLength(1);
  });
});

describe('an earlier owner', () => {
  test('whose job is still at work is stopped before anything else writes', async () => {
    const name = world.definitions.etl.name;
    world.jobRuns.set(name, [{ Id: 'jr_old', JobName: name, JobRunState: 'RUNNING', StartedOn: new Date(0), Arguments: { '--mesh-owner': 'gone', '--mesh-fence': '1', '--mesh-run-id': 'old' } }]);
    const ended = await world.start({ runId: 'this' });
    expect(ended.visited.slice(2, 8)).toEqual(['Acquire', 'Evict', 'Evicted?', 'Wait for jobs to stop', 'Evict', 'Evicted?']);
    expect([ended.status, world.jobRuns.get(name)?.at(-1)?.JobRunState]).toEqual(['SUCCEEDED', 'STOPPED']);
  });

  test('that was stopped while it published has its run published first, by the next one', async () => {
    world.trouble = (call, when) => {
      if (call.state === 'Publish' && when === 'after') throw new TaskFailed('States.TaskFailed', 'no');
    };
    await world.start({ runId: 'this' });
    expect(world.states()).toEqual([{ runId: 'this', state: 'publishing' }]);
    expect(world.told.alerts).toEqual([expect.stringContaining('it only goes forward')]);
    world.trouble = () => {};
    await world.start({ runId: 'next' });
    expect(world.states()).toEqual([{ runId: 'this', state: 'published' }, { runId: 'next', state: 'published' }]);
    expect(world.told.events).toHaveLength(2);
  });
});

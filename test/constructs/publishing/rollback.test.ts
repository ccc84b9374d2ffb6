import * as fs from 'node:fs';
import * as path from 'node:path';
import { handler } from '../../../constructs/publishing/handler/index';
import { type Choice } from '../../../constructs/publishing/handler/rollback';
import { PLACE, World } from '../orchestration/world';

const ASKED = { action: 'rollback', InterfaceVersion: '1', Domain: PLACE.domain, Entity: PLACE.entity, Major: '1', Environment: '' };
const MINUTE = 60_000;
/** Read by glue-jobs/tests/unit/adapters/test_rolled_back_log.py; UPDATE_FIXTURES=1 writes it. */
const FIXTURE = path.resolve(__dirname, '../../../glue-jobs/tests/fixtures/run-log/rollback.json');

let world: World;
const rollback = (certificateId: string): Promise<unknown> => handler({ ...ASKED, certificateId }, {} as never);
const choices = async (): Promise<readonly Choice[]> => (await handler({ ...ASKED, action: 'certificates' }, {} as never) as { certificates: readonly Choice[] }).certificates;
const certificates = async (): Promise<string[]> => (await choices()).map(({ certificateId }) => certificateId);
const steps = (sequence: number): Record<string, unknown> => Object.fromEntries(world.dynamo.all()
  .filter(({ sk }) => sk.S!.startsWith(`run#${String(sequence).padStart(12, '0')}#step#`)).map(({ sk, result }) => [sk.S!.split('#')[4], JSON.parse(result.S!) as unknown]));

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  world = await World.deployed();
  // The handler's time and that of the state machine are one.
  jest.spyOn(Date, 'now').mockImplementation(() => world.clock.now);
  for (const runId of ['first', 'second']) {
    await world.start({ runId });
    world.clock.now += MINUTE;
  }
});

afterEach(() => jest.restoreAllMocks());

describe('a rollback on AWS', () => {
  test('points every table at what was certified then, with the words of that certificate, and gives the lock back', async () => {
    const was = world.certifiedBy('first');
    expect(await rollback('c-first')).toEqual({ runId: expect.stringMatching(/^rollback-\d{8}T\d{6}Z-c-fi$/) as string, certificateId: 'c-first', from: 'c-second' });
    expect([world.pointer('orders_v1'), world.pointer('totals_v1')]).toEqual(was);
    expect(world.tables.get('orders_v1')?.Parameters).toMatchObject({ 'mesh.certificate-id': 'c-first', 'mesh.run-id': 'first' });
    expect([world.owner(), world.outbox(), world.states().at(-1)?.state]).toEqual([undefined, 0, 'published']);
  });

  test('gives the words of that certificate back to a table, too, that later runs have left as it was', async () => {
    world.left = ['totals'];
    await world.start({ runId: 'third' });
    const stood = world.pointer('totals_v1');
    expect(world.tables.get('totals_v1')?.Parameters).toMatchObject({ 'mesh.certificate-id': 'c-third' });
    await rollback('c-second');
    expect(world.pointer('totals_v1')).toBe(stood);
    expect(world.tables.get('totals_v1')?.Parameters).toMatchObject({ 'mesh.certificate-id': 'c-second', 'mesh.run-id': 'second' });
  });

  test('is in the log as a run that built nothing: jobs read which run it went back to, and the watermarks are those of then', async () => {
    const then = world.watermarksOf('first');
    await rollback('c-first');
    expect(steps(3)).toEqual({
      rollback: { certificateId: 'c-first', runId: 'first', from: 'c-second' }, judged: { masked: world.masked, checks: {} }, cleaned: true,
      outcome: { swaps: [], watermarks: then, events: [expect.objectContaining({ type: 'product.rolledBack', runId: 'first' })] },
    });
    expect(world.item('run#000000000003')).toMatchObject({ product: { S: 'dp_sales_orders' }, mode: { S: 'rollback' }, major: { N: '1' } });
    expect(JSON.parse(world.item('watermarks')!.values.S!)).toEqual(then);
  });

  test('lies in the table as the jobs have read it', async () => {
    await rollback('c-first');
    const generation = world.item('run#000000000003')!.generation.S!;
    // A generation is any that no other run has.
    const items = JSON.parse(JSON.stringify(world.dynamo.all().filter(({ pk, sk }) => pk.S === 'dp_sales_orders#v1' && !sk.S!.startsWith('outbox#'))).replaceAll(generation, 'generation')) as unknown;
    if (process.env.UPDATE_FIXTURES !== undefined) fs.writeFileSync(FIXTURE, `${JSON.stringify(items, null, 1)}\n`);
    expect(items).toEqual(JSON.parse(fs.readFileSync(FIXTURE, 'utf8')));
  });

  test('is announced on the bus and to the catalogue, and measured as nothing', async () => {
    const before = world.told.metrics.length;
    await rollback('c-first');
    expect(world.told.events.at(-1)).toMatchObject({ DetailType: 'product.rolledBack' });
    expect(world.told.catalogue.at(-1)).toMatchObject({ action: 'published', runId: 'first' });
    expect(world.told.metrics.length).toBe(before);
  });

  test('is followed by runs that swap from where it left the tables; going back over it needs a certificate that is still in them', async () => {
    await rollback('c-first');
    world.clock.now += MINUTE;
    expect((await world.start({ runId: 'third' })).status).toBe('SUCCEEDED');
    await expect(rollback('c-second')).rejects.toThrow('was undone by a rollback');
    await rollback('c-first');
    expect(world.tables.get('orders_v1')?.Parameters).toMatchObject({ 'mesh.certificate-id': 'c-first' });
  });

  test.each([
    ['what is published now', 'c-second', 'is what is published now'], ['what was never published', 'c-nothing', 'only what was certified and published can be published again'], ['nothing at all', '', 'was never published'],
  ])('refuses %s', async (_, certificateId, why) => {
    const before = [world.pointer('orders_v1'), world.states().length];
    await expect(rollback(certificateId)).rejects.toThrow(why);
    expect([world.pointer('orders_v1'), world.states().length, world.owner()]).toEqual([...before, undefined]);
  });

  test('refuses what was rejected', async () => {
    world.behaviour = 'is rejected';
    await world.start({ runId: 'third' });
    await expect(rollback('c-third')).rejects.toThrow('was never published');
  });

  test('refuses a certificate of another contract than the one that is released', async () => {
    world.released({ contractDigest: `sha256:${'d'.repeat(64)}` });
    await expect(rollback('c-first')).rejects.toThrow('of a different contract from the one that is released');
  });

  test('refuses what is masked otherwise now, whatever masks it: the class of a domain is in no contract', async () => {
    world.released({ masked: { 'orders.email': 'hash', 'totals.orders': 'none' } });
    await expect(rollback('c-first')).rejects.toThrow('published orders.email masked differently from now');
    expect([world.tables.get('orders_v1')?.Parameters?.['mesh.certificate-id'], await certificates(), world.owner()]).toEqual(['c-second', ['c-second'], undefined]);
  });

  test('leaves each table with how its rows are masked, then and now', async () => {
    world.masked = { 'orders.email': 'hash', 'totals.orders': 'none' };
    await world.start({ runId: 'third' });
    const told = (): (string | undefined)[] => ['orders_v1', 'totals_v1'].map((table) => world.tables.get(table)?.Parameters?.['mesh.maskings']);
    expect(told()).toEqual(['{"email":"hash"}', '{"orders":"none"}']);
    await rollback('c-first');
    expect(told()).toEqual(['{"email":"none"}', '{"orders":"none"}']);
    // Grants follow both times, and only then: of runs that mask alike nothing changes. What is shown again is closed before it is.
    const call = { action: 'follow', InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '' };
    expect(world.told.grants).toEqual([
      { call, waits: false, masked: '{"email":"hash"}', next: '' },
      { call, waits: true, masked: '{"email":"hash"}', next: '{"email":"none"}' },
    ]);
  });

  test('shows no column that was masked while grants cannot be told before', async () => {
    world.masked = { 'orders.email': 'hash', 'totals.orders': 'none' };
    await world.start({ runId: 'third' });
    const stood = [world.pointer('orders_v1'), world.pointer('totals_v1')];
    world.grantsFail = true;
    await expect(rollback('c-first')).rejects.toThrow('a column of sales/orders v1 is no longer masked, and it could not be closed to others before it is shown: the grants of sales/orders v1 could not be asked: the bindings cannot be read');
    expect([world.pointer('orders_v1'), world.pointer('totals_v1')]).toEqual(stood);
    await expect(handler({ ...ASKED, action: 'restore' }, {} as never)).rejects.toThrow('it could not be closed to others before it is shown');
    expect([world.pointer('orders_v1'), world.pointer('totals_v1')]).toEqual(stood);
    world.grantsFail = false;
    world.masked = { 'orders.email': 'none', 'totals.orders': 'none' };
    await world.start({ runId: 'fourth' });
    expect(world.told.grants.slice(-2).map(({ waits, masked, next }) => [waits, masked, next])).toEqual([[true, '{"email":"hash"}', '{"email":"none"}'], [true, '{"email":"hash"}', '{"email":"none"}']]);
    expect(world.tables.get('orders_v1')?.Parameters?.['mesh.run-id']).toBe('fourth');
  });

  test('refuses what a table no longer keeps', async () => {
    world.forget('totals_v1');
    await expect(rollback('c-first')).rejects.toThrow('sales.totals_v1 no longer keeps what it was then');
    expect(world.owner()).toBeUndefined();
  });

  test('refuses what was forgotten since, also where the table was gone back with and lists it again; what it keeps is told', async () => {
    await world.start({ runId: 'third' });
    world.forget('totals_v1', 1);
    expect(await certificates()).toEqual(['c-third', 'c-second']);
    await rollback('c-second');
    expect(world.snapshotsAt('totals_v1')).toHaveLength(2);
    expect(await certificates()).toEqual(['c-second']);
    await expect(rollback('c-first')).rejects.toThrow('sales.totals_v1 no longer keeps what it was then');
  });

  test('goes back further when a run that came behind a rollback has put away what was undone', async () => {
    await world.start({ runId: 'third' });
    await rollback('c-second');
    world.clock.now += MINUTE;
    world.behaviour = 'crashes';
    await world.start({ runId: 'fourth' });
    world.putAway('third');
    expect(await certificates()).toEqual(['c-second', 'c-first']);
    await rollback('c-first');
    expect([world.pointer('orders_v1'), world.pointer('totals_v1')]).toEqual(world.certifiedBy('first'));
  });

  test('tells the certificates that it would take, newest first, and none of another contract', async () => {
    await world.start({ runId: 'third' });
    expect((await choices())[2]).toEqual({ certificateId: 'c-first', runId: 'first', issuedAt: expect.stringMatching(/^\d{4}-.*Z$/) as string, verdict: 'certified', score: 97.5 });
    expect(await certificates()).toEqual(['c-third', 'c-second', 'c-first']);
    await rollback('c-second');
    expect(await certificates()).toEqual(['c-second', 'c-first']);
    world.released({ contractDigest: `sha256:${'d'.repeat(64)}` });
    expect(await certificates()).toEqual(['c-second']);
    expect(world.owner()).toBeUndefined();
  });

  test('leaves a product alone that is being run', async () => {
    world.dynamo.load([...world.dynamo.all().filter(({ sk }) => sk.S !== 'lock'), {
      pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, owner: { S: 'another' }, fence: { N: '7' }, runs: { N: '2' }, leaseUntil: { N: String(Date.now() + 60 * MINUTE) },
    }]);
    await expect(rollback('c-first')).rejects.toThrow('sales/orders v1 is being run');
    expect([world.owner(), world.item('lock')?.fence.N]).toEqual(['another', '7']);
  });

  test('that dies while it publishes is finished by the next run', async () => {
    const was = world.certifiedBy('first');
    let updates = 0;
    world.onUpdate = () => { if ((updates += 1) === 2) throw new Error('killed'); };
    await expect(rollback('c-first')).rejects.toThrow('killed');
    expect([world.pointer('orders_v1') === was[0], world.pointer('totals_v1') === was[1], world.states().at(-1)?.state]).toEqual([true, false, 'publishing']);
    world.onUpdate = () => {};
    world.behaviour = 'finds nothing new';
    world.clock.now += MINUTE;
    await world.start({ mode: 'delta' });
    expect([world.pointer('orders_v1'), world.pointer('totals_v1')]).toEqual(was);
    expect(world.states().map(({ state }) => state)).toEqual(['published', 'published', 'published', 'skipped']);
  });
});

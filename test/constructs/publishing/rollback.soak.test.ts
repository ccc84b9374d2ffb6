import { handler } from '../../../constructs/publishing/handler/index';
import { faultAtEveryCall } from '../../support/strict-mock';
import { PLACE, World } from '../orchestration/world';

const MINUTE = 60_000;

let world: World;
const rollback = (certificateId: string): Promise<unknown> =>
  handler({ action: 'rollback', InterfaceVersion: '1', Domain: PLACE.domain, Entity: PLACE.entity, Major: '1', Environment: '', certificateId }, {} as never);

beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  // The handler's time and that of the state machine are one.
  jest.spyOn(Date, 'now').mockImplementation(() => world.clock.now);
});

afterEach(() => jest.restoreAllMocks());

test('a rollback ends where it was asked to and is told once it is asked for again, whichever of its calls fails', async () => {
  const faults = await faultAtEveryCall(async (during) => {
    world = await World.deployed();
    for (const runId of ['first', 'second']) {
      await world.start({ runId });
      world.clock.now += MINUTE;
    }
    const was = world.certifiedBy('first');
    await during(() => rollback('c-first')).catch(() => undefined);
    // A lock that it could not give back is over by then.
    world.clock.now += 17 * MINUTE;
    await rollback('c-first').catch((error: Error) => { expect(error.message).toContain('is what is published now'); });
    expect([world.pointer('orders_v1'), world.pointer('totals_v1'), world.owner()]).toEqual([...was, undefined]);
    expect(world.states().filter(({ runId, state }) => runId.startsWith('rollback-') && state === 'published')).toHaveLength(1);
    expect([world.outbox(), JSON.stringify(world.told.events).includes('product.rolledBack')]).toEqual([0, true]);
  });
  expect(faults).toBeGreaterThanOrEqual(40);
}, 120_000);

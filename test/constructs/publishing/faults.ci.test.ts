import { faultAtEveryCall } from '../../support/strict-mock';
import { World } from '../orchestration/world';

beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
});

/** A run in which each call that one action of the publisher makes fails once, be it before or after it took effect; how many faults there were. */
async function faulty(action: string, run: (world: World) => Promise<void>): Promise<number> {
  return faultAtEveryCall(async (during) => {
    const world = await World.deployed();
    let first = true;
    world.around = (asked, work) => {
      if (asked !== action || !first) return work();
      first = false;
      return during(work);
    };
    await run(world);
    for (const [name, pointers] of world.certified) expect([name, pointers.has(world.pointer(name))]).toEqual([name, true]);
  });
}

describe('a call of the publisher that fails or is not answered', () => {
  test.each(['evict', 'resume', 'look', 'commit', 'publish', 'record'])('while it does %s is made again, and the run is published once', async (action) => {
    const faults = await faulty(action, async (world) => {
      const ended = await world.start({ runId: 'this' });
      expect([ended.status, ended.cause, world.states(), world.owner()]).toEqual(['SUCCEEDED', undefined, [{ runId: 'this', state: 'published' }], undefined]);
      expect([world.told.events.length, world.told.alerts]).toEqual([1, []]);
    });
    expect(faults).toBeGreaterThanOrEqual(4);
  });

  test('while it announces fails no run, is told, and is made up for by the next run', async () => {
    await faulty('announce', async (world) => {
      const ended = await world.start({ runId: 'this' });
      expect([ended.status, world.states(), world.owner()]).toEqual(['SUCCEEDED', [{ runId: 'this', state: 'published' }], undefined]);
      await world.start({ runId: 'next' });
      expect([world.outbox(), world.told.events.length >= 2, world.told.catalogue.length >= 2]).toEqual([0, true, true]);
    });
  });

  test('while it ends a run that failed is made again, or is made up for from outside', async () => {
    await faulty('fail', async (world) => {
      world.behaviour = 'crashes';
      const ended = await world.start({ runId: 'this' });
      expect([ended.status, world.owner()]).toEqual(['FAILED', undefined]);
      expect(world.told.alerts.length).toBeGreaterThanOrEqual(1);
      world.behaviour = 'publishes';
      expect((await world.start({ runId: 'next' })).status).toBe('SUCCEEDED');
    });
  });
});

import { runs } from '../../support/runs';
import { Stopped, TaskFailed } from '../../support/step-functions';
import { World } from './world';

/** Every state of the state machine that a run of its own enters. */
const ON_THE_WAY = ['Request', 'Is it one?', 'Acquire', 'Evict', 'Evicted?', 'Resume', 'Where it stands', 'Build', 'Look', 'Certify', 'Commit', 'Publish', 'Record', 'Announce', 'Release', 'Done'];
const TASKS = ['Acquire', 'Evict', 'Resume', 'Build', 'Look', 'Certify', 'Commit', 'Publish', 'Record', 'Announce', 'Release'];

/** A world with one run behind it. */
let past: World;
let world: World;

beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  past = await World.deployed();
  await past.start({ runId: 'before' });
});
beforeEach(() => { world = past.copy(); });

/** What has to hold at every moment, whatever was stopped or failed. */
function assertSound(): void {
  for (const [name, pointers] of world.certified) expect([name, pointers.has(world.pointer(name))]).toEqual([name, true]);
  expect([...world.writes].sort((a, b) => a - b)).toEqual(world.writes);
  expect(world.states()[0]).toEqual({ runId: 'before', state: 'published' });
}

/** The next execution finishes what was committed, and then publishes a run of its own. */
async function assertGoesOn(): Promise<void> {
  world.trouble = () => {};
  world.enter = () => {};
  // A lease that nobody gave back is over by then.
  world.clock.now += 16 * 60_000;
  const next = await world.start({ runId: 'next' });
  expect([next.status, next.cause]).toEqual(['SUCCEEDED', undefined]);
  assertSound();
  expect(world.states().at(-1)).toEqual({ runId: 'next', state: 'published' });
  expect(world.states().some(({ state }) => state === 'publishing')).toBe(false);
  expect(world.tables.get('orders_v1')?.Parameters?.['mesh.run-id']).toBe('next');
  expect([world.owner(), world.outbox()]).toEqual([undefined, 0]);
}

const state = (): string | undefined => world.states().find(({ runId }) => runId === 'this')?.state;

/** Once, at the n-th time that a state is entered. */
function stopAt(name: string, status: 'ABORTED' | 'TIMED_OUT'): void {
  let times = 0;
  world.enter = (entered) => {
    if (entered === name && (times += 1) === 1) throw new Stopped(status);
  };
}

const ENDS = ['ABORTED', 'TIMED_OUT'] as const;

type Stop = [end: (typeof ENDS)[number], name: string];

/** With how the execution ends there: by turns, and at length in both ways. */
const stops = (names: readonly string[], first: 0 | 1): Stop[] => names.flatMap((name, n) => (runs(1) > 1 ? ENDS : [ENDS[(first + n) % 2]]).map((end): Stop => [end, name]));

describe('an execution that is', () => {
  test.each(stops(ON_THE_WAY, 0))('%s before %s leaves everything sound, and the next one goes on', async (status, name) => {
    stopAt(name, status);
    const stopped = await world.start({ runId: 'this' });
    expect(stopped.status).toBe(status);
    assertSound();
    expect(world.owner()).toBeUndefined();
    await assertGoesOn();
  });

  test.each(stops(TASKS, 0))('%s after %s has taken effect leaves everything sound, and the next one goes on', async (status, name) => {
    world.trouble = (call, when) => {
      if (call.state === name && when === 'after') throw new Stopped(status);
    };
    await world.start({ runId: 'this' });
    assertSound();
    expect(world.owner()).toBeUndefined();
    await assertGoesOn();
  });

  test.each(stops(ON_THE_WAY, 1))('%s before %s and redriven publishes the same run', async (status, name) => {
    stopAt(name, status);
    const execution = await world.start({ runId: 'this' });
    await world.redrive(execution);
    expect([execution.status, execution.cause]).toEqual(['SUCCEEDED', undefined]);
    assertSound();
    expect([state(), world.owner()]).toEqual(['published', undefined]);
    expect(world.states()).toHaveLength(2);
    await assertGoesOn();
  });
});

describe('what is told of an end', () => {
  test.each(ON_THE_WAY.slice(ON_THE_WAY.indexOf('Acquire')))('once more, while the redriven execution is at %s, ends nothing of it', async (name) => {
    stopAt('Build', 'ABORTED');
    const execution = await world.start({ runId: 'this' });
    let told: Promise<void> | undefined;
    world.enter = (entered) => {
      if (entered === name) told ??= world.tellAgain();
    };
    world.around = async (action, work) => {
      if (action !== 'outside') await told;
      return work();
    };
    world.clock.now += 1000;
    await world.redrive(execution);
    await told;
    expect([execution.status, execution.cause]).toEqual(['SUCCEEDED', undefined]);
    expect([state(), world.owner()]).toEqual(['published', undefined]);
    assertSound();
  });
});

describe('a task that fails', () => {
  test.each(TASKS.flatMap((name) => (['before', 'after'] as const).map((when) => [name, when] as const)))('%s, %s its effect, leaves everything sound, and the next execution goes on', async (name, when) => {
    world.trouble = (call, at) => {
      if (call.state === name && at === when) throw new TaskFailed('States.TaskFailed', JSON.stringify({ errorMessage: 'no' }));
    };
    const ended = await world.start({ runId: 'this' });
    assertSound();
    if (['Announce', 'Release'].includes(name)) {
      expect([ended.status, state()]).toEqual(['SUCCEEDED', 'published']);
    } else {
      expect([ended.status, world.owner()]).toEqual(['FAILED', undefined]);
      expect(world.told.alerts).toHaveLength(1);
    }
    await assertGoesOn();
  });

  test.each(TASKS.filter((name) => !['Announce', 'Release'].includes(name)))('%s, is tried again when the execution is redriven, and publishes the same run', async (name) => {
    world.trouble = (call, at) => {
      if (call.state === name && at === 'before') throw new TaskFailed('States.TaskFailed', JSON.stringify({ errorMessage: 'no' }));
    };
    const execution = await world.start({ runId: 'this' });
    expect([execution.status, execution.error, execution.cause]).toEqual(['FAILED', 'RunFailed', expect.stringContaining('no')]);
    await world.redrive(execution);
    expect([execution.status, world.owner()]).toEqual(['FAILED', undefined]);
    world.trouble = () => {};
    await world.redrive(execution);
    expect([execution.status, state(), world.owner()]).toEqual(['SUCCEEDED', 'published', undefined]);
    assertSound();
  });

  test.each(TASKS)('%s, and the publisher cannot be reached either, is told by the state machine and ended from outside', async (name) => {
    world.trouble = (call, at) => {
      if (at === 'before' && (call.state === name || call.state === 'Fail the run')) throw new TaskFailed('States.TaskFailed', 'no');
    };
    await world.start({ runId: 'this' });
    assertSound();
    // A lock that could not be given back by a run that succeeded is left to its lease.
    if (name !== 'Release') expect(world.owner()).toBeUndefined();
    await assertGoesOn();
  });
});

describe('a service that is busy', () => {
  const BUSY: Readonly<Record<string, string>> = { Acquire: 'DynamoDB.ThrottlingException', Build: 'Glue.ConcurrentRunsExceededException', Certify: 'Glue.ThrottlingException', Release: 'DynamoDB.ThrottlingException' };

  test.each(TASKS)('is asked again at %s, and the run is published', async (name) => {
    let times = 0;
    world.trouble = (call, when) => {
      if (call.state === name && when === 'before' && (times += 1) <= 2) throw new TaskFailed(BUSY[name] ?? 'Lambda.TooManyRequestsException');
    };
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, state(), times]).toEqual(['SUCCEEDED', 'published', expect.any(Number)]);
    expect(times).toBeGreaterThanOrEqual(3);
    assertSound();
    expect(world.told.alerts).toEqual([]);
  });

  test.each(TASKS)('and whose answer is lost at %s changes nothing twice', async (name) => {
    let times = 0;
    world.trouble = (call, when) => {
      if (call.state === name && when === 'after' && (times += 1) === 1) throw new TaskFailed(BUSY[name] ?? 'Lambda.ServiceException');
    };
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, state()]).toEqual(['SUCCEEDED', 'published']);
    assertSound();
    await assertGoesOn();
  });
});

describe('every state', () => {
  test('that a run can enter is stopped at above', () => {
    const others = Object.keys(world.machine().definition.States).filter((name) => !ON_THE_WAY.includes(name));
    // Ways of not running, and of failing: their own tests are beside this one.
    expect(others.sort()).toEqual([
      'Bad request', 'Busy', 'Fail the run', 'Failed', 'Redriven?', 'Skip', 'Skipped', 'Tell of the failure', 'Tell of the outbox', 'Wait for jobs to stop', 'Wait for the lock',
    ]);
  });

  test.each(['Redriven?', 'Fail the run', 'Failed', 'Tell of the failure'])('of a run that fails may be stopped as well: %s', async (name) => {
    world.behaviour = 'crashes';
    world.trouble = (call) => {
      if (name === 'Tell of the failure' && call.state === 'Fail the run') throw new TaskFailed('States.TaskFailed', 'no');
    };
    stopAt(name, 'ABORTED');
    const stopped = await world.start({ runId: 'this' });
    expect(stopped.status).toBe('ABORTED');
    assertSound();
    expect(world.owner()).toBeUndefined();
    world.behaviour = 'publishes';
    await assertGoesOn();
  });
});

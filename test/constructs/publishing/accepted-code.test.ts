import { type Execution, TaskFailed } from '../../support/step-functions';
import { PACKAGE, sha256, World } from '../orchestration/world';

/** What the jobs of a later version of the library run. */
const NEWER = Buffer.from('the wheel of the version after');
const WHY = 'it writes e-mail addresses into its log';

let world: World;

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  world = await World.deployed();
});

const recorded = (): string[] => world.dynamo.all().map(({ sk }) => sk.S!).filter((sk) => sk.startsWith('code#'));

function assertFailed(ended: Execution, why: string): void {
  expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining(why)]);
  expect(world.told.alerts.at(-1)).toContain(why);
  expect(world.owner()).toBeUndefined();
}

describe('a product that is not deployed again when its foundation is', () => {
  test('goes on publishing with the code that it was released with', async () => {
    await world.start({ runId: 'before' });
    expect(recorded()).toEqual([`code#dp_sales_orders#v1#${sha256(PACKAGE)}`]);
    for (const accepts of [[NEWER], [Buffer.from('the one after that')]]) {
      world.foundation({ accepts });
      expect((await world.start()).status).toBe('SUCCEEDED');
    }
    expect(recorded()).toHaveLength(1);
  });

  test('is refused when its code is other than it was, whatever was recorded', async () => {
    await world.start({ runId: 'before' });
    world.foundation({ accepts: [NEWER] });
    world.code(Buffer.from('evil'));
    assertFailed(await world.start(), `is not code that the foundation accepts, or has accepted for an earlier release of the product (SHA-256 ${sha256(Buffer.from('evil'))})`);
    expect(world.states().map(({ state }) => state)).toEqual(['published', 'failed']);
  });

  test('is refused when nothing of it was recorded before, until the platform accepts its code once', async () => {
    world.foundation({ accepts: [NEWER] });
    assertFailed(await world.start(), 'what should run all the same, the platform team names in `acceptedCode`');
    expect(recorded()).toEqual([]);
    world.foundation({ accepts: [NEWER, PACKAGE] });
    expect((await world.start()).status).toBe('SUCCEEDED');
    world.foundation({ accepts: [NEWER] });
    expect((await world.start()).status).toBe('SUCCEEDED');
  });

  test('is recorded by what it publishes alone', async () => {
    world.enter = (state) => {
      // A run that was certified, of what is no table of the product.
      if (state === 'Commit') world.released({ tables: [] });
    };
    assertFailed(await world.start(), 'is not a table that was released and certified');
    expect(recorded()).toEqual([]);
  });

  test('is not recorded when its release goes meanwhile', async () => {
    const read = world.objects.get.bind(world.objects);
    jest.spyOn(world.objects, 'get').mockImplementation((url) => {
      if (url.endsWith('/jobs.whl')) world.dynamo.load(world.dynamo.all().filter(({ pk }) => pk.S !== 'releases'));
      return read(url);
    });
    assertFailed(await world.start(), 'sales/orders v1 has no release → deploy the product; its stack releases it');
    expect(recorded()).toEqual([]);
  });
});

describe('code that the platform refuses', () => {
  const refuses = { [sha256(PACKAGE)]: WHY };
  const refusal = `jobs.whl is code that the platform refuses: ${WHY} (SHA-256 ${sha256(PACKAGE)}) → deploy the product with the version of the library that its foundation has, then start a new run`;
  const pointers = (): string[] => ['orders_v1', 'totals_v1'].map((table) => world.pointer(table));

  beforeEach(async () => {
    await world.start({ runId: 'before' });
    // One of its files is.
    world.objects.set('s3://cdk-hnb659fds-assets-222222222222-eu-west-1/glue.py', { body: NEWER, modified: new Date(0) });
    world.foundation({ accepts: [NEWER] });
  });

  test.each<[string, readonly Buffer[]]>([['was recorded', [NEWER]], ['is that of the foundation itself', [NEWER, PACKAGE]]])('runs in no job, though it %s', async (_, accepts) => {
    world.foundation({ accepts, refuses });
    const before = pointers();
    const ended = await world.start({ runId: 'this' });
    assertFailed(ended, refusal);
    expect([ended.visited.includes('Build'), pointers(), world.states()]).toEqual([false, before, [{ runId: 'before', state: 'published' }]]);
  });

  test('publishes nothing of a run that was under way, before or after it was tried again', async () => {
    const before = pointers();
    world.enter = (state) => {
      if (state === 'Commit') world.foundation({ accepts: [NEWER, PACKAGE], refuses });
    };
    const ended = await world.start({ runId: 'this' });
    assertFailed(ended, refusal);
    expect([pointers(), world.states().at(-1)]).toEqual([before, { runId: 'this', state: 'failed' }]);
    assertFailed(await world.redrive(ended), refusal);
    expect(pointers()).toEqual(before);
  });

  test.each(['when it is redriven', 'by the next one, which is refused'])('takes back nothing: a run that was committed goes forward %s', async (how) => {
    world.trouble = ({ state }) => { if (state === 'Publish') throw new TaskFailed('Lambda.Unknown', 'nobody answers'); };
    const ended = await world.start({ runId: 'this' });
    expect([ended.status, world.states().at(-1)]).toEqual(['FAILED', { runId: 'this', state: 'publishing' }]);
    world.trouble = () => {};
    world.foundation({ accepts: [NEWER], refuses });
    if (how === 'when it is redriven') expect((await world.redrive(ended)).status).toBe('SUCCEEDED');
    else assertFailed(await world.start({ runId: 'next' }), refusal);
    expect(world.states()).toEqual([{ runId: 'before', state: 'published' }, { runId: 'this', state: 'published' }]);
  });

  test('is done with once the product is deployed with other code', async () => {
    world.foundation({ accepts: [NEWER], refuses });
    world.code(NEWER);
    expect((await world.start()).status).toBe('SUCCEEDED');
  });
});

import { faultAtEveryCall } from '../../support/strict-mock';
import { LISTED, plan, World } from './world';

// Each scenario runs a hundred times.
jest.setTimeout(120_000);

let world: World;

beforeEach(() => {
  for (const level of ['log', 'warn', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
  world = World.start();
});
afterEach(() => { jest.restoreAllMocks(); });

describe('a fault at any call', () => {
  const settled = (aws: World['aws']): unknown => ({
    listed: aws.listed(), products: aws.products.map((product) => aws.form(product, 'MeshContract')), sources: aws.sources.map(({ name, filters }) => [name, filters]),
    assets: aws.assets.map((asset) => [aws.latest(asset).name, aws.latest(asset).forms.map(({ formName }) => formName)]), quality: aws.quality.length, lineage: aws.lineage.length,
  });

  test('of a deployment leaves what the next deployment puts right', async () => {
    let wanted: unknown;
    const faults = await faultAtEveryCall(async (during) => {
      world = World.start();
      await world.publish();
      const properties = world.asked(plan());
      await during(() => world.cloudFormation.deploy({ Catalogue: properties })).catch(() => undefined);
      await world.deploy(plan('active', { product: { ...plan().product, version: '1.0.1' } }));
      wanted ??= settled(world.aws);
      expect(settled(world.aws)).toEqual(wanted);
      expect(world.aws.listed()).toEqual(LISTED);
    });
    expect(faults).toBeGreaterThan(60);
  });

  test('of an announcement is put right when it is told again', async () => {
    let wanted: unknown;
    await faultAtEveryCall(async (during) => {
      world = World.start();
      await world.deploy(plan());
      const runId = await world.publish();
      await during(() => world.announce(runId)).catch(() => undefined);
      await world.announce(runId);
      wanted ??= settled(world.aws);
      expect(settled(world.aws)).toEqual(wanted);
      expect(world.aws.listed()).toEqual(LISTED);
      expect([world.aws.quality.length, world.aws.lineage.length]).toEqual([1, 1]);
    });
  });

  test('of a deletion is put right when it is asked again', async () => {
    await faultAtEveryCall(async (during) => {
      world = World.start();
      await world.publish();
      await world.deploy(plan());
      await during(() => world.cloudFormation.destroy()).catch(() => undefined);
      await world.cloudFormation.destroy();
      expect([world.aws.products, world.aws.assets, world.aws.sources, world.aws.listed()]).toEqual([[], [], [], {}]);
    });
  });
});

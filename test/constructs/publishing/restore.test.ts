import { handler } from '../../../constructs/publishing/handler/index';
import { PLACE, World } from '../orchestration/world';

const ASKED = { action: 'restore', InterfaceVersion: '1', Domain: PLACE.domain, Entity: PLACE.entity, Major: '1', Environment: '' };
const MINUTE = 60_000;
const BOTH = ['sales.orders_v1', 'sales.totals_v1'];

let world: World;
const restore = (): Promise<unknown> => handler(ASKED, {} as never);
/** Somebody with a console changes what a table's entry says. */
const meddle = (table: string, parameters: Record<string, string>): void => { world.tables.get(table)!.Parameters = parameters; };
const moved = (table: string, to: string): void => meddle(table, { ...world.tables.get(table)!.Parameters, metadata_location: to });
const pointers = (): string[] => [world.pointer('orders_v1'), world.pointer('totals_v1')];
/** A metadata file beside that of a table, with another body. */
const beside = (table: string, change: (body: string) => string): string => {
  const location = world.pointer(table), other = location.replace('.metadata.json', '-other.metadata.json');
  world.objects.set(other, { body: Buffer.from(change(world.objects.get(location)!.body.toString())), modified: new Date(world.clock.now) });
  return other;
};

beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => {});
  world = await World.deployed();
  jest.spyOn(Date, 'now').mockImplementation(() => world.clock.now);
  for (const runId of ['first', 'second']) {
    await world.start({ runId });
    world.clock.now += MINUTE;
  }
});

afterEach(() => jest.restoreAllMocks());

describe('a restoration', () => {
  test.each<[string, (table: string) => void]>([
    ['moved to where nothing is', (table) => moved(table, 's3://elsewhere/x.metadata.json')],
    ['moved to an earlier publication', (table) => moved(table, world.certifiedBy('first')[table === 'orders_v1' ? 0 : 1])],
    ['moved to what nobody has certified', (table) => moved(table, beside(table, (body) => body.replace(/"current-snapshot-id":\d+/, '"current-snapshot-id":1')))],
    ['moved to another table\'s metadata', (table) => moved(table, beside(table, (body) => body.replace('_v1-uuid', '_v2-uuid')))],
    ['lost, with all else that its entry says', (table) => meddle(table, { previous_metadata_location: 'none' })],
  ])('points a table back whose pointer was %s, with the words of its certificate', async (_, change) => {
    const was = pointers();
    // As the deployment has marked it.
    const said = { ...world.tables.get('orders_v1')!.Parameters, 'mesh.product': 'dp_sales_orders', 'mesh.major': '1' };
    meddle('orders_v1', said);
    change('orders_v1');
    expect(await restore()).toEqual({ runId: 'second', certificateId: 'c-second', restored: [BOTH[0]], stood: [BOTH[1]] });
    expect(pointers()).toEqual(was);
    expect(world.tables.get('orders_v1')!.Parameters).toEqual({ ...said, previous_metadata_location: expect.any(String) as string });
    expect(world.owner()).toBeUndefined();
  });

  test('changes nothing where everything stands, however often it is asked', async () => {
    const before = JSON.stringify([...world.tables]);
    const runs = world.states();
    for (let n = 0; n < 2; n += 1) expect(await restore()).toEqual({ runId: 'second', certificateId: 'c-second', restored: [], stood: BOTH });
    expect([JSON.stringify([...world.tables]), world.states()]).toEqual([before, runs]);
  });

  test('leaves the columns that a deployment has given to the same rows since', async () => {
    const evolved = beside('orders_v1', (body) => body.replace('"current-schema-id":0', '"current-schema-id":1'));
    moved('orders_v1', evolved);
    expect(await restore()).toMatchObject({ restored: [] });
    expect(world.pointer('orders_v1')).toBe(evolved);
    meddle('orders_v1', { table_type: 'ICEBERG', metadata_location: evolved });
    expect(await restore()).toMatchObject({ restored: [BOTH[0]] });
    expect(world.tables.get('orders_v1')!.Parameters).toMatchObject({ 'metadata_location': evolved, 'mesh.certificate-id': 'c-second' });
  });

  test('goes back to what a rollback has published', async () => {
    await handler({ ...ASKED, action: 'rollback', certificateId: 'c-first' }, {} as never);
    const was = pointers();
    for (const table of ['orders_v1', 'totals_v1']) moved(table, 's3://elsewhere/x.metadata.json');
    expect(await restore()).toMatchObject({ certificateId: 'c-first', restored: BOTH });
    expect(pointers()).toEqual(was);
  });

  test('finishes a run that could not be published because a pointer was moved, and announces it', async () => {
    world.enter = (state) => { if (state === 'Publish') moved('totals_v1', 's3://elsewhere/x.metadata.json'); };
    const ended = await world.start({ runId: 'third' });
    expect([ended.status, ended.cause]).toEqual(['FAILED', expect.stringContaining('have the publisher restore the product')]);
    world.enter = () => {};
    world.clock.now += MINUTE;
    expect(await restore()).toEqual({ runId: 'third', certificateId: 'c-third', restored: [BOTH[1]], stood: [BOTH[0]] });
    expect(pointers()).toEqual(world.certifiedBy('third'));
    expect([world.states().at(-1), world.owner(), world.outbox()]).toEqual([{ runId: 'third', state: 'published' }, undefined, 0]);
    expect((await world.start({ runId: 'fourth' })).status).toBe('SUCCEEDED');
  });

  test('is followed by runs as if nothing had been moved', async () => {
    moved('orders_v1', 's3://elsewhere/x.metadata.json');
    await restore();
    expect((await world.start({ runId: 'third' })).status).toBe('SUCCEEDED');
  });

  test('that dies between two tables is asked again', async () => {
    const was = pointers();
    for (const table of ['orders_v1', 'totals_v1']) moved(table, 's3://elsewhere/x.metadata.json');
    let updates = 0;
    world.onUpdate = () => { if ((updates += 1) === 2) throw new Error('killed'); };
    await expect(restore()).rejects.toThrow('killed');
    expect([pointers()[0] === was[0], pointers()[1] === was[1], world.owner()]).toEqual([true, false, undefined]);
    world.onUpdate = () => {};
    expect(await restore()).toMatchObject({ restored: [BOTH[1]], stood: [BOTH[0]] });
  });

  test('says that the files have to come back first, where they are gone', async () => {
    const location = world.pointer('orders_v1');
    const file = world.objects.get(location)!;
    world.objects.delete(location);
    await expect(restore()).rejects.toThrow('bring the object back from its older versions');
    world.objects.set(location, file);
    expect(await restore()).toMatchObject({ stood: BOTH });
  });

  test.each<[string, string, () => void]>([
    ['what is not at the snapshot that was certified', 'the certified one of sales.orders_v1 is', () => {
      const location = world.pointer('orders_v1');
      world.objects.set(location, { body: Buffer.from(world.objects.get(location)!.body.toString().replace(/"current-snapshot-id":\d+/, '"current-snapshot-id":1')), modified: new Date(0) });
    }],
    ['a location outside of the product\'s tables', 'is not among the product\'s own tables', () => rewrite('-sales-orders-v1-curated/', '-sales-payments-v1-curated/')],
    ['a table that the catalogue has lost', 'sales.orders_v1 is not in the Glue Data Catalog', () => world.tables.delete('orders_v1')],
    ['a product that has no release', 'sales/orders v1 has no release', () => world.dynamo.load(world.dynamo.all().filter(({ release }) => release === undefined))],
    ['a product that was never published', 'sales/orders v1 was never published', () => world.dynamo.load(world.dynamo.all().filter(({ sk }) => !sk.S!.startsWith('run#')))],
    ['a product that is being run', 'sales/orders v1 is being run', () => world.dynamo.load([...world.dynamo.all().filter(({ sk }) => sk.S !== 'lock'), {
      pk: { S: 'dp_sales_orders#v1' }, sk: { S: 'lock' }, owner: { S: 'another' }, fence: { N: '7' }, runs: { N: '2' }, leaseUntil: { N: String(Date.now() + 60 * MINUTE) },
    }])],
  ])('refuses %s, and moves no pointer', async (_, why, change) => {
    moved('totals_v1', 's3://elsewhere/x.metadata.json');
    change();
    await expect(restore()).rejects.toThrow(why);
    expect(world.pointer('totals_v1')).toBe('s3://elsewhere/x.metadata.json');
  });

  test('is refused of another domain\'s product', async () => {
    await expect(handler({ ...ASKED, Domain: 'crm' }, {} as never)).rejects.toThrow('this is the foundation of sales, the product is of crm');
  });
});

/** What the last certificate says, otherwise. */
function rewrite(from: string, to: string): void {
  world.dynamo.load(world.dynamo.all().map((item) => (item.sk.S === 'run#000000000002' ? JSON.parse(JSON.stringify(item).replaceAll(from, to)) as typeof item : item)));
}

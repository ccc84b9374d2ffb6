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

import * as fs from 'node:fs';
import * as path from 'node:path';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { probe } from '../../../constructs/publishing/handler/probe';
import { releaseOf, writeRelease } from '../../../constructs/publishing/handler/release';
import { RunTable } from '../../../constructs/run-log/run-table';
import { type Plan } from '../../../lib/plan/plan-schema';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const plan = JSON.parse(fs.readFileSync(path.join(__dirname, '../../plan/smallest.plan.json'), 'utf8')) as Plan;
const DAY = 86_400;
const dynamodb = strictMock(DynamoDBClient, 'dynamodb');
const cloudwatch = strictMock(CloudWatchClient, 'cloudwatch');
const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };

let table: RunTable;

beforeEach(() => {
  dynamodb.reset();
  cloudwatch.reset();
  new MemoryDynamoDb('mesh-sales-runs').answer(dynamodb);
  cloudwatch.on(PutMetricDataCommand).resolves({});
  table = new RunTable(new DynamoDBClient(settings), 'mesh-sales-runs');
});

async function release(entity: string, freshnessSeconds: number | null): Promise<void> {
  const of: Plan = { ...plan, sla: { ...plan.sla, freshnessSeconds } };
  await writeRelease(table, { ...place, entity }, releaseOf({ ...place, entity }, of, 's3://assets/plan.json', {} as never, 'stack|Release'), []);
}

async function run(entity: string, sequence: number, state: string, issuedAt?: string): Promise<void> {
  await table.put({ pk: `dp_sales_${entity}#v1`, sk: `run#${String(sequence).padStart(12, '0')}` }, {
    generation: 'g', runId: `full-${sequence}`, mode: 'full', state, planDigest: 'x', startedAt: '2030-01-01T00:00:00+00:00', fence: 1, certificate: issuedAt === undefined ? null : JSON.stringify({ issuedAt }),
  });
}

const probed = (): unknown => cloudwatch.commandCalls(PutMetricDataCommand).flatMap(({ args }) => args[0].input.MetricData ?? [])
  .map(({ MetricName, Dimensions, Value }) => [MetricName, Dimensions?.map((each) => each.Value), Value]);

test('measures the hours since the last publication of products with a promise of more than a week', async () => {
  await release('orders', 31 * DAY);
  await run('orders', 1, 'published', '2030-01-01T06:00:00Z');
  await run('orders', 2, 'rejected', '2030-01-05T06:00:00Z');
  await release('payments', 6 * 3600);
  await run('payments', 1, 'published', '2030-01-01T06:00:00Z');
  await release('returns', null);
  const now = Date.parse('2030-01-09T06:30:00Z');
  expect(await probe({ table, cloudwatch: new CloudWatchClient(settings), now: () => now }, place)).toEqual({ probed: 1 });
  expect(probed()).toEqual([['HoursSincePublished', ['sales', 'sales/orders-v1'], 192.5]]);
});

test('measures how long deprecated versions are still there, and only those', async () => {
  const ends = (entity: string, status: Plan['product']['status']): Promise<void> => {
    const of: Plan = { ...plan, product: { ...plan.product, status }, catalogue: { ...plan.catalogue, endOfLife: '2030-02-08' } };
    return writeRelease(table, { ...place, entity }, releaseOf({ ...place, entity }, of, 's3://assets/plan.json', {} as never, 'stack|Release'), []);
  };
  await ends('orders', 'deprecated');
  await ends('payments', 'active');
  const now = Date.parse('2030-01-09T12:00:00Z');
  expect(await probe({ table, cloudwatch: new CloudWatchClient(settings), now: () => now }, place)).toEqual({ probed: 1 });
  expect(probed()).toEqual([['DaysToEndOfLife', ['sales', 'sales/orders-v1'], 29.5]]);
});

test('fails with any of its calls, so that it is asked again, and measures nothing that is not so', async () => {
  await release('orders', 31 * DAY);
  await run('orders', 1, 'published', '2030-01-01T06:00:00Z');
  const hourly = (): Promise<unknown> => probe({ table, cloudwatch: new CloudWatchClient(settings), now: () => Date.parse('2030-01-09T06:30:00Z') }, place);
  const ends: unknown[] = [];
  const faults = await faultAtEveryCall(async (during) => {
    ends.push(await during(hourly).catch(() => 'failed'));
    expect(await hourly()).toEqual({ probed: 1 });
  });
  expect(ends).toEqual([{ probed: 1 }, ...Array.from({ length: faults }, () => 'failed')]);
  expect(faults).toBeGreaterThanOrEqual(6);
  for (const measured of probed() as unknown[]) expect(measured).toEqual(['HoursSincePublished', ['sales', 'sales/orders-v1'], 192.5]);
});

test('measures nothing of a product that was never published: missing data breaks its promise', async () => {
  await release('orders', 31 * DAY);
  await run('orders', 1, 'failed');
  expect(await probe({ table, cloudwatch: new CloudWatchClient(settings), now: () => 0 }, place)).toEqual({ probed: 0 });
  expect(probed()).toEqual([]);
});

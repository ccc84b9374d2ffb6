import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { Trail } from '../../../constructs/handlers/trail';
import { alarmName, watchesOf } from '../../../constructs/monitoring/watches';
import { inspectAlarms } from '../../../constructs/publishing/handler/inspect-alarms';
import { releaseOf, writeRelease } from '../../../constructs/publishing/handler/release';
import { RunTable } from '../../../constructs/run-log/run-table';
import { type AlarmsInspection } from '../../../lib/plan/inspection';
import { type Plan } from '../../../lib/plan/plan-schema';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const smallest = JSON.parse(fs.readFileSync(path.join(__dirname, '../../plan/smallest.plan.json'), 'utf8')) as Plan;
const plan: Plan = { ...smallest, product: { ...smallest.product, status: 'active' }, sla: { ...smallest.sla, availabilityPercent: 99.5, paths: { freshness: 'slaProperties[0]', availability: 'slaProperties[1]' } } };
const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };
const [dynamodb, s3, cloudwatch, cloudtrail] = [strictMock(DynamoDBClient, 'dynamodb'), strictMock(S3Client, 's3'), strictMock(CloudWatchClient, 'cloudwatch'), strictMock(CloudTrailClient, 'cloudtrail')];
const BY_HAND = { at: '2026-11-27T10:00:00.000Z', event: 'PutMetricAlarm', principal: 'arn:aws:sts::111122223333:assumed-role/Admin/jane', sourceIdentity: null };

let alarms: Map<string, MetricAlarm>;

/** As CloudFormation has made them from the template. */
function made(): Map<string, MetricAlarm> {
  return new Map(watchesOf(plan).map(({ id, threshold, comparison, periods, periodSeconds, missing, watched }) => {
    const AlarmName = alarmName(place, id);
    const metric = { Namespace: 'Mesh', MetricName: watched };
    return [AlarmName, {
      AlarmName, ComparisonOperator: comparison, EvaluationPeriods: periods, TreatMissingData: missing, ActionsEnabled: true, AlarmActions: ['arn:aws:sns:eu-west-1:111122223333:mesh-sales-orders-v1-owner'],
      ...(watched === 'publications' || threshold === null
        ? { Metrics: [{ Id: 'e1', Expression: 'e' }, { Id: 'm1', MetricStat: { Metric: metric, Period: periodSeconds, Stat: 'Sum' } }] }
        : { Period: periodSeconds, ...metric }),
      ...(threshold === null ? { ThresholdMetricId: 'e1' } : { Threshold: threshold }),
    }];
  }));
}

async function inspected(): Promise<AlarmsInspection> {
  return inspectAlarms({ table: new RunTable(new DynamoDBClient(settings), 'mesh-sales-runs'), s3: new S3Client(settings), cloudwatch: new CloudWatchClient(settings) }, place, new Trail(new CloudTrailClient(settings), place, []));
}

async function release(of: Plan): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(of));
  const url = `s3://cdk-hnb659fds-assets-111122223333-eu-west-1/${createHash('sha256').update(bytes).digest('hex')}.json`;
  s3.on(GetObjectCommand).callsFake(() => ({ Body: Object.assign(Uint8Array.from(bytes), { transformToByteArray: () => Promise.resolve(bytes) }) }));
  await writeRelease(new RunTable(new DynamoDBClient(settings), 'mesh-sales-runs'), place, releaseOf(place, of, url, {} as never, 'stack|Release'), []);
}

beforeEach(async () => {
  for (const mock of [dynamodb, s3, cloudwatch, cloudtrail]) mock.reset();
  new MemoryDynamoDb('mesh-sales-runs').answer(dynamodb);
  cloudwatch.on(DescribeAlarmsCommand).callsFake(({ AlarmNames }: { AlarmNames: string[] }) => ({ MetricAlarms: AlarmNames.flatMap((name) => alarms.get(name) ?? []) }));
  cloudtrail.on(LookupEventsCommand).callsFake(({ LookupAttributes: [{ AttributeValue }] }: { LookupAttributes: { AttributeValue: string }[] }) => ({
    Events: AttributeValue !== BY_HAND.event ? [] : [{
      EventName: BY_HAND.event, EventTime: new Date(BY_HAND.at),
      CloudTrailEvent: JSON.stringify({ userIdentity: { type: 'AssumedRole', arn: BY_HAND.principal }, requestParameters: { alarmName: 'mesh-sales-orders-v1-availability', threshold: 50 } }),
    }],
  }));
  alarms = made();
  await release(plan);
});

/** Changes one alarm by hand. */
function byHand(id: string, change: Partial<MetricAlarm>): void {
  const name = alarmName(place, id);
  alarms.set(name, { ...alarms.get(name), ...change });
}

test('alarms that are as the plan asks have no differences', async () => {
  expect(await inspected()).toEqual({
    contract: plan.digests.contract, version: '1.0.0', alarms: watchesOf(plan).length, differences: [], trail: 'CloudTrail of 111122223333 in eu-west-1, which keeps 90 days',
  });
});

test('a threshold that somebody changed is told, with who it was and where the contract says it', async () => {
  byHand('Availability', { Threshold: 50 });
  expect((await inspected()).differences).toEqual([{ what: 'the alarm mesh-sales-orders-v1-availability has the threshold 50 instead of 99.5', part: 'slaProperties[1]', by: BY_HAND }]);
});

test.each<[what: string, id: string, change: Partial<MetricAlarm>, said: string]>([
  ['looks back over another time', 'Freshness', { EvaluationPeriods: 300 }, 'has periods in number 300 instead of 72'],
  ['takes missing data for good', 'Freshness', { TreatMissingData: 'notBreaching' }, 'has missing data as notBreaching instead of breaching'],
  ['tells nobody', 'Failed', { ActionsEnabled: false }, 'notifies nobody when it goes off'],
  ['compares the other way', 'Score', { ComparisonOperator: 'GreaterThanThreshold' }, 'has the comparison GreaterThanThreshold instead of LessThanThreshold'],
])('an alarm that %s is told', async (_, id, change, said) => {
  byHand(id, change);
  expect((await inspected()).differences.map(({ what }) => what)).toContain(`the alarm ${alarmName(place, id)} ${said}`);
});

test('an alarm that is gone is told, though the trail may not be read', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  alarms.delete('mesh-sales-orders-v1-freshness');
  cloudtrail.on(LookupEventsCommand).rejects(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }));
  expect((await inspected()).differences).toEqual([{ what: 'the alarm mesh-sales-orders-v1-freshness is gone', part: 'slaProperties[0]', by: null }]);
});

test('a call that fails is told, never an alarm that is as the plan asks; without the trail, only who it was is not known', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  byHand('Availability', { Threshold: 50 });
  const what = ['the alarm mesh-sales-orders-v1-availability has the threshold 50 instead of 99.5'];
  const ends: string[] = [];
  const faults = await faultAtEveryCall(async (during) => {
    const ended = await during(inspected).catch((error: Error) => error.message);
    if (typeof ended !== 'string') expect([ended.alarms, ended.differences.map((each) => each.what)]).toEqual([watchesOf(plan).length, what]);
    ends.push(typeof ended === 'string' ? ended.replace(/ was (refused|not answered).*/s, '') : `by ${ended.differences[0].by?.principal ?? 'nobody known'}`);
  });
  const failed = (call: string): string[] => [call, call];
  expect([ends.length, ends[0], [...new Set(ends)].sort()]).toEqual([faults + 1, `by ${BY_HAND.principal}`, [...new Set([`by ${BY_HAND.principal}`, 'by nobody known', ...failed('DescribeAlarms'), ...failed('GetItem'), ...failed('GetObject')])].sort()]);
});

test('a retired product has none, and one that is not deployed cannot be looked at', async () => {
  await release({ ...plan, product: { ...plan.product, status: 'retired' } });
  expect(await inspected()).toMatchObject({ alarms: 0, differences: [] });
  await expect(inspectAlarms({ table: new RunTable(new DynamoDBClient(settings), 'mesh-sales-runs'), s3: new S3Client(settings), cloudwatch: new CloudWatchClient(settings) }, { ...place, entity: 'returns' }, new Trail(new CloudTrailClient(settings), place, [])))
    .rejects.toThrow('no release of sales/returns v1 is deployed → deploy the product');
});

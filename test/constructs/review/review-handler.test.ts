import { createHash } from 'node:crypto';
import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { handler } from '../../../constructs/review/handler/index';
import { type ReviewedProducts } from '../../../constructs/review/reviewed-product';
import { slaShape } from '../../../lib/cli/json-shapes';
import { type SlaReport } from '../../../lib/plan/sla-review/report';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';

const PLACE: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1',
};
const promised = {
  product: 'dp_sales_orders', title: 'Orders', domain: 'sales', entity: 'orders', major: 1, environment: null, owner: 'orders-owner@shoply.com', status: 'active',
  freshnessSeconds: 86_400, availabilityPercent: 90, feedback: [], supersededBy: null, endOfLife: null,
};
const PRODUCTS: ReviewedProducts = {
  mesh: 'shop',
  products: [
    { place: PLACE, promised, tables: ['sales.orders_v1', 'sales.totals_v1'] },
    { place: { ...PLACE, domain: 'web_shop', entity: 'visits', account: '333333333333', region: 'eu-central-1' }, promised: { ...promised, product: 'dp_web_shop_visits', domain: 'web_shop', entity: 'visits' }, tables: ['web_shop.visits_v1'] },
  ],
};
const BYTES = Buffer.from(JSON.stringify(PRODUCTS));
const DAY = 86_400_000;
const NOW = Date.parse('2030-02-02T04:00:00Z');

const cloudwatch = strictMock(CloudWatchClient, 'cloudwatch');
const s3 = strictMock(S3Client, 's3');
const sns = strictMock(SNSClient, 'sns');
const stored = (name: string): string => {
  const found = s3.commandCalls(PutObjectCommand).map(({ args: [{ input }] }) => input).find(({ Key }) => Key === `sla/2030-01/${name}`);
  return found?.Body as string;
};
const report = (): SlaReport => JSON.parse(stored('report.json')) as SlaReport;
const bodyOf = (bytes: Buffer): never => Object.assign(new Uint8Array(bytes), { transformToByteArray: () => Promise.resolve(bytes), transformToString: () => Promise.resolve(bytes.toString()) }) as never;

beforeEach(() => {
  jest.useFakeTimers({ now: NOW, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] });
  process.env.AWS_REGION = 'eu-west-1';
  process.env.MESH_PLACE = JSON.stringify({ ...PLACE, domain: 'platform', account: '111111111111' });
  process.env.PRODUCTS_URL = 's3://cdk-hnb659fds-assets-111111111111-eu-west-1/products.json';
  process.env.PRODUCTS_DIGEST = createHash('sha256').update(BYTES).digest('hex');
  process.env.PLATFORM_TOPIC = 'arn:aws:sns:eu-west-1:111111111111:mesh-platform-reviews';
  process.env.REPORTS_BUCKET = 'shop-111111111111-eu-west-1-reviews';
  delete process.env.USAGE_BUCKET;
  for (const mock of [cloudwatch, s3, sns]) mock.reset();
  s3.on(GetObjectCommand).callsFake(() => ({ Body: bodyOf(BYTES) }));
  s3.on(PutObjectCommand).resolves({});
  sns.on(PublishCommand).resolves({ MessageId: '1' });
  // Orders are published each day at six with data of that hour, but not on the tenth; a run failed there. Visits never are.
  cloudwatch.on(GetMetricDataCommand).callsFake(({ MetricDataQueries, NextToken }: { MetricDataQueries: { Id: string; AccountId: string }[]; NextToken?: string }) => {
    if (MetricDataQueries[0].AccountId !== '222222222222') return { MetricDataResults: [] };
    const days = Array.from({ length: 33 }, (_, n) => Date.parse('2029-12-31T06:00:00Z') + n * DAY).filter((at) => new Date(at).getUTCDate() !== 10 || new Date(at).getUTCMonth() !== 0);
    // In two pages.
    const [Timestamps, more] = NextToken === undefined ? [days.slice(0, 20), 'more'] : [days.slice(20), undefined];
    return {
      NextToken: more,
      MetricDataResults: [
        { Id: 'score0', Timestamps: Timestamps.map((at) => new Date(at)), Values: Timestamps.map(() => 95) }, { Id: 'age0', Timestamps: Timestamps.map((at) => new Date(at)), Values: Timestamps.map(() => 0) },
        ...(NextToken === undefined ? [{ Id: 'failed0', Timestamps: [new Date('2030-01-10T06:00:00Z'), new Date('2030-01-11T06:00:00Z')], Values: [2, 0] }] : []),
      ],
    };
  });
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => jest.useRealTimers());

describe('the monthly review', () => {
  test('stores what mesh sla prints, of the month before, and tells each domain of its own products', async () => {
    expect(await handler({})).toEqual({ month: '2030-01', products: 2, broken: 0, told: 2 });
    expect(slaShape.safeParse(report()).error).toBeUndefined();
    const [orders, visits] = report().products;
    expect([orders.verdict, orders.freshness.publications, orders.quality.least, orders.usage]).toEqual(['kept', 30, 95, null]);
    // A day without fresh data, out of 31; what stood when the month began counts until the first publication.
    expect(orders.availability.percent).toBe(Math.round(1e4 * 30 / 31) / 100);
    expect(orders.incidents).toEqual([{ at: '2030-01-10T06:00:00.000Z', kind: 'failed', count: 2, message: null }]);
    expect(visits.verdict).toBe('nothing published');
    const told = sns.commandCalls(PublishCommand).map(({ args: [{ input }] }) => [input.TopicArn, input.Subject, input.Message?.includes('sales/orders'), input.Message?.includes('web_shop/visits')]);
    expect(told).toEqual([
      ['arn:aws:sns:eu-west-1:111111111111:mesh-sales-owners', 'Service levels of sales, 2030-01', true, false],
      ['arn:aws:sns:eu-west-1:111111111111:mesh-web-shop-owners', 'Service levels of web_shop, 2030-01', false, true],
      ['arn:aws:sns:eu-west-1:111111111111:mesh-platform-reviews', 'Service levels of shop, 2030-01', true, true],
    ]);
    expect(stored('report.md')).toContain('| sales/orders v1 | kept |');
  });

  test('asks each region for the metrics of accounts in it, by five minutes and with what stood before the month', async () => {
    await handler({ month: '2030-01' });
    const asked = cloudwatch.commandCalls(GetMetricDataCommand).map(({ args: [{ input }] }) => input);
    expect(new Set(asked.map(({ MetricDataQueries }) => MetricDataQueries![0].AccountId))).toEqual(new Set(['222222222222', '333333333333']));
    expect(asked[0].MetricDataQueries!.slice(0, 3).map(({ MetricStat }) => [MetricStat!.Metric!.Namespace, MetricStat!.Metric!.MetricName, MetricStat!.Period])).toEqual([
      ['Mesh', 'Score', 300], ['Mesh', 'FreshnessSeconds', 300], ['AWS/States', 'ExecutionsFailed', 3600],
    ]);
    expect([asked[0].StartTime, asked[0].EndTime]).toEqual([new Date('2029-12-04T00:00:00Z'), new Date('2030-02-01T00:00:00Z')]);
  });

  test('shows a month and stores and tells nothing where mesh sla asks; what is older than nine weeks is known by the hour', async () => {
    expect(await handler({ month: '2029-10', action: 'show' })).toMatchObject({ month: '2029-10', mesh: 'shop', products: [{ product: 'dp_sales_orders' }, { product: 'dp_web_shop_visits' }] });
    expect([s3.commandCalls(PutObjectCommand), sns.commandCalls(PublishCommand)]).toEqual([[], []]);
    const periods = cloudwatch.commandCalls(GetMetricDataCommand).flatMap(({ args: [{ input }] }) => input.MetricDataQueries!.map(({ MetricStat }) => MetricStat?.Period));
    expect(new Set(periods)).toEqual(new Set([3600]));
  });

  test('counts reads of a month by what the trail has answered last of it, of all tables of a product', async () => {
    process.env.USAGE_BUCKET = 'shop-111111111111-eu-west-1-audit-results';
    process.env.USAGE_PREFIX = 'usage/';
    const row = (month: string, table: string, reads: number): string => `"${month}","sales","${table}","role/analyst, ""the first""","444444444444","${reads}","2","x"`;
    const csv = ['"month","database_name","table_name","consumer","consumer_account","reads","days","last_read_at"', row('2030-01', 'orders_v1', 3), row('2030-01', 'totals_v1', 4), row('2030-02', 'orders_v1', 9), ''].join('\n');
    s3.on(ListObjectsV2Command).resolves({
      Contents: [
        { Key: 'usage/old.csv', LastModified: new Date(NOW - 70 * 3_600_000) }, { Key: 'usage/new.csv', LastModified: new Date(NOW - 3_600_000) }, { Key: 'usage/new.csv.metadata', LastModified: new Date(NOW) },
      ],
    });
    s3.on(GetObjectCommand).callsFake(({ Key }: { Key: string }) => ({ Body: bodyOf(Key === 'usage/new.csv' ? Buffer.from(csv) : BYTES) }));
    await handler({});
    const [orders, visits] = report().products;
    expect(orders.usage).toEqual({ reads: 7, consumers: [{ consumer: 'role/analyst, "the first"', reads: 7 }] });
    expect(visits.usage).toEqual({ reads: 0, consumers: [] });
    const shown = async (month: string): Promise<unknown> => ((await handler({ month, action: 'show' })) as SlaReport).products[0].usage;
    expect(await shown('2030-02')).toMatchObject({ reads: 9 });
    // What was asked in those months is no longer kept.
    expect(await shown('2029-11')).toBeNull();
  });

  test('fails with any of its calls, tells all others meanwhile, and is whole when it is asked for again', async () => {
    const topics = (): string[] => sns.commandCalls(PublishCommand).map(({ args: [{ input }] }) => input.TopicArn!.split(':')[5]);
    let [failed, first] = [0, true];
    const faults = await faultAtEveryCall(async (during) => {
      for (const mock of [s3, sns]) mock.reset();
      s3.on(GetObjectCommand).callsFake(() => ({ Body: bodyOf(BYTES) }));
      s3.on(PutObjectCommand).resolves({});
      sns.on(PublishCommand).resolves({ MessageId: '1' });
      const ended = await during(() => handler({ month: '2030-01' })).catch((error: Error) => error.message);
      if (!first) {
        expect(ended).toMatch(/was refused|was not answered/);
        failed += 1;
      }
      first = false;
      // Whoever is told is told what is stored.
      if (topics().length > 0) expect([s3.commandCalls(PutObjectCommand).length, topics().length]).toEqual([2, expect.any(Number)]);
      if (typeof ended === 'string' && ended.includes('Publish')) expect([ended.includes('then review the month again: {"month": "2030-01"}'), topics().length >= 2]).toEqual([true, true]);
      sns.reset().on(PublishCommand).resolves({ MessageId: '1' });
      expect(await handler({ month: '2030-01' })).toMatchObject({ products: 2, told: 2 });
      expect(topics()).toEqual(['mesh-sales-owners', 'mesh-web-shop-owners', 'mesh-platform-reviews']);
    });
    expect([failed, faults]).toEqual([18, 18]);
  });

  test('refuses what is no month, and a list of products that is not the one that was deployed', async () => {
    await expect(handler({ month: 'January' })).rejects.toThrow('month must be a month, received "January"');
    process.env.PRODUCTS_DIGEST = 'f'.repeat(64);
    await expect(handler({})).rejects.toThrow(/is not the list of products that was deployed/);
    expect(s3.commandCalls(PutObjectCommand)).toEqual([]);
  });
});

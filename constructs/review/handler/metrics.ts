import { type CloudWatchClient, GetMetricDataCommand, type MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { type Month } from '../../../lib/plan/sla-review/month';
import { type Incident, type Observed, type Published } from '../../../lib/plan/sla-review/review';
import { productNames } from '../../domain/naming';
import { dimensionsOf, METRICS, NAMESPACE } from '../../monitoring/metrics';
import { type ReviewedProduct } from '../reviewed-product';

/** Of five minutes CloudWatch keeps 63 days, of an hour 455: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const FINE = { period: 300, kept: 63 * 86_400_000 };
const HOUR = 3_600;
/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_AT_ONCE = 500;
/** How far back to look for what stood when a month began: what else CloudWatch has of five minutes, for a review within two days after the month. */
const BEFORE = 28 * 86_400_000;

type Figures = ReadonlyMap<string, ReadonlyMap<number, number>>;

/**
 * What the metrics of products say of them, in their order: moments to within five minutes, or an hour of what is older than nine weeks. All
 * of them are of one region, whichever accounts they are in.
 */
export async function observedOf(cloudwatch: CloudWatchClient, products: readonly ReviewedProduct[], { from, until }: Pick<Month, 'from' | 'until'>, now: Date): Promise<Omit<Observed, 'usage'>[]> {
  const begin = new Date(from.getTime() - BEFORE);
  const period = now.getTime() - begin.getTime() > FINE.kept ? HOUR : FINE.period;
  const queries = products.flatMap((product, n) => queriesOf(product, n, period));
  const figures = new Map<string, Map<number, number>>();
  for (let n = 0; n < queries.length; n += QUERIES_AT_ONCE) await read(cloudwatch, queries.slice(n, n + QUERIES_AT_ONCE), begin, until, figures);
  return products.map((_, n) => ({ published: publishedIn(figures, n, from), incidents: incidentsIn(figures, n) }));
}

const INCIDENTS = { failed: 'ExecutionsFailed', timedout: 'ExecutionsTimedOut', aborted: 'ExecutionsAborted' } as const;
const KINDS = { failed: 'failed', timedout: 'timed out', aborted: 'aborted' } as const;

function queriesOf({ place }: ReviewedProduct, n: number, period: number): MetricDataQuery[] {
  const product = Object.entries(dimensionsOf(place)).map(([Name, Value]) => ({ Name, Value }));
  const query = (id: string, Namespace: string, MetricName: string, Dimensions: { Name: string; Value: string }[], Stat: string, Period: number): MetricDataQuery =>
    ({ Id: `${id}${n}`, AccountId: place.account, ReturnData: true, MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat, Period } });
  return [
    query('score', NAMESPACE, METRICS.score, product, 'Minimum', period),
    query('age', NAMESPACE, METRICS.freshness, product, 'Maximum', period),
    ...Object.entries(INCIDENTS).map(([id, metric]) => query(id, 'AWS/States', metric, [{ Name: 'StateMachineArn', Value: productNames.stateMachineArn(place) }], 'Sum', HOUR)),
  ];
}

async function read(cloudwatch: CloudWatchClient, MetricDataQueries: MetricDataQuery[], StartTime: Date, EndTime: Date, into: Map<string, Map<number, number>>): Promise<void> {
  let NextToken: string | undefined;
  do {
    const page = await cloudwatch.send(new GetMetricDataCommand({ MetricDataQueries, StartTime, EndTime, ScanBy: 'TimestampAscending', NextToken }));
    for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const points = into.get(Id!) ?? new Map<number, number>();
      Timestamps.forEach((at, n) => points.set(at.getTime(), Values[n]));
      into.set(Id!, points);
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
}

/** Publications post score and age with one time. Of those before the month the last one counts: it stood when the month began. */
function publishedIn(figures: Figures, n: number, from: Date): Published[] {
  const ages = figures.get(`age${n}`) ?? new Map<number, number>();
  const all = [...figures.get(`score${n}`) ?? []].sort(([a], [b]) => a - b).map(([at, score]): Published => {
    const age = ages.get(at);
    return { at: new Date(at).toISOString(), newest: age === undefined ? null : new Date(at - age * 1_000).toISOString(), score };
  });
  const before = all.filter(({ at }) => Date.parse(at) < from.getTime());
  return [...before.slice(-1), ...all.slice(before.length)];
}

function incidentsIn(figures: Figures, n: number): Incident[] {
  return (Object.keys(INCIDENTS) as (keyof typeof INCIDENTS)[]).flatMap((id) => [...figures.get(`${id}${n}`) ?? []].filter(([, count]) => count > 0)
    .map(([at, count]): Incident => ({ at: new Date(at).toISOString(), kind: KINDS[id], count, message: null })));
}

import { type MetricDatum, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { type DomainPlace, productNames, type ProductPlace } from '../../domain/naming';
import { freshnessWindow } from '../../monitoring/freshness-window';
import { NAMESPACE } from '../../monitoring/metrics';
import { daysToEndOfLife, hoursSincePublished } from './measures';
import { type Outside } from './publisher';
import { readReleases } from './release';
import { RunLog } from '../../run-log/run-log';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** What PutMetricData takes at once: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const AT_ONCE = 1_000;

/**
 * Measures how long ago those products were published whose promise of freshness is longer than an alarm can look back. Of one that never
 * was there is nothing to measure, and missing data breaks its promise. And how long deprecated versions are still there, by which
 * the dashboard of the domain finds them.
 */
export async function probe({ table, cloudwatch, now }: Pick<Outside, 'table' | 'cloudwatch' | 'now'>, served: DomainPlace): Promise<{ readonly probed: number }> {
  const data: MetricDatum[] = [];
  // what an older foundation has released says nothing of an end
  for await (const { entity, major, freshnessSeconds, endOfLife = null } of readReleases(table)) {
    const place: ProductPlace = { ...served, entity, major };
    const end = endOfLife === null ? NaN : Date.parse(endOfLife);
    if (!Number.isNaN(end)) data.push(daysToEndOfLife(place, new Date(now()), (end - now()) / DAY));
    if (freshnessSeconds === null || freshnessWindow(freshnessSeconds).kind !== 'probe') continue;
    const published = await lastPublication(new RunLog(table, productNames.runPartition(place)));
    if (published !== undefined) data.push(hoursSincePublished(place, new Date(now()), (now() - published.getTime()) / HOUR));
  }
  for (let n = 0; n < data.length; n += AT_ONCE) await cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: data.slice(n, n + AT_ONCE) }));
  return { probed: data.length };
}

/** When the data was certified that consumers read now. */
async function lastPublication(log: RunLog): Promise<Date | undefined> {
  for await (const { state, certificate } of log.newestFirst()) {
    if (state === 'published' && certificate !== undefined) return new Date(certificate.issuedAt);
  }
  return undefined;
}

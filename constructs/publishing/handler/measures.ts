import { type MetricDatum, StandardUnit } from '@aws-sdk/client-cloudwatch';
import { type ProductPlace } from '../../domain/naming';
import { dimensionsOf, type MetricName, METRICS } from '../../monitoring/metrics';
import { type RunRecord } from '../../run-log/run-log';

/** CloudWatch takes nothing older: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
const TAKEN = 14 * 24 * 3_600_000;

/** What a published run is measured by, at the time of its certificate; nothing of one that is told so late that it is history. */
export function measured(place: ProductPlace, { certificate, steps }: RunRecord, now: number): MetricDatum[] {
  if (certificate === undefined) return [];
  const { score, freshness, availability, tables, stability, issuedAt } = certificate;
  const quarantined = quarantinedPercent(steps);
  const at = new Date(issuedAt);
  if (now - at.getTime() > TAKEN) return [];
  return [
    datum(place, at, METRICS.score, score, StandardUnit.None),
    datum(place, at, METRICS.rows, tables.reduce((sum, { rows }) => sum + rows, 0), StandardUnit.Count),
    ...(freshness.seconds === null ? [] : [datum(place, at, METRICS.freshness, freshness.seconds, StandardUnit.Seconds)]),
    ...(availability.promisedPercent === null || availability.percent === null ? [] : [datum(place, at, METRICS.availability, availability.percent, StandardUnit.Percent)]),
    ...(quarantined === undefined ? [] : [datum(place, at, METRICS.quarantined, quarantined, StandardUnit.Percent)]),
    ...(stability.changes.length === 0 ? [] : [datum(place, at, METRICS.schemaChanges, stability.changes.length, StandardUnit.Count)]),
  ];
}

export function skipped(place: ProductPlace, at: Date): MetricDatum[] {
  return [datum(place, at, METRICS.skipped, 1, StandardUnit.Count)];
}

export function hoursSincePublished(place: ProductPlace, at: Date, hours: number): MetricDatum {
  return datum(place, at, METRICS.hoursSincePublished, hours, StandardUnit.None);
}

export function daysToEndOfLife(place: ProductPlace, at: Date, days: number): MetricDatum {
  return datum(place, at, METRICS.daysToEndOfLife, days, StandardUnit.None);
}

/** Of all rows that the tables of a run took in, those that went to a quarantine; undefined where none came in. */
function quarantinedPercent(steps: RunRecord['steps']): number | undefined {
  const built = [...steps].filter(([name]) => name.startsWith('build:')).map(([, step]) => step as { rowsIn: number; quarantined: number });
  const rows = built.reduce((sum, { rowsIn }) => sum + rowsIn, 0);
  return rows === 0 ? undefined : (100 * built.reduce((sum, { quarantined }) => sum + quarantined, 0)) / rows;
}

function datum(place: ProductPlace, Timestamp: Date, MetricName: MetricName, Value: number, Unit: StandardUnit): MetricDatum {
  return { MetricName, Dimensions: Object.entries(dimensionsOf(place)).map(([Name, dimension]) => ({ Name, Value: dimension })), Timestamp, Value, Unit };
}

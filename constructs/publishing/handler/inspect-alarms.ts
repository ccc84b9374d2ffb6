import * as path from 'node:path';
import { type MetricAlarm, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { LIFECYCLE } from '../../../lib/contract/lifecycle';
import { type AlarmsInspection } from '../../../lib/plan/inspection';
import { type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { planOf } from '../../handlers/product-request';
import { type Said, type Trail } from '../../handlers/trail';
import { alarmName, type Watch, watchesOf } from '../../monitoring/watches';
import { type Outside } from './publisher';
import { readRelease } from './release';

const CHANGED = ['PutMetricAlarm', 'DisableAlarmActions'];

/** Compares the alarms of a product with those that its deployed plan asks for, and changes nothing. */
export async function inspectAlarms({ table, s3, cloudwatch }: Pick<Outside, 'table' | 's3' | 'cloudwatch'>, place: ProductPlace, trail: Trail): Promise<AlarmsInspection> {
  const release = await readRelease(table, place);
  if (release === undefined) throw new HandlerError(`no release of ${place.domain}/${place.entity} v${place.major} is deployed`, 'deploy the product');
  // What is deployed is named by its content.
  const plan = await planOf({ place, planUrl: release.planUrl, planDigest: path.posix.basename(release.planUrl, '.json') }, s3);
  const watches = LIFECYCLE[plan.product.status].runs === 'no' ? [] : watchesOf(plan);
  const there = await alarmsCalled(cloudwatch, watches.map(({ id }) => alarmName(place, id)));
  return {
    contract: plan.digests.contract, version: plan.product.version, trail: trail.name, alarms: there.size,
    differences: await trail.explain(watches.flatMap((watch) => saidOf(watch, alarmName(place, watch.id), there))),
  };
}

async function alarmsCalled(client: Outside['cloudwatch'], AlarmNames: string[]): Promise<ReadonlyMap<string, MetricAlarm>> {
  const found = new Map<string, MetricAlarm>();
  // Without names it would list all of the account's.
  if (AlarmNames.length === 0) return found;
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client }, { AlarmNames, AlarmTypes: ['MetricAlarm'] })) {
    for (const alarm of MetricAlarms) found.set(alarm.AlarmName!, alarm);
  }
  return found;
}

function saidOf(watch: Watch, name: string, there: ReadonlyMap<string, MetricAlarm>): Said[] {
  const alarm = there.get(name);
  if (alarm === undefined) return [{ what: `the alarm ${name} is gone`, part: watch.part, sought: { events: ['DeleteAlarms'], about: [name] } }];
  return faults(watch, alarm).map((fault) => ({ what: `the alarm ${name} ${fault}`, part: watch.part, sought: { events: CHANGED, about: [name] } }));
}

/** What of it is not as the plan asks, each as the end of a sentence. */
function faults({ threshold, comparison, periods, breaches = periods, periodSeconds, missing }: Watch, alarm: MetricAlarm): string[] {
  const compared: readonly (readonly [said: string, wanted: unknown, found: unknown])[] = [
    // What is far from other days has a band for a threshold.
    ['the threshold', threshold ?? undefined, alarm.Threshold],
    ['the comparison', comparison, alarm.ComparisonOperator],
    ['periods in number', periods, alarm.EvaluationPeriods],
    ['breaching periods in number', breaches, alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods],
    ['periods, in seconds, of', periodSeconds, periodOf(alarm)],
    ['missing data as', missing, alarm.TreatMissingData ?? 'missing'],
  ];
  return [
    ...compared.filter(([, wanted, found]) => wanted !== found).map(([said, wanted, found]) => `has ${said} ${String(found)} instead of ${String(wanted)}`),
    ...(alarm.ActionsEnabled === false || (alarm.AlarmActions ?? []).length === 0 ? ['notifies nobody when it goes off'] : []),
  ];
}

/** Of an alarm on an expression: that of what it is computed from. */
function periodOf({ Period, Metrics = [] }: MetricAlarm): number | undefined {
  return Period ?? Metrics.flatMap(({ MetricStat }) => MetricStat?.Period ?? [])[0];
}

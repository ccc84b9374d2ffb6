import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { identityOf } from '../../domain/identity';
import { domainNames } from '../../domain/naming';
import { NAMESPACE } from '../../monitoring/metrics';
import { measured, skipped } from './measures';
import { type Outside, type Product } from './publisher';
import { type Announcement } from '../../run-log/run-log';

/** What is told of an earlier certificate that is published again. */
export const ROLLED_BACK = 'product.rolledBack';

/**
 * Tells what is in the outbox, oldest first: the platform's bus, the catalogue, CloudWatch. At least once: an event stays there
 * until all three have it. Raises an error that names what failed once everything was tried.
 */
export async function announce(outside: Outside, product: Product): Promise<{ readonly announced: number }> {
  const waiting = await product.log.outbox();
  const failures: string[] = [];
  for (const { id, event } of waiting) {
    const told = await Promise.allSettled([tellBus(outside, product, event), tellCatalogue(outside, product, event), tellCloudWatch(outside, product, event)]);
    const failed = told.flatMap((one) => (one.status === 'rejected' ? [one.reason instanceof Error ? `${one.reason.name}: ${one.reason.message}` : String(one.reason)] : []));
    if (failed.length === 0) await product.log.delivered(id);
    failures.push(...failed.map((why) => `${event.type} of run ${event.runId}: ${why}`));
  }
  if (failures.length > 0) throw new Error(`published, but not announced; the next run tries again: ${failures.join('; ')}`);
  return { announced: waiting.length };
}

/** A delta that found the product busy is counted. */
export async function tellSkipped(outside: Outside, { place }: Product): Promise<void> {
  await outside.cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: skipped(place, new Date(outside.now())) }));
}

async function tellBus({ events }: Outside, { place }: Product, event: Announcement): Promise<void> {
  const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({
    Entries: [{ Source: `mesh.${event.domain}`, DetailType: event.type, Detail: JSON.stringify(event), Time: new Date(event.time), EventBusName: domainNames.eventBusArn(place) }],
  }));
  // The request may succeed where an entry of it does not.
  if (FailedEntryCount) throw new Error(`the bus refuses it: ${Entries?.[0]?.ErrorCode ?? 'unknown'}`);
}

/** Without waiting for it: the catalogue speaks to another account, and has a queue of failed calls of its own. */
async function tellCatalogue({ lambda }: Outside, { place }: Product, event: Announcement): Promise<void> {
  const payload = { action: 'published', ...identityOf(place), runId: event.runId, event };
  await lambda.send(new InvokeCommand({
    FunctionName: domainNames.handlerArn(place, 'catalogue'), InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(payload)),
  }));
}

async function tellCloudWatch(outside: Outside, { place, log }: Product, event: Announcement): Promise<void> {
  // What was certified was measured when it was published first.
  if (event.type === ROLLED_BACK) return;
  const run = await log.find(event.runId);
  const data = run === undefined ? [] : measured(place, run, outside.now());
  if (data.length > 0) await outside.cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: data }));
}

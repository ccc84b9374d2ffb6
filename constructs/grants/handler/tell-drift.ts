import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { domainNames, type DomainPlace } from '../../domain/naming';
import { driftSource, GRANTS_DRIFTED, type GrantsDrift } from '../grants-drift';

/** Announces on the mesh's bus what neither contract nor binding explains: to who watches over security, and to the domain's owners. */
export async function tellDrift(events: EventBridgeClient, served: DomainPlace, drift: GrantsDrift): Promise<void> {
  const { FailedEntryCount, Entries } = await events.send(new PutEventsCommand({
    Entries: [{ Source: driftSource(served), DetailType: GRANTS_DRIFTED, Detail: JSON.stringify(drift), EventBusName: domainNames.eventBusArn(served) }],
  }));
  // The request may succeed where an entry of it does not.
  if (FailedEntryCount) throw new Error(`the bus refuses it: ${Entries?.[0]?.ErrorCode ?? 'unknown'}`);
}

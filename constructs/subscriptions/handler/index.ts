import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { STSClient } from '@aws-sdk/client-sts';
import { platformOf } from '../../datazone/platform';
import { type DomainPlace } from '../../domain/naming';
import { client } from '../../handlers/clients';
import { bindingsTable } from '../../grants/binding';
import { servedDomain } from '../../handlers/product-request';
import { RunTable } from '../../run-log/run-table';
import { Bindings } from './bindings';
import { AskedGrants } from '../../handlers/asked-grants';
import { happeningOf, type SubscriptionEvent } from '../subscription-event';
import { Subscriptions } from './subscriptions';

let subscriptions: Subscriptions | undefined;

/** Called by EventBridge with what DataZone tells of requests and subscriptions; again, when it fails. */
export async function handler(event: SubscriptionEvent): Promise<void> {
  subscriptions ??= connect();
  const happening = happeningOf(event);
  const done = happening === undefined ? 'nothing to do' : await subscriptions.hear(happening);
  console.log(JSON.stringify({ event: event['detail-type'], id: event.detail.metadata?.id, done }));
}

function connect(): Subscriptions {
  const sts = client(STSClient);
  return new Subscriptions({
    domains: JSON.parse(process.env.DOMAINS ?? '[]') as DomainPlace[],
    consumers: JSON.parse(process.env.CONSUMERS ?? '{}') as Record<string, string>,
    bindings: new Bindings(new RunTable(client(DynamoDBClient), bindingsTable(servedDomain()))), grants: new AskedGrants(),
    platform: (domain) => platformOf(domain, sts), now: () => new Date().toISOString(),
  });
}

import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { RedshiftServerlessClient } from '@aws-sdk/client-redshift-serverless';
import { S3Client } from '@aws-sdk/client-s3';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { client } from '../../handlers/clients';
import { customResource, HandlerError } from '../../handlers/custom-resource';
import { deployedFile, servedDomain } from '../../handlers/product-request';
import { type EndRequest, endNow, keep, MartsResource, type MartsSetting } from './marts-resource';

/** What its schedule asks, with the list that was deployed beside it. */
interface RefreshRequest {
  readonly action: 'refresh';
  readonly WantedUrl: string;
  readonly WantedDigest: string;
}

let setting: MartsSetting | undefined;

/** Called by CloudFormation for Custom::MeshMarts, by its schedule, and by the domains' handlers of grants before they take one away. */
export async function handler(event: CloudFormationCustomResourceEvent | RefreshRequest | EndRequest, context: Context): Promise<unknown> {
  if ('RequestType' in event) return customResource(() => new MartsResource(setting ??= connect()))(event, context);
  setting ??= connect();
  const remaining = (): number => context.getRemainingTimeInMillis();
  switch (event.action) {
    case 'refresh': return keep(setting, deployedFile({ ...event }, 'Wanted'), remaining, true);
    case 'end': {
      const answer = await endNow(setting, event, remaining);
      console.log(JSON.stringify({ action: 'end', ...answer }));
      return answer;
    }
    default: throw new HandlerError(`there is no action ${String((event as { action?: unknown }).action)}; there are refresh and end`);
  }
}

function connect(): MartsSetting {
  const warehouse = process.env.WAREHOUSE;
  if (warehouse === undefined) throw new HandlerError('WAREHOUSE is not set', 'deploy the consumer\'s stack of consumption again');
  return { warehouse, account: servedDomain().account, redshift: client(RedshiftServerlessClient), data: client(RedshiftDataClient), s3: client(S3Client), sleep: (ms) => sleep(ms) };
}

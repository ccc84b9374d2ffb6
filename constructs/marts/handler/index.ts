import { RedshiftDataClient } from '@aws-sdk/client-redshift-data';
import { RedshiftServerlessClient } from '@aws-sdk/client-redshift-serverless';
import { S3Client } from '@aws-sdk/client-s3';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { domainNames } from '../../domain/naming';
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

/**
 * Called by CloudFormation for Custom::MeshMarts and by its schedule, and through the alias of a domain by the domain's handler of grants before
 * it takes one away. Whoever may call an alias is in another account and says what it likes: the alias alone tells whose it is.
 */
export async function handler(event: CloudFormationCustomResourceEvent | RefreshRequest | EndRequest, context: Context): Promise<unknown> {
  const remaining = (): number => context.getRemainingTimeInMillis();
  const domain = aliasOf(context.invokedFunctionArn);
  if (domain !== undefined) return end(domain, event, remaining);
  if ('RequestType' in event) return customResource(() => new MartsResource(setting ??= connect()))(event, context);
  if (event.action !== 'refresh') throw new HandlerError(`there is no action ${String(event.action)}, there is refresh`, 'a domain asks through the alias of its name');
  return keep(setting ??= connect(), deployedFile({ ...event }, 'Wanted'), remaining, true);
}

/** Undefined where the function itself was called: `arn:aws:lambda:eu-west-1:666666666666:function:mesh-reporting-marts:sales`. */
function aliasOf(invokedFunctionArn: string): string | undefined {
  return invokedFunctionArn.split(':')[7];
}

async function end(domain: string, event: object, remaining: () => number): Promise<unknown> {
  const { action, database, tables } = event as Partial<EndRequest>;
  const own = domainNames.publishedDatabase({ ...servedDomain(), domain });
  if (action !== 'end' || database !== own || tables === undefined) {
    throw new HandlerError(`${domain} may end marts of ${own} and nothing else, it asked for ${JSON.stringify({ action, database })}`, 'deploy the foundation with the version of the library that the consumer has');
  }
  const answer = await endNow(setting ??= connect(), { action, database, tables }, remaining);
  console.log(JSON.stringify({ action, domain, ...answer }));
  return answer;
}

function connect(): MartsSetting {
  const warehouse = process.env.WAREHOUSE;
  if (warehouse === undefined) throw new HandlerError('WAREHOUSE is not set', 'deploy the consumer\'s stack of consumption again');
  return { warehouse, account: servedDomain().account, redshift: client(RedshiftServerlessClient), data: client(RedshiftDataClient), s3: client(S3Client), sleep: (ms) => sleep(ms) };
}

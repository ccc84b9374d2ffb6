import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GlueClient } from '@aws-sdk/client-glue';
import { LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { domainNames } from '../../domain/naming';
import { client } from '../../handlers/clients';
import { customResource, HandlerError } from '../../handlers/custom-resource';
import { Holders } from '../../handlers/holders';
import { productPlace, servedDomain } from '../../handlers/product-request';
import { Trail } from '../../handlers/trail';
import { RunTable } from '../../run-log/run-table';
import { follow, inspect, judge, list, reconcileNow, sweep, type Turn, turns } from './actions';
import { BindingsStore } from './bindings-store';
import { tellDrift } from './tell-drift';
import { type GrantsHandlerSetting, ProductGrantsResource } from './product-grants-resource';

/** What the platform asks for: the identity of a product, and what is to be done. */
export type GrantsAction = Readonly<Record<string, unknown>> & { readonly action: 'reconcile' | 'follow' | 'inspect' | 'list' | 'judge' };

let setting: GrantsHandlerSetting | undefined;

/** What its schedule asks, and what it then asks itself for each turn. */
interface Sweep {
  readonly action: 'sweep';
  readonly turn?: Turn;
}

/** Called by CloudFormation for Custom::MeshGrants, once a day by its schedule, by the publisher where masks differ, by the platform's subscriptions, by `mesh verify` and by `mesh plan --target`. */
export async function handler(event: CloudFormationCustomResourceEvent | GrantsAction | Sweep, context: Context): Promise<unknown> {
  if ('RequestType' in event) return customResource(() => new ProductGrantsResource(setting ??= connect()))(event as CloudFormationCustomResourceEvent, context);
  setting ??= connect();
  if (event.action === 'sweep') {
    const { turn } = event;
    if (turn === undefined) return begin(context.invokedFunctionArn, await turns(setting));
    const swept = await sweep(setting, turn, () => context.getRemainingTimeInMillis());
    console.log(JSON.stringify({ action: 'sweep', swept }));
    const failed = swept.filter((one) => one.failed !== null);
    // Asked again, and kept with the calls that failed.
    if (failed.length > 0) throw new HandlerError(failed.map(({ product, failed: why }) => `${product}: ${why}`).join('; '));
    return swept;
  }
  const place = productPlace(event, setting.served);
  const answer = await act(setting, event);
  console.log(JSON.stringify({ action: event.action, product: `${place.domain}/${place.entity} v${place.major}`, answer }));
  return answer;

  function act(now: GrantsHandlerSetting, { action, consumer, role, repair }: GrantsAction): Promise<object> {
    switch (action) {
      case 'reconcile': return reconcileNow(now, place, () => context.getRemainingTimeInMillis(), repair === true);
      case 'follow': return follow(now, place, () => context.getRemainingTimeInMillis());
      case 'inspect': return inspect(now, place, () => context.getRemainingTimeInMillis());
      case 'list': return list(now, place);
      case 'judge': return judge(now, place, String(consumer), typeof role === 'string' ? role : null);
      default: throw new HandlerError(`there is no action ${String(action)}; there are reconcile, follow, inspect, list and judge`, 'deploy the foundation with the version of the library that asks');
    }
  }
}

/** Asks itself for each turn, without waiting for any. */
async function begin(FunctionName: string, all: readonly Turn[]): Promise<object> {
  const lambda = client(LambdaClient);
  for (const turn of all) {
    const sweep: Sweep = { action: 'sweep', turn };
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify(sweep)) }));
  }
  return { turns: all.length };
}

function connect(): GrantsHandlerSetting {
  const served = servedDomain();
  const dynamodb = client(DynamoDBClient);
  const events = client(EventBridgeClient, { region: served.platformRegion });
  return {
    served, lakeFormation: client(LakeFormationClient), glue: client(GlueClient), s3: client(S3Client),
    holders: new Holders(dynamodb, domainNames.runTable(served)), runTable: new RunTable(dynamodb, domainNames.runTable(served)),
    endCopies: async ({ handler: FunctionName, database, tables }) => {
      const region = FunctionName.split(':')[3];
      const { FunctionError } = await client(LambdaClient, { region }).send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ action: 'end', database, tables })) }));
      if (FunctionError !== undefined) throw new HandlerError(`${FunctionName} failed`, 'its log says why; it tries again when it refreshes');
    },
    trail: () => new Trail(client(CloudTrailClient), served, [domainNames.handler(served, 'grants')]),
    bindings: new BindingsStore(served, client(STSClient)), sleep: (ms) => sleep(ms), now: () => new Date().toISOString(),
    tell: (drift) => tellDrift(events, served, drift),
  };
}

import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GlueClient } from '@aws-sdk/client-glue';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { client } from '../../handlers/clients';
import { customResource, HandlerError } from '../../handlers/custom-resource';
import { productPlace, servedDomain } from '../../handlers/product-request';
import { Trail } from '../../handlers/trail';
import { domainNames } from '../../domain/naming';
import { AskedGrants } from '../../handlers/asked-grants';
import { MetadataFiles } from '../../iceberg/metadata-files';
import { announce, tellSkipped } from './announce';
import { fail, failed } from './fail';
import { inspectAlarms } from './inspect-alarms';
import { probe } from './probe';
import { productRelease } from './product-release';
import { type Outside, type Product, productAt } from './publisher';
import { restore } from './restore';
import { certificates, rollback } from './rollback';
import { type Asked, commit, evict, look, publish, record, resume } from './run-actions';
import { RunTable } from '../../run-log/run-table';
import { type StoppedExecution, stoppedExecution } from './stopped-execution';

/** What a state machine asks for: the identity of its product, its lock, its run. */
type Request = Readonly<Record<string, unknown>> & { readonly action: string };

type Act = (outside: Outside, product: Product, asked: Asked, request: Request) => Promise<object>;

const ACTIONS: Readonly<Record<string, Act>> = {
  evict, resume, look, commit, publish, record,
  announce: (outside, product) => announce(outside, product),
  skipped: async (outside, product) => {
    await tellSkipped(outside, product);
    return {};
  },
  failed: (_outside, _product, _asked, { error, cause, redriven }) => failed(textOf(error), textOf(cause), redriven === true),
  fail: (outside, product, { owner, runId }, { error, cause }) => fail(outside, product, { owner, runId, error: textOf(error), cause: textOf(cause), fromOutside: false }),
};

let outside: Outside | undefined;

/** Called by CloudFormation for Custom::MeshRelease, by state machines, by EventBridge: when one of those has ended without success, and once an hour; and by `mesh verify`. */
export async function handler(event: CloudFormationCustomResourceEvent | Request | StoppedExecution, context: Context): Promise<unknown> {
  if ('RequestType' in event) return customResource(() => productRelease(outside ??= connect(), servedDomain()))(event as CloudFormationCustomResourceEvent, context);
  const served = servedDomain();
  outside ??= connect();
  if ('detail-type' in event) {
    const { place, failure } = stoppedExecution(event as StoppedExecution, served);
    return fail(outside, productAt(place, outside.table), failure);
  }
  if (event.action === 'probe') return probe(outside, served);
  const request = event;
  if (request.action === 'rollback') {
    const answer = await rollback(outside, productAt(productPlace(request, served), outside.table), textOf(request.certificateId));
    console.log(JSON.stringify({ action: request.action, ...answer }));
    return answer;
  }
  if (request.action === 'restore') {
    const answer = await restore(outside, productAt(productPlace(request, served), outside.table));
    console.log(JSON.stringify({ action: request.action, ...answer }));
    return answer;
  }
  if (request.action === 'certificates') return certificates(outside, productAt(productPlace(request, served), outside.table));
  if (request.action === 'inspect') return inspectAlarms(outside, productPlace(request, served), new Trail(client(CloudTrailClient), served, []));
  const act = ACTIONS[request.action];
  if (act === undefined) throw new HandlerError(`the publisher has no action ${request.action}; it has ${Object.keys(ACTIONS).join(', ')}`);
  const answer = await act(outside, productAt(productPlace(request, served), outside.table), askedBy(request), request);
  console.log(JSON.stringify({ action: request.action, product: `${String(request.Entity)}-v${String(request.Major)}`, runId: request.runId, answer }));
  return answer;
}

function askedBy({ owner, fence, runId }: Request): Asked {
  if (typeof owner !== 'string' || typeof runId !== 'string') throw new HandlerError('a state machine names its execution and its run');
  return { owner, runId, fence: Number(fence ?? 0) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function connect(): Outside {
  const served = servedDomain();
  const s3 = client(S3Client);
  return {
    glue: client(GlueClient),
    s3,
    metadata: new MetadataFiles(s3, served.account),
    table: new RunTable(client(DynamoDBClient), domainNames.runTable(served)),
    events: client(EventBridgeClient, { region: served.platformRegion }),
    lambda: client(LambdaClient),
    grants: new AskedGrants(),
    cloudwatch: client(CloudWatchClient),
    sns: client(SNSClient),
    get acceptedCode() { return (process.env.ACCEPTED_CODE ?? '').split(','); },
    get refusedCode() { return new Map(Object.entries(JSON.parse(process.env.REFUSED_CODE ?? '{}') as Record<string, string>)); },
    now: () => Date.now(),
  };
}

import { type Participant } from '../../lib/plan/mesh/mesh-accounts';
import { consumerNames } from '../consumer/naming';
import { type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace, FOUNDATION_HANDLERS, type HandlerName, partition } from '../domain/naming';
import { productArns } from '../domain/product-arns';
import { onPartitions } from '../domain/run-table';
import { platformNames } from '../governance/platform-names';
import { observabilityNames } from '../observability/observability-names';

/** What lives in an account. */
export type Kind = Participant['kinds'][number];

/*
 * What people mend a mesh with, as docs/operations.md tells them to: they ask handlers, read what those could not do and why, and end
 * sessions. None of it shows a row.
 */

const HANDLERS: Readonly<Record<Kind, readonly HandlerName[]>> = { platform: ['governance', 'subscriptions', 'review'], domain: [...FOUNDATION_HANDLERS, 'policy'], consumer: ['marts'] };
/** Those that people ask; the others are asked by deployments alone. */
const ASKED: Readonly<Record<Kind, readonly HandlerName[]>> = { platform: ['subscriptions', 'review'], domain: ['grants', 'catalogue', 'publisher'], consumer: [] };
/** Aliases of the keys that encrypt what their queues hold. */
const KEYS: Readonly<Record<Kind, (place: DomainPlace) => string[]>> = {
  platform: (place) => [platformNames.keyAlias(place), observabilityNames.keyAlias(place)],
  domain: (place) => [domainNames.keyAlias(place)],
  consumer: (place) => [consumerNames.warehouseKeyAlias({ ...place, consumer: place.domain })],
};

/** Who consumes needs no data key: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
const CLEARING = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];

/** Verifying, repairing, rolling back and restoring; of the platform in every account of the mesh, whose handlers let its account ask. */
export function asksHandlers(place: DomainPlace, kinds: readonly Kind[], accounts: readonly string[]): Statement[] {
  const own = kinds.flatMap((kind) => ASKED[kind]).map((handler) => domainNames.handlerArn(place, handler));
  return [
    ...(own.length === 0 ? [] : [{ sid: 'Asks', actions: ['lambda:InvokeFunction'], resources: own }]),
    ...(kinds.includes('platform')
      ? [{
        sid: 'AsksDomains', actions: ['lambda:InvokeFunction'], resources: ASKED.domain.map((handler) => `arn:${partition(place)}:lambda:*:*:function:${domainNames.handler({ ...place, domain: '*' }, handler)}`),
        conditions: { StringEquals: { 'aws:ResourceAccount': [place.account, ...accounts] } },
        why: 'handlers are named after domains; the condition names the accounts of the mesh, and an ARN for each would not fit into a policy',
      }]
      : []),
  ];
}

/** The queues of what handlers and schedules could not do, and the logs that say why. */
export function mendsFailedCalls(place: DomainPlace, kinds: readonly Kind[]): Statement[] {
  const handlers = kinds.flatMap((kind) => HANDLERS[kind]).map((handler) => domainNames.handler(place, handler));
  return [
    { sid: 'FailedCalls', actions: CLEARING, resources: handlers.map((handler) => arnIn(place, 'sqs', `${handler}-failed`)) },
    {
      sid: 'HandlerLogs', actions: ['logs:GetLogEvents', 'logs:FilterLogEvents', 'logs:DescribeLogStreams'], resources: handlers.map((handler) => arnIn(place, 'logs', `log-group:/aws/lambda/${handler}:*`)),
      why: 'the pattern is that of the streams of each log group',
    },
    ...(kinds.includes('domain') ? [schedules(place)] : []),
    decrypts(place, kinds.flatMap((kind) => KEYS[kind](place)), ...(kinds.includes('domain') ? ['sqs', 'dynamodb'] : ['sqs'])),
  ];
}

/** Runs of products that a schedule could not start. */
export function readsSchedules(place: DomainPlace): Statement[] {
  return [schedules(place), decrypts(place, KEYS.domain(place), 'sqs')];
}

function schedules(place: DomainPlace): Statement {
  return { sid: 'DeadLetters', actions: CLEARING, resources: [`${productArns(place).queues}-schedules`], why: 'products of the domain come and go; the pattern is that of their names' };
}

/** Runs with their certificates, and which code was accepted: no row is among them. */
export function readsRuns(place: DomainPlace): Statement {
  return {
    sid: 'Runs', actions: ['dynamodb:GetItem', 'dynamodb:Query'], resources: [arnIn(place, 'dynamodb', `table/${domainNames.runTable(place)}`)],
    conditions: onPartitions([`dp_${place.domain}_*`, 'releases']),
  };
}

/** AWS's policy that refuses everything: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html */
export function denyAllArn(place: DomainPlace): string {
  return `arn:${partition(place)}:iam::aws:policy/AWSDenyAll`;
}

/**
 * Ends the sessions of the roles that reach data, and lets nobody begin one: the permissions of a session are looked at with each request
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html). Who may do it may not undo it.
 */
export function seals(place: DomainPlace): Statement {
  return {
    sid: 'Seals', actions: ['iam:AttachRolePolicy'], resources: [domainNames.maintenanceRoleArn(place), domainNames.breakGlassRoleArn(place)],
    conditions: { ArnEquals: { 'iam:PolicyARN': denyAllArn(place) } },
  };
}

/** Through these services alone; the policies of the keys name who may. */
function decrypts(place: DomainPlace, aliases: string[], ...services: string[]): Statement {
  return {
    sid: 'Decrypts', actions: ['kms:Decrypt'], resources: [arnIn(place, 'kms', 'key/*')], why: 'a key has no name that could be computed; the condition names its alias',
    conditions: {
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': aliases }, 'StringEquals': { 'kms:ViaService': services.map((service) => `${service}.${place.region}.amazonaws.com`) },
    },
  };
}

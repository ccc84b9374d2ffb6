import { type EventBridgeEvent } from 'aws-lambda';
import { HandlerError } from '../../handlers/custom-resource';
import { domainNames, type DomainPlace, type ProductPlace } from '../../domain/naming';
import { type Failure } from './fail';

interface Detail {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly status: string;
  /** In milliseconds. */
  readonly stopDate?: number | null;
  readonly error?: string | null;
  readonly cause?: string | null;
}

/** What EventBridge tells of an execution that ended without success: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export type StoppedExecution = EventBridgeEvent<'Step Functions Execution Status Change', Detail>;

/** The product whose state machine it is: names hold its identity, since a name never has a dash of its own. */
export function stoppedExecution({ detail }: StoppedExecution, served: DomainPlace): { readonly place: ProductPlace; readonly failure: Failure } {
  const name = detail.stateMachineArn.slice(detail.stateMachineArn.lastIndexOf(':') + 1);
  const prefix = `${domainNames.prefix(served)}-`;
  const [, entity, major] = /^([a-z][a-z0-9-]*)-v(\d+)$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? [];
  if (major === undefined) throw new HandlerError(`${detail.stateMachineArn} is not a state machine of a product of ${served.domain}`);
  return {
    place: { ...served, entity: entity.replaceAll('-', '_'), major: Number(major) },
    failure: { owner: detail.executionArn, error: detail.error ?? `the execution was ${detail.status.toLowerCase()}`, cause: detail.cause ?? '', fromOutside: true, endedAt: detail.stopDate ?? undefined },
  };
}

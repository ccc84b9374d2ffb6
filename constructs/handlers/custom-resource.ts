import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { type Answer, bodyOf, send } from './answer';

/** What a handler does when CloudFormation asks; `Props` is what `parse` makes of the resource's properties. */
export interface CustomResource<Props> {
  /** Raises HandlerError when they are not what the handler takes. */
  parse(properties: Record<string, unknown>): Props;
  /** Follows from the properties that identify the resource, and never changes when others do: another id makes CloudFormation delete the old one. */
  physicalId(props: Props): string;
  /** Of what may be there: a create is repeated, and the same thing may have another logical id until then. */
  create(props: Props, call: Call): Promise<Attributes>;
  /** `old` is undefined where an older version of the library took what this one does not. */
  update(props: Props, old: Props | undefined, call: Call): Promise<Attributes>;
  /** Of what may not be there, as a create that failed is deleted too, and of what may be another logical id's by now. */
  delete(props: Props, call: Call): Promise<void>;
}

/** What Fn::GetAtt gives. */
export type Attributes = Record<string, string>;

/** Of one request. */
export interface Call {
  readonly requestId: string;
  readonly stackId: string;
  readonly logicalId: string;
  /** Milliseconds that are left before the answer has to be sent. */
  remaining(): number;
  /** Aborted once the answer was sent: what goes on after that goes on in a later call of the function. */
  readonly signal: AbortSignal;
}

/** What a person is to be told: it stands in the stack's events, so it holds no value of a row. */
export class HandlerError extends Error {
  constructor(what: string, remedy?: string) {
    super(remedy === undefined ? what : `${what} → ${remedy}`);
  }
}

/** Of a create whose properties could not even be read: there is nothing to delete. */
const NOTHING = 'nothing-was-made';
/** Kept back to send the answer. */
const FOR_THE_ANSWER = 20_000;

/**
 * A Lambda handler that answers CloudFormation on every path: where time runs out, and where the resource cannot be made, as when the
 * function lacks a setting. `make` is called once it has something to answer, and not again when it has succeeded.
 */
export function customResource<Props>(make: () => CustomResource<Props>): (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void> {
  let made: CustomResource<Props> | undefined;
  return async (event, context) => {
    const over = new AbortController();
    const remaining = (): number => context.getRemainingTimeInMillis() - FOR_THE_ANSWER;
    const call: Call = { requestId: event.RequestId, stackId: event.StackId, logicalId: event.LogicalResourceId, remaining, signal: over.signal };
    const asked = new Asked(() => (made ??= make()), event);
    const answer = await withinTime(asked.answer(call), remaining(), asked);
    over.abort();
    say('log', { request: event.RequestType, resource: event.LogicalResourceId, status: answer.Status, reason: answer.Reason });
    await send(event.ResponseURL, body(event, answer, asked), () => context.getRemainingTimeInMillis());
  };
}

/** One request, and the id that its failure is answered with. */
class Asked<Props> {
  /** CloudFormation deletes what it was told of, so a create tells its id as soon as that is known, and none before. */
  private id: string;

  constructor(private readonly resource: () => CustomResource<Props>, private readonly event: CloudFormationCustomResourceEvent) {
    this.id = event.RequestType === 'Create' ? NOTHING : event.PhysicalResourceId;
  }

  answer(call: Call): Promise<Answer> {
    return this.act(call).catch((error: unknown) => this.failed(error));
  }

  failed(error: unknown): Answer {
    return { Status: 'FAILED', Reason: reasonOf(error), PhysicalResourceId: this.id };
  }

  private async act(call: Call): Promise<Answer> {
    const { event } = this;
    if (event.RequestType === 'Delete' && event.PhysicalResourceId === NOTHING) return { Status: 'SUCCESS', PhysicalResourceId: NOTHING };
    const resource = this.resource();
    if (event.RequestType === 'Delete') {
      const props = this.readable(event.ResourceProperties);
      if (props !== undefined) await resource.delete(props, call);
      return { Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId };
    }
    const props = resource.parse(event.ResourceProperties);
    const PhysicalResourceId = resource.physicalId(props);
    if (event.RequestType === 'Create') this.id = PhysicalResourceId;
    // With another identity it is another thing; CloudFormation deletes the old one when the update has gone through.
    const isSame = event.RequestType === 'Update' && event.PhysicalResourceId === PhysicalResourceId;
    const Data = isSame
      ? await resource.update(props, this.readable(event.OldResourceProperties), call)
      : await resource.create(props, call);
    return { Status: 'SUCCESS', PhysicalResourceId, Data };
  }

  /** Of properties that are on their way out: they may be what an update failed for, and must not stand in the way of going back. */
  private readable(properties: Record<string, unknown>): Props | undefined {
    try {
      return this.resource().parse(properties);
    } catch (error) {
      say('warn', { resource: this.event.LogicalResourceId, left: 'alone, as its properties cannot be read', reason: reasonOf(error) });
      return undefined;
    }
  }
}

async function withinTime(work: Promise<Answer>, time: number, asked: { failed(error: unknown): Answer }): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const outOfTime = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(asked.failed(new HandlerError(
      `the handler ran out of time after ${Math.round(time / 1000)} s`, 'deploy again: it goes on where it stopped',
    ))), time);
  });
  try {
    return await Promise.race([work, outOfTime]);
  } finally {
    clearTimeout(timer);
  }
}

function body(event: CloudFormationCustomResourceEvent, answer: Answer, asked: { failed(error: unknown): Answer }): Buffer {
  try {
    return bodyOf(event, answer);
  } catch (error) {
    return bodyOf(event, asked.failed(error));
  }
}

/** For the stack's events; of a fault that nobody foresaw, its place in the code is in the log. */
function reasonOf(error: unknown): string {
  if (error instanceof HandlerError) return error.message;
  if (!(error instanceof Error)) return `a fault of the handler: ${typeof error}`;
  const { $metadata, stack } = error as Error & { $metadata?: { requestId?: string } };
  say('error', { fault: error.name, message: error.message, request: $metadata?.requestId, at: stack?.split('\n').filter((line) => line.startsWith('    at ')) });
  return $metadata === undefined ? `a fault of the handler: ${error.name}: ${error.message}` : `AWS refused: ${error.name}: ${error.message}`;
}

/** Never the event, whose address lets whoever has it answer for us, nor an error as it is, which may bring a whole answer along. */
function say(level: 'log' | 'warn' | 'error', line: Record<string, unknown>): void {
  console[level](JSON.stringify(line));
}

import { request } from 'node:https';
import { request as insecureRequest } from 'node:http';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';

/** What a handler does when CloudFormation asks; `Props` is what `parse` makes of the resource's properties. */
export interface CustomResource<Props> {
  /** Raises HandlerError when they are not what the handler takes. */
  parse(properties: Record<string, unknown>): Props;
  /** Follows from the properties that identify the resource, and never changes when others do: another id makes CloudFormation delete the old one. */
  physicalId(props: Props): string;
  create(props: Props, call: Call): Promise<Attributes>;
  update(props: Props, old: Props, call: Call): Promise<Attributes>;
  /** Of what may not be there: a create that failed is deleted too. */
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
}

/** What a person is to be told: it stands in the stack's events, so it holds no value of a row. */
export class HandlerError extends Error {
  constructor(what: string, remedy?: string) {
    super(remedy === undefined ? what : `${what} → ${remedy}`);
  }
}

interface Answer {
  readonly Status: 'SUCCESS' | 'FAILED';
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
  readonly Data?: Attributes;
}

/** Of a create whose properties could not even be read: there is nothing to delete. */
const NOTHING = 'nothing-was-made';
/** Kept back to send the answer. */
const FOR_THE_ANSWER = 5_000;
/** CloudFormation takes 4 KB in all; the id and attributes need their share. */
const LONGEST_REASON = 2_000;

/** A Lambda handler that answers CloudFormation on every path, the one where time runs out included. */
export function customResource<Props>(resource: CustomResource<Props>): (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void> {
  return async (event, context) => {
    const deadline = context.getRemainingTimeInMillis() - FOR_THE_ANSWER;
    const ends = Date.now() + deadline;
    let timer: NodeJS.Timeout | undefined;
    const outOfTime = new Promise<Answer>((resolve) => {
      timer = setTimeout(() => resolve(failed(event, new HandlerError(
        `the handler ran out of time after ${Math.round(deadline / 1000)} s`, 'deploy again: it goes on where it stopped',
      ))), deadline);
    });
    const answer = await Promise.race([act(resource, event, () => ends - Date.now()).catch((error: unknown) => failed(event, error)), outOfTime]);
    clearTimeout(timer);
    console.log(JSON.stringify({ request: event.RequestType, resource: event.LogicalResourceId, status: answer.Status, reason: answer.Reason }));
    await send(event, answer);
  };
}

async function act<Props>(resource: CustomResource<Props>, event: CloudFormationCustomResourceEvent, remaining: () => number): Promise<Answer> {
  const call: Call = { requestId: event.RequestId, stackId: event.StackId, logicalId: event.LogicalResourceId, remaining };
  if (event.RequestType === 'Delete') {
    if (event.PhysicalResourceId !== NOTHING) await resource.delete(resource.parse(event.ResourceProperties), call);
    return { Status: 'SUCCESS', PhysicalResourceId: event.PhysicalResourceId };
  }
  const props = resource.parse(event.ResourceProperties);
  const data = event.RequestType === 'Create'
    ? await resource.create(props, call)
    : await resource.update(props, resource.parse(event.OldResourceProperties), call);
  return { Status: 'SUCCESS', PhysicalResourceId: resource.physicalId(props), Data: data };
}

function failed(event: CloudFormationCustomResourceEvent, error: unknown): Answer {
  const known = error instanceof HandlerError;
  if (!known) console.error(error);
  const reason = known ? error.message : `a fault of the handler: ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  return { Status: 'FAILED', Reason: reason.slice(0, LONGEST_REASON), PhysicalResourceId: event.RequestType === 'Create' ? NOTHING : event.PhysicalResourceId };
}

/** Tried again, since nobody else can give the answer and without one the stack waits for an hour. */
async function send(event: CloudFormationCustomResourceEvent, answer: Answer): Promise<void> {
  const { StackId, RequestId, LogicalResourceId } = event;
  const body = JSON.stringify({ ...answer, StackId, RequestId, LogicalResourceId });
  for (let attempt = 1; ; attempt += 1) {
    try {
      await put(new URL(event.ResponseURL), body);
      return;
    } catch (error) {
      if (attempt === 5) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 200 * 2 ** attempt); });
    }
  }
}

function put(url: URL, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'http:' ? insecureRequest : request;
    // The URL is signed for a request without a content type.
    const call = send(url, { method: 'PUT', timeout: 2_000, headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) } }, (response) => {
      response.resume();
      response.on('end', () => {
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`CloudFormation answered ${status}`));
      });
    });
    call.on('timeout', () => call.destroy(new Error('CloudFormation did not answer')));
    call.on('error', reject);
    call.end(body);
  });
}

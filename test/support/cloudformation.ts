import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { type AddressInfo } from 'node:net';
import { type CloudFormationCustomResourceEvent, type Context } from 'aws-lambda';
import { type Answer } from '../../constructs/handlers/answer';

type Handler = (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void>;
type Properties = Record<string, unknown>;
interface Resource { readonly physicalId: string; readonly properties: Properties }

/** How often the address of the answers fails before it takes one. */
export interface Server { failing: number; silent: boolean }

/**
 * A stack with custom resources alone, and what CloudFormation sends when it is deployed: creates and updates, after a failure
 * updates back and deletes of what was created, after a success deletes of what is no longer in the template or was replaced.
 * Answers come by `fetch`: over HTTP, as they do there, where that is what is tested.
 */
export class CloudFormation {
  readonly events: CloudFormationCustomResourceEvent[] = [];
  readonly answers: (Answer & { readonly bytes: number; readonly contentType: string | undefined })[] = [];
  readonly server: Server = { failing: 0, silent: false };
  resources: Record<string, Resource> = {};
  /** What Lambda gives the function. */
  milliseconds = 900_000;
  private stackId: string;
  private readonly answered = new Map<string, Answer>();

  /** Listens for answers, until it is stopped. */
  static async overHttp(handler: Handler): Promise<CloudFormation> {
    const found: CloudFormation = new CloudFormation(handler, undefined, http.createServer((request, response) => { found.receive(request, response); }));
    await new Promise<void>((resolve) => { found.http!.listen(0, '127.0.0.1', resolve); });
    return found;
  }

  constructor(private readonly handler: Handler, private readonly stack = 'sales-orders-v1', private readonly http?: http.Server) {
    this.stackId = this.newStackId();
  }

  async stop(): Promise<void> {
    const { http: server } = this;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => { server.close(resolve); });
  }

  /** Deploys the template, each resource by its logical id. `otherFails`: a resource after ours does. Throws with the reason once all is rolled back. */
  async deploy(template: Record<string, Properties>, { otherFails = false } = {}): Promise<void> {
    const before = this.resources, made: string[] = [], replaced: [string, Resource][] = [], changed: string[] = [];
    let reason = otherFails ? 'another resource failed' : undefined;
    for (const [logicalId, properties] of Object.entries(template)) {
      const old = before[logicalId];
      if (old !== undefined && JSON.stringify(old.properties) === JSON.stringify(properties)) continue;
      const answer = await this.send(old === undefined ? 'Create' : 'Update', logicalId, properties, old);
      if (old === undefined) made.push(logicalId);
      else changed.push(logicalId);
      this.resources = { ...this.resources, [logicalId]: { physicalId: answer.PhysicalResourceId, properties } };
      if (answer.Status === 'FAILED') {
        reason = answer.Reason;
        break;
      }
      if (old !== undefined && answer.PhysicalResourceId !== old.physicalId) replaced.push([logicalId, old]);
    }
    if (reason !== undefined) {
      await this.rollBack(before, made, changed);
      throw new Error(reason);
    }
    const gone = Object.entries(before).filter(([logicalId]) => template[logicalId] === undefined).reverse();
    for (const [logicalId, resource] of [...replaced, ...gone]) await this.delete(logicalId, resource);
    this.resources = Object.fromEntries(Object.entries(this.resources).filter(([logicalId]) => template[logicalId] !== undefined));
  }

  /** Deletes the stack; the next deployment makes another one of the same name. */
  async destroy(): Promise<void> {
    // What others depend on goes last.
    for (const [logicalId, resource] of Object.entries(this.resources).reverse()) {
      const answer = await this.delete(logicalId, resource);
      if (answer.Status === 'FAILED') throw new Error(answer.Reason);
    }
    this.resources = {};
    this.stackId = this.newStackId();
  }

  /** Sends the last event again, as Lambda does with one that was not handled. */
  async again(): Promise<Answer> {
    return this.call(this.events.at(-1) as CloudFormationCustomResourceEvent);
  }

  private async rollBack(before: Record<string, Resource>, made: string[], changed: string[]): Promise<void> {
    for (const logicalId of changed) {
      const now = this.resources[logicalId], old = before[logicalId];
      const answer = await this.send('Update', logicalId, old.properties, now);
      if (answer.Status === 'FAILED') throw new Error(`UPDATE_ROLLBACK_FAILED: ${answer.Reason}`);
      if (answer.PhysicalResourceId !== now.physicalId) await this.delete(logicalId, now);
    }
    for (const logicalId of made.reverse()) {
      const answer = await this.delete(logicalId, this.resources[logicalId]);
      if (answer.Status === 'FAILED') throw new Error(`ROLLBACK_FAILED: ${answer.Reason}`);
    }
    this.resources = before;
  }

  private delete(logicalId: string, { physicalId, properties }: Resource): Promise<Answer> {
    return this.send('Delete', logicalId, properties, { physicalId, properties: {} });
  }

  private async send(type: 'Create' | 'Update' | 'Delete', logicalId: string, properties: Properties, old?: Resource): Promise<Answer> {
    const RequestId = randomUUID();
    const event = {
      RequestType: type, RequestId, StackId: this.stackId, LogicalResourceId: logicalId, ResourceType: 'Custom::Test',
      ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:mesh-sales-tables',
      ResponseURL: `${this.http === undefined ? NOWHERE : `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`}/${RequestId}?Signature=${SIGNATURE}`,
      ResourceProperties: { ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:mesh-sales-tables', ...properties },
      ...(type === 'Create' ? {} : { PhysicalResourceId: old?.physicalId }),
      ...(type === 'Update' ? { OldResourceProperties: old?.properties } : {}),
    } as CloudFormationCustomResourceEvent;
    this.events.push(event);
    return this.call(event);
  }

  private async call(event: CloudFormationCustomResourceEvent): Promise<Answer> {
    const ends = Date.now() + this.milliseconds;
    this.answered.delete(event.RequestId);
    const { fetch } = globalThis;
    if (this.http === undefined) globalThis.fetch = (address, request) => this.fetched(address, request, fetch);
    try {
      await this.handler(event, { getRemainingTimeInMillis: () => ends - Date.now() } as Context);
    } finally {
      globalThis.fetch = fetch;
    }
    const answer = this.answered.get(event.RequestId);
    if (answer === undefined) throw new Error(`${event.RequestType} of ${event.LogicalResourceId} was not answered`);
    return answer;
  }

  private receive(request: http.IncomingMessage, response: http.ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (this.server.silent) return;
      if (this.server.failing > 0) {
        this.server.failing -= 1;
        response.writeHead(503).end();
        return;
      }
      response.writeHead(this.take(request.method, request.headers['content-type'], Buffer.concat(chunks))).end();
    });
  }

  private fetched(address: string | URL | Request, request: RequestInit | undefined, other: typeof fetch): Promise<Response> {
    if (typeof address !== 'string' || !address.startsWith(NOWHERE)) return other(address, request);
    return Promise.resolve(new Response(null, { status: this.take(request?.method, new Headers(request?.headers).get('content-type') ?? undefined, request?.body as Uint8Array) }));
  }

  /** Takes an answer, and says the status of that. */
  private take(method: string | undefined, contentType: string | undefined, body: Uint8Array): number {
    const answer = JSON.parse(Buffer.from(body).toString()) as Answer & { RequestId: string };
    this.answered.set(answer.RequestId, answer);
    this.answers.push({ ...answer, bytes: body.length, contentType });
    return method === 'PUT' ? 200 : 405;
  }

  private newStackId(): string {
    return `arn:aws:cloudformation:eu-west-1:111122223333:stack/${this.stack}/${randomUUID()}`;
  }
}

/** Of answers that are not sent over HTTP. */
const NOWHERE = 'https://cloudformation.invalid';

/** What is in the address of an answer and must never be in a log. */
export const SIGNATURE = 'a-secret-signature';

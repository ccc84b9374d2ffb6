import type { Client, MetadataBearer } from '@smithy/types';
import { AwsStub, mockClient } from 'aws-sdk-client-mock';
import { AwsModel } from './aws-model';

/** How a call can fail: `refused`, before anything happened; `unanswered`, after all of it did. */
export type FaultKind = 'refused' | 'unanswered';

/** The calls of all strict mocks while somebody watches them; the one numbered `at` fails. */
interface Watch {
  readonly at?: number;
  readonly kind?: FaultKind;
  readonly calls: string[];
}

let watch: Watch | undefined;

/**
 * mockClient, with every request held against the service's own model, every answer of a fake as well, and an error for a
 * call that no behaviour answers. `service` is botocore's name: `strictMock(GlueClient, 'glue')`.
 */
export function strictMock<TInput extends object, TOutput extends MetadataBearer, TConfiguration>(
  client: new (configuration: never) => Client<TInput, TOutput, TConfiguration>, service: string,
): AwsStub<TInput, TOutput, TConfiguration> {
  const prototype = client.prototype as { send: unknown };
  const mock = mockClient(client as unknown as Parameters<typeof mockClient>[0]) as unknown as AwsStub<TInput, TOutput, TConfiguration>;
  const model = AwsModel.of(service);

  const guard = (): void => {
    prototype.send = async function send(this: unknown, command: { input: object; constructor: { name: string } }): Promise<unknown> {
      const operation = command.constructor.name.replace(/Command$/, '');
      refuse(service, model.problemsOfInput(operation, command.input));
      const fails = count(`${service}:${operation}`);
      if (fails === 'refused') throw fault(operation, fails);
      const answer: unknown = await (mock.send as unknown as (command: unknown) => Promise<unknown>).call(this, command);
      if (answer === undefined) throw new Error(`no behaviour answers ${service} ${operation} ${JSON.stringify(command.input)}`);
      refuse(service, model.problemsOfOutput(operation, answer));
      if (fails === 'unanswered') throw fault(operation, fails);
      return answer;
    };
  };
  // The library only restores a stub of its own, so it gets that back first.
  mock.reset = () => {
    prototype.send = mock.send;
    AwsStub.prototype.reset.call(mock);
    guard();
    return mock;
  };
  mock.restore = () => {
    prototype.send = mock.send;
    AwsStub.prototype.restore.call(mock);
  };
  guard();
  return mock;
}

/**
 * Runs a scenario once without a fault, and then once for each call of what it does `during` and each way in which that
 * call can fail: `await faultAtEveryCall(async (during) => { …; await during(() => handler(event)).catch(() => {}); …expect })`.
 * Returns how many faults there were.
 */
export async function faultAtEveryCall(scenario: (during: <T>(work: () => Promise<T>) => Promise<T>) => Promise<void>): Promise<number> {
  const calls: string[] = [];
  const run = async (at?: number, kind?: FaultKind): Promise<void> => {
    const own: Watch = { at, kind, calls: at === undefined ? calls : [] };
    try {
      await scenario(async (work) => {
        watch = own;
        try {
          return await work();
        } finally {
          watch = undefined;
        }
      });
    } catch (error) {
      if (error instanceof Error && at !== undefined) error.message = `with call ${at + 1}, ${calls[at]}, ${kind}: ${error.message}`;
      throw error;
    }
  };
  await run();
  for (const at of calls.keys()) {
    for (const kind of ['refused', 'unanswered'] as const) await run(at, kind);
  }
  return calls.length * 2;
}

function count(call: string): FaultKind | undefined {
  if (watch === undefined) return undefined;
  watch.calls.push(call);
  return watch.calls.length - 1 === watch.at ? watch.kind : undefined;
}

/** What a client throws once its own retries are used up. */
function fault(operation: string, kind: FaultKind): Error {
  return kind === 'refused'
    ? Object.assign(new Error(`${operation} was refused`), { name: 'InternalServiceException', $fault: 'server', $metadata: { httpStatusCode: 500 } })
    : Object.assign(new Error(`${operation} was not answered`), { name: 'TimeoutError', $metadata: {} });
}

function refuse(service: string, problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(`${service}'s model does not have this:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
}

import type { Command, MetadataBearer } from '@smithy/types';
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

/** The class of a command, with what it asks and is answered. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- what all commands of a client may ask and be answered, and how it is set up
type CommandOf<TInput extends object, TOutput extends MetadataBearer> = new (input: TInput) => Command<any, TInput, any, TOutput, any>;

interface Call<TInput extends object> {
  readonly args: readonly [{ readonly input: TInput }];
}

type Fake = (input: never) => unknown;

/** What answers a command: each fake of `once`, then `always`. */
class Behaviour<TOutput> {
  private readonly once: Fake[] = [];
  private always: Fake | undefined;

  callsFake(fake: Fake): this {
    this.always = fake;
    return this;
  }

  resolves(answer: Omit<TOutput, '$metadata'>): this {
    return this.callsFake(() => answer);
  }

  rejects(error: Error): this {
    return this.callsFake(() => { throw error; });
  }

  rejectsOnce(error: Error): this {
    this.once.push(() => { throw error; });
    return this;
  }

  /** What is to answer the next call. */
  next(): Fake | undefined {
    return this.once.shift() ?? this.always;
  }
}

/**
 * A client of an AWS service whose commands are answered by fakes. Every request is held against the service's own model, every
 * answer of a fake as well, and a call that no behaviour answers is an error.
 */
export class StrictMock {
  private readonly model: AwsModel;
  private readonly inherited: PropertyDescriptor | undefined;
  private readonly behaviours = new Map<unknown, Behaviour<never>>();
  private sent: { readonly command: { readonly input: object } }[] = [];

  constructor(private readonly prototype: { send?: unknown }, private readonly service: string) {
    this.model = AwsModel.of(service);
    this.inherited = Object.getOwnPropertyDescriptor(prototype, 'send');
    prototype.send = (command: { input: object; constructor: { name: string } }): Promise<unknown> => this.answer(command);
  }

  on<TInput extends object, TOutput extends MetadataBearer>(command: CommandOf<TInput, TOutput>): Behaviour<TOutput> {
    return this.behaviourOf(command);
  }

  /** What answers commands that nothing of their own does. */
  onAnyCommand(): Behaviour<object> {
    return this.behaviourOf(undefined);
  }

  /** Of every command that was sent and that the service would take. */
  calls(): readonly Call<object>[] {
    return this.sent.map(({ command }) => ({ args: [command] }));
  }

  commandCalls<TInput extends object, TOutput extends MetadataBearer>(command: CommandOf<TInput, TOutput>): readonly Call<TInput>[] {
    return this.calls().filter(({ args: [sent] }) => sent instanceof command) as Call<TInput>[];
  }

  /** Forgets calls and behaviours. */
  reset(): this {
    this.behaviours.clear();
    this.sent = [];
    return this;
  }

  /** Gives the client back. */
  restore(): void {
    if (this.inherited === undefined) delete this.prototype.send;
    else Object.defineProperty(this.prototype, 'send', this.inherited);
  }

  private behaviourOf(command: unknown): Behaviour<never> {
    const found = this.behaviours.get(command) ?? new Behaviour<never>();
    this.behaviours.set(command, found);
    return found;
  }

  private async answer(command: { input: object; constructor: { name: string } }): Promise<unknown> {
    const operation = command.constructor.name.replace(/Command$/, '');
    refuse(this.service, this.model.problemsOfInput(operation, command.input));
    const fails = count(`${this.service}:${operation}`);
    if (fails === 'refused') throw fault(operation, fails);
    this.sent.push({ command });
    const fake = (this.behaviours.get(command.constructor) ?? this.behaviours.get(undefined))?.next();
    const answer = await fake?.(command.input as never);
    if (answer === undefined) throw new Error(`no behaviour answers ${this.service} ${operation} ${JSON.stringify(command.input)}`);
    refuse(this.service, this.model.problemsOfOutput(operation, answer));
    if (fails === 'unanswered') throw fault(operation, fails);
    return answer;
  }
}

/** Answers all that clients of a class send from now on. `service` is botocore's name: `strictMock(GlueClient, 'glue')`. */
export function strictMock(client: new (configuration: never) => object, service: string): StrictMock {
  return new StrictMock(client.prototype as object, service);
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

/** What some work asks AWS for, call by call: `glue:GetTable`. */
export async function callsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const own: Watch = { calls: [] };
  watch = own;
  try {
    await work();
  } finally {
    watch = undefined;
  }
  return own.calls;
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

import { createHash, randomUUID } from 'node:crypto';
import jsonata from 'jsonata';
import { type Catcher, type Choice, type Definition, type MapState, type Retrier, type State, type Task } from '../../constructs/orchestration/asl';

/** What a task ends with when its service refuses, as Step Functions names it. */
export class TaskFailed extends Error {
  constructor(readonly error: string, override readonly cause?: string) {
    super(`${error}: ${cause ?? ''}`);
  }
}

/** A person or a timeout has stopped the execution. */
export class Stopped extends Error {
  constructor(readonly status: 'ABORTED' | 'TIMED_OUT') {
    super(status);
  }
}

/** One call of a service: the resource of a task, its arguments, and the role that it is made with. */
export interface Call {
  readonly state: string;
  readonly resource: string;
  readonly arguments: Record<string, unknown>;
  readonly role: string | undefined;
  readonly timeoutSeconds: number | undefined;
}

export interface Machine {
  readonly definition: Definition;
  call(call: Call): Promise<unknown>;
  /** Milliseconds; waiting moves it on. */
  clock: { now: number };
  /** Sees each state before it is entered; may raise Stopped. */
  enter?(state: string, execution: Execution): void;
}

export type Status = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT';

type Variables = Record<string, unknown>;

interface Frame {
  readonly definition: Definition;
  readonly outer: Variables;
  readonly variables: Variables;
  /** The state to enter next. */
  at: string;
  input: unknown;
}

/** What Step Functions adds to JSONata. */
const ADDED = {
  uuid: () => randomUUID(),
  parse: (text: string) => JSON.parse(text) as unknown,
  hash: (text: string, algorithm: string) => createHash(algorithm.replace('-', '').toLowerCase()).update(text).digest('hex'),
};
const known = new Map<string, ReturnType<typeof jsonata>>();

/** A state machine that does not end is a fault of it. */
const MOST_STATES = 2000;

/**
 * One execution of a state machine, as far as the Amazon States Language is used here: JSONata with variables, Pass, Task, Choice,
 * Wait, inline Map, Succeed, Fail, Retry and Catch, stopping, and redriving from the state that did not succeed.
 */
export class Execution {
  status: Status = 'RUNNING';
  error?: string;
  cause?: string;
  output: unknown;
  redriveCount = 0;
  /** Every state that was entered, those of rounds of a Map included. */
  readonly visited: string[] = [];
  private readonly frame: Frame;
  private readonly startedAt: string;

  constructor(private readonly machine: Machine, readonly arn: string, private readonly input: unknown) {
    this.frame = { definition: machine.definition, outer: {}, variables: {}, at: machine.definition.StartAt, input };
    this.startedAt = new Date(machine.clock.now).toISOString();
  }

  get variables(): Readonly<Variables> {
    return this.frame.variables;
  }

  /** Runs to the end; whatever happens stands in the status. */
  async run(): Promise<this> {
    try {
      this.output = await this.states(this.frame);
      this.status = 'SUCCEEDED';
    } catch (error) {
      if (error instanceof Stopped) {
        this.status = error.status;
      } else if (error instanceof TaskFailed) {
        this.status = 'FAILED';
        this.error = error.error;
        this.cause = error.cause;
      } else {
        throw error;
      }
    }
    return this;
  }

  /** Goes on at the state that did not succeed, with its input and all variables. */
  async redrive(): Promise<this> {
    if (this.status === 'RUNNING' || this.status === 'SUCCEEDED') throw new Error(`an execution that is ${this.status} cannot be redriven`);
    this.redriveCount += 1;
    this.status = 'RUNNING';
    return this.run();
  }

  private async states(frame: Frame): Promise<unknown> {
    for (;;) {
      const state = frame.definition.States[frame.at];
      if (state === undefined) throw new Error(`there is no state ${frame.at}`);
      this.visited.push(frame.at);
      if (this.visited.length > MOST_STATES) throw new Error(`the execution does not end: ${this.visited.slice(-10).join(' → ')}`);
      this.machine.enter?.(frame.at, this);
      const left = await this.step(frame, state);
      if (left.next === undefined) return left.output;
      frame.input = left.output;
      frame.at = left.next;
    }
  }

  private async step(frame: Frame, state: State): Promise<{ next?: string; output: unknown }> {
    switch (state.Type) {
      case 'Succeed': return { output: frame.input };
      case 'Fail': throw new TaskFailed(String(await this.value(frame, state.Error)), String(await this.value(frame, state.Cause)));
      case 'Choice': return this.choose(frame, state);
      case 'Wait':
        this.machine.clock.now += state.Seconds * 1000;
        return this.leave(frame, state, frame.input);
      case 'Pass': return this.leave(frame, state, frame.input);
      case 'Task': return this.retried(frame, state, () => this.task(frame, state));
      case 'Map': return this.retried(frame, state, () => this.map(frame, state));
    }
  }

  private async choose(frame: Frame, state: Choice): Promise<{ next: string; output: unknown }> {
    for (const rule of state.Choices) {
      const holds = await this.value(frame, rule.Condition);
      if (typeof holds !== 'boolean') throw new TaskFailed('States.QueryEvaluationError', `${rule.Condition} is no boolean`);
      if (!holds) continue;
      await this.assign(frame, rule.Assign);
      return { next: rule.Next, output: frame.input };
    }
    await this.assign(frame, state.Assign);
    return { next: state.Default, output: frame.input };
  }

  private async retried(frame: Frame, state: Task | MapState, act: () => Promise<unknown>): Promise<{ next?: string; output: unknown }> {
    const tried = new Map<Retrier, number>();
    for (;;) {
      try {
        return await this.leave(frame, state, await act());
      } catch (error) {
        if (!(error instanceof TaskFailed)) throw error;
        const retrier = state.Retry?.find((one) => matches(one.ErrorEquals, error.error));
        const before = retrier === undefined ? 0 : tried.get(retrier) ?? 0;
        if (retrier !== undefined && before < retrier.MaxAttempts) {
          tried.set(retrier, before + 1);
          this.machine.clock.now += retrier.IntervalSeconds * retrier.BackoffRate ** before * 1000;
          continue;
        }
        return this.caught(frame, state.Catch, error);
      }
    }
  }

  private async caught(frame: Frame, catchers: readonly Catcher[] = [], error: TaskFailed): Promise<{ next: string; output: unknown }> {
    const catcher = catchers.find((one) => matches(one.ErrorEquals, error.error));
    if (catcher === undefined) throw error;
    const errorOutput = { Error: error.error, ...(error.cause === undefined ? {} : { Cause: error.cause }) };
    await this.assign(frame, catcher.Assign, { errorOutput });
    return { next: catcher.Next, output: errorOutput };
  }

  private async task(frame: Frame, state: Task): Promise<unknown> {
    const role = state.Credentials === undefined ? undefined : await this.value(frame, state.Credentials.RoleArn) as string;
    const given = await this.value(frame, state.Arguments) as Record<string, unknown>;
    return this.machine.call({ state: frame.at, resource: state.Resource, arguments: given, role, timeoutSeconds: state.TimeoutSeconds });
  }

  private async map(frame: Frame, state: MapState): Promise<unknown[]> {
    const results: unknown[] = [];
    for (const item of await this.value(frame, state.Items) as unknown[]) {
      const round: Frame = { definition: state.ItemProcessor, outer: { ...frame.outer, ...frame.variables }, variables: {}, at: state.ItemProcessor.StartAt, input: item };
      results.push(await this.states(round));
    }
    return results;
  }

  private async leave(frame: Frame, state: { Next?: string; End?: true; Assign?: Variables; Output?: unknown }, result: unknown): Promise<{ next?: string; output: unknown }> {
    const output = state.Output === undefined ? result : await this.value(frame, state.Output, { result });
    await this.assign(frame, state.Assign, { result });
    return { next: state.Next, output };
  }

  /** All at once: an expression sees variables as they were. */
  private async assign(frame: Frame, wanted: Variables | undefined, more: Variables = {}): Promise<void> {
    if (wanted === undefined) return;
    Object.assign(frame.variables, await this.value(frame, wanted, more) as Variables);
  }

  private async value(frame: Frame, template: unknown, more: Variables = {}): Promise<unknown> {
    if (isConstant(template)) return structuredClone(template);
    if (Array.isArray(template)) return Promise.all(template.map((one) => this.value(frame, one, more)));
    if (typeof template === 'object' && template !== null) {
      return Object.fromEntries(await Promise.all(Object.entries(template).map(async ([key, one]) => [key, await this.value(frame, one, more)] as const)));
    }
    return this.evaluate(frame, EXPRESSION.exec(template as string)![1], more);
  }

  private async evaluate(frame: Frame, expression: string, more: Variables): Promise<unknown> {
    const compiled = known.get(expression) ?? jsonata(expression);
    known.set(expression, compiled);
    const now = this.machine.clock.now;
    const functions = { ...ADDED, millis: () => now, now: () => new Date(now).toISOString() };
    const Execution = { Id: this.arn, Input: this.input, StartTime: this.startedAt, RedriveCount: this.redriveCount };
    const states = { input: frame.input, context: { Execution, State: { Name: frame.at } }, ...more };
    let found: unknown;
    try {
      found = await compiled.evaluate(undefined, { ...functions, states, ...frame.outer, ...frame.variables });
    } catch (error) {
      throw new TaskFailed('States.QueryEvaluationError', `${expression}: ${(error as { message?: string }).message}`);
    }
    if (found === undefined) throw new TaskFailed('States.QueryEvaluationError', `${expression} returned nothing`);
    // What JSONata gives are its own sequences; Step Functions hands on JSON.
    return JSON.parse(JSON.stringify(found)) as unknown;
  }
}

const EXPRESSION = /^\{%\s*(.*?)\s*%\}$/s;
const constants = new WeakMap<object, boolean>();

/** Whether nothing in a template has to be evaluated. */
function isConstant(template: unknown): boolean {
  if (typeof template !== 'object' || template === null) return typeof template !== 'string' || !EXPRESSION.test(template);
  const found = constants.get(template) ?? Object.values(template).every(isConstant);
  constants.set(template, found);
  return found;
}

/** What States.ALL and States.TaskFailed stand for. */
function matches(errors: readonly string[], error: string): boolean {
  return errors.some((one) => one === error || one === 'States.ALL' || (one === 'States.TaskFailed' && error !== 'States.Timeout'));
}

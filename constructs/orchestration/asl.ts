/** The part of the Amazon States Language that a run is written in, with JSONata: https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html */
export interface Definition {
  readonly Comment?: string;
  readonly QueryLanguage?: 'JSONata';
  readonly TimeoutSeconds?: number;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export type State = Pass | Task | Choice | Wait | MapState | Succeed | FailState;

/** Values of variables; a text between `{%` and `%}` is a JSONata expression. */
export type Assignments = Readonly<Record<string, unknown>>;

interface Common { readonly Comment?: string }
interface Goes { readonly Next?: string; readonly End?: true; readonly Assign?: Assignments; readonly Output?: unknown }

export interface Pass extends Common, Goes { readonly Type: 'Pass' }
export interface Wait extends Common, Goes { readonly Type: 'Wait'; readonly Seconds: number }
export interface Succeed extends Common { readonly Type: 'Succeed' }
export interface FailState extends Common { readonly Type: 'Fail'; readonly Error: string; readonly Cause: string }

export interface Choice extends Common {
  readonly Type: 'Choice';
  readonly Choices: readonly { readonly Condition: string; readonly Next: string; readonly Assign?: Assignments }[];
  readonly Default: string;
  readonly Assign?: Assignments;
}

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly JitterStrategy: 'FULL';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Assign?: Assignments;
}

export interface Task extends Common, Goes {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments: Readonly<Record<string, unknown>>;
  readonly Credentials?: { readonly RoleArn: string };
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

/** Inline: its states are part of the execution. Variables of a round are the round's own. */
export interface MapState extends Common, Goes {
  readonly Type: 'Map';
  readonly Items: unknown;
  readonly MaxConcurrency: number;
  readonly ItemProcessor: Definition & { readonly ProcessorConfig: { readonly Mode: 'INLINE' } };
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

/** An expression of JSONata as the value of a field. */
export const jsonata = (expression: string): string => `{% ${expression} %}`;

/** Errors that pass by themselves and left nothing done, tried again within the eight minutes that a lock outlasts easily. */
export function whenBusy(...errors: string[]): readonly Retrier[] {
  return [{ ErrorEquals: errors, IntervalSeconds: 15, MaxAttempts: 5, BackoffRate: 2, JitterStrategy: 'FULL' }];
}

import { type Command, Option } from 'commander';
import { type Problem } from '../contract/problem';
import { UsageError } from './failure';
import { type Terminal } from './terminal/terminal';

/** What a verb is given beside its arguments. */
export interface Session {
  readonly terminal: Terminal;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * Which entry point of the jobs answers.
   * @default - local: by what this machine keeps
   */
  readonly jobs?: 'deployed';
}

/** A verb adds itself to the program; its work ends in an exit code, which `finish` takes. */
export interface Registry {
  readonly program: Command;
  readonly session: Session;
  readonly finish: (exitCode: number) => void;
}

export const Group = { write: 'Write a product:', run: 'Run it:', look: 'Look at it:' } as const;

/** Prints one JSON document on stdout, and nothing else there. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document on stdout, for machines');
}

export function environmentOption(): Option {
  return new Option('--env <name>', 'an environment of mesh.yaml; the names of its tables follow (default: production, without a suffix)');
}

/** Which engine computes. */
export function engineOption(): Option {
  return new Option('--engine <name>', 'duckdb: embedded, quick to start; spark: what Glue runs, on this machine (Java 17)')
    .choices(['duckdb', 'spark']).default('duckdb');
}

/** Of verbs that act on a deployment: that read or change runs, certificates or published data. */
export function targetOption(): Option {
  return new Option('--target <name>', 'local: what this machine keeps; local-aws: what is deployed in the local AWS of mesh up').default('local');
}

/** A whole number of at least `least`, and at most `most`, as commander's argument parser. */
export function wholeNumber(what: string, least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const wanted = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new UsageError(`${what} must be a whole number ${wanted}, got "${text}"`);
    }
    return value;
  };
}

export function printJson(session: Session, value: unknown): void {
  session.terminal.out.line(JSON.stringify(value, null, 2));
}

/** Lines below the options: examples first, since most people read only those. */
export function helpText(examples: readonly (readonly [command: string, why: string])[], exitCodes: string, more = ''): string {
  const width = Math.max(...examples.map(([command]) => command.length));
  const lines = examples.map(([command, why]) => `  ${command.padEnd(width)}  ${why}`);
  return `\nExamples:\n${lines.join('\n')}\n\nExit codes: ${exitCodes}${more === '' ? '' : `\n\n${more}`}`;
}

/** A problem for machines: every field is there, null where there is nothing to say. */
export function problemDocument({ id, severity, line, column, path, message, received, expected, remedy }: Problem): object {
  return { id, severity, line, column, path, message, received: received ?? null, expected: expected ?? null, remedy: remedy ?? null };
}

import { type Problem } from '../contract/problem';

/** What the process says to its caller; documented in docs/cli/README.md. */
export const ExitCode = { fine: 0, fault: 1, usage: 2, bug: 70, interrupted: 130 } as const;

/** The command line is wrong: an unknown product, an option that does not fit. Exit code 2. */
export class UsageError extends Error {
  constructor(message: string, readonly remedy?: string) {
    super(message);
  }
}

/** The data, the contract or the moment is at fault, and a person can act on it. Exit code 1. */
export class Refusal extends Error {
  constructor(readonly code: string, message: string, readonly remedy?: string, readonly problems: readonly Problem[] = []) {
    super(message);
  }
}

/** The person stopped it. Exit code 130. */
export class Interrupted extends Error {}

/** The jobs met a fault of their own: a bug, with the trace they printed. Exit code 70. */
export class JobsBug extends Error {
  constructor(message: string, readonly trace: string) {
    super(message);
  }
}

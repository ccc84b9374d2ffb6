import { HandlerError } from '../handlers/custom-resource';

/** What passes by itself: others change the same permissions, Lake Formation has too much to do, or has not answered. Every call here may be made twice. */
const PASSES = new Set([
  'ConcurrentModificationException', 'ThrottlingException', 'ThrottledException', 'TooManyRequestsException', 'OperationTimeoutException', 'InternalServiceException',
  'TimeoutError',
]);
/** Lake Formation learns of a new role or location some seconds late, and until then says that they are wrong. */
const LEARNS = /invalid principal|register the s3 path|grantee has no permissions/i;

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** Nobody waits longer than this for a role to be known: it is more likely misspelt by then. */
const LONGEST_TO_LEARN = 120_000;
/** Left for what comes after the last attempt. */
const RESERVE = 30_000;

/** Why a call failed, as the exception or an entry of a batch's answer says it. */
export interface Cause {
  readonly name: string;
  readonly message: string;
}

/** Tries again as long as a fault is one that passes and there is time. */
export class Patience {
  private waited = 0;

  constructor(private readonly remaining: () => number, private readonly sleep: (ms: number) => Promise<void>) {}

  async with<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        if (error instanceof HandlerError || !(error instanceof Error) || !await this.again(error, attempt)) throw error;
      }
    }
  }

  /** Waits, and says true, if another attempt is worth it. */
  async again({ name, message }: Cause, attempt: number): Promise<boolean> {
    const learns = LEARNS.test(message);
    if (!PASSES.has(name) && !(learns && this.waited < LONGEST_TO_LEARN)) return false;
    // Half fixed, half random: handlers that met once should not meet again.
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
    const wait = longest / 2 + Math.random() * longest / 2;
    if (this.remaining() - wait < RESERVE) return false;
    if (learns) this.waited += wait;
    await this.sleep(wait);
    return true;
  }
}

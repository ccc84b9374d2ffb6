/** Something of the platform takes longer than there is time for; it is gone on with when the catalogue is asked next. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished';
}

/** How long a call may wait, and how. */
export interface Clock {
  /** Milliseconds that are left. */
  readonly remaining: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Kept back for what follows a wait. */
const RESERVE = 20_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

/** Looks again and again, ever more slowly, until it is there. Raises Unfinished, with what was waited for, when time runs out. */
export async function waitFor<T>(what: string, clock: Clock, look: () => Promise<T | undefined>): Promise<T> {
  for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE)) {
    const found = await look();
    if (found !== undefined) return found;
    if (clock.remaining() < pause + RESERVE) throw new Unfinished(what);
    await clock.pause(pause);
  }
}

import { createHash } from 'node:crypto';

/** A client token that is the same whenever the same is asked for: what was done already is not done again. */
export function clientToken(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** Whether an SDK's error is one of these. */
export function isError(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** What a call answers; undefined where it fails with the error of this name. */
export async function unless<T>(name: string, call: Promise<T>): Promise<T | undefined> {
  return call.catch((error: unknown) => {
    if (isError(error, name)) return undefined;
    throw error;
  });
}

/** Undefined where DataZone does not have it. */
export async function orUndefined<T>(asked: Promise<T>): Promise<T | undefined> {
  return unless('ResourceNotFoundException', asked);
}

export function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}

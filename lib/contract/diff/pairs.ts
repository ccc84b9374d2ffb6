/** What two lists have in common and what only one of them has, each in the order of its list. */
export interface Pairs<T> {
  readonly both: readonly { readonly base: T; readonly head: T }[];
  readonly removed: readonly T[];
  readonly added: readonly T[];
}

/** Pairs the entries of two lists by what identifies them; of several with one identity the first goes with the first. */
export function pair<T>(base: readonly T[], head: readonly T[], identity: (entry: T) => string): Pairs<T> {
  const waiting = new Map<string, T[]>();
  for (const entry of base) {
    const key = identity(entry);
    const same = waiting.get(key);
    if (same === undefined) waiting.set(key, [entry]);
    else same.push(entry);
  }
  const both: { base: T; head: T }[] = [];
  const added: T[] = [];
  for (const entry of head) {
    const partner = waiting.get(identity(entry))?.shift();
    if (partner === undefined) added.push(entry);
    else both.push({ base: partner, head: entry });
  }
  const left = new Set([...waiting.values()].flat());
  return { both, removed: base.filter((entry) => left.has(entry)), added };
}

/** What identifies a table or column: its id, else its name. */
export function identityOf({ id, name }: { readonly id?: string | undefined; readonly name: string }): string {
  return id ?? name;
}

/** What two lists have in common and what only one of them has, each in the order of its list. */
export interface Pairs<T> {
  readonly both: readonly { readonly base: T; readonly head: T }[];
  readonly removed: readonly T[];
  readonly added: readonly T[];
}

/**
 * Pairs the entries of two lists by what identifies them; of several with one identity the first goes with the first. What one
 * identity pairs with nothing, or does not identify, is paired by the next.
 */
export function pair<T>(base: readonly T[], head: readonly T[], ...identities: readonly ((entry: T) => string | undefined)[]): Pairs<T> {
  const partners = new Map<T, T>();
  const paired = new Set<T>();
  for (const identity of identities) {
    const waiting = new Map<string, T[]>();
    for (const entry of base) {
      const key = paired.has(entry) ? undefined : identity(entry);
      const same = key === undefined ? undefined : waiting.get(key);
      if (same !== undefined) same.push(entry);
      else if (key !== undefined) waiting.set(key, [entry]);
    }
    for (const entry of head) {
      const key = partners.has(entry) ? undefined : identity(entry);
      const partner = key === undefined ? undefined : waiting.get(key)?.shift();
      if (partner === undefined) continue;
      partners.set(entry, partner);
      paired.add(partner);
    }
  }
  return {
    both: head.flatMap((entry) => (partners.has(entry) ? [{ base: partners.get(entry)!, head: entry }] : [])),
    removed: base.filter((entry) => !paired.has(entry)),
    added: head.filter((entry) => !partners.has(entry)),
  };
}

/** What identifies a table or column: its id, else its name. */
export function identityOf({ id, name }: { readonly id?: string | undefined; readonly name: string }): string {
  return id ?? name;
}

import { suggest as nearest } from './suggest';

/** Comparisons that one judgement may spend on guessing what was meant: beyond the first hundred slips nobody reads on. */
const BUDGET = 200_000;

let left = BUDGET;

/** Begins a judgement: a command, or the files of one product. */
export function allowSuggestions(): void {
  left = BUDGET;
}

/** As `suggest`, as long as a file has not so many slips that guessing would take longer than judging. */
export function suggest(written: string, candidates: Iterable<string>): string | undefined {
  if (left <= 0) return undefined;
  const all = Array.isArray(candidates) ? candidates as readonly string[] : [...candidates];
  left -= all.length;
  return all.length > BUDGET ? undefined : nearest(written, all);
}

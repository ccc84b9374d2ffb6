/** Any JSON; a whole number beyond 2^53 is a bigint. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Sixteen digits may be beyond 2^53; texts are matched whole, so that digits in them stay as they are. */
const TEXT_OR_LARGE = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;
/** From the area that Unicode leaves to programs. */
const MARK = '\uE000';

/** JSON.parse that keeps every digit: ids of Iceberg's snapshots have 64 bits, and a number of JavaScript 53. */
export function parseExactly(text: string): Json {
  if (text.includes(MARK)) throw new SyntaxError('the character U+E000 cannot be told apart from a mark');
  const marked = text.replace(TEXT_OR_LARGE, (found) => (found.startsWith('"') ? found : `"${MARK}${found}"`));
  return JSON.parse(marked, (_name, value: unknown) => (typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(1)) : value)) as Json;
}

/** The JSON of what parseExactly gave. */
export function writeExactly(value: Json): string {
  const marked = JSON.stringify(value, (_name, part: unknown) => (typeof part === 'bigint' ? `${MARK}${part}` : part));
  return marked.replace(new RegExp(`"${MARK}(-?\\d+)"`, 'g'), '$1');
}

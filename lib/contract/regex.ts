/** What Java and RE2 do not both have, or mean differently, beyond what ECMAScript writes. */
const UNPORTABLE: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/, 'it looks ahead or behind'],
  [/\\[1-9]|\\k</, 'it refers back to a group'],
  [/\(\?>/, 'it has an atomic group'],
  [/\(\?P?<[A-Za-z]/, 'it names a group'],
  [/[*+?}]\+/, 'it has a possessive quantifier'],
  [/&&/, 'it intersects classes'],
  [/\\[AaCEGHKNQRVXZcehvz]/, 'it has an escape that not every engine knows'],
  [/\\u/, 'it has \\u: write the character itself'],
  [/\[\[:/, 'it has a POSIX class: write the range'],
  [/\[\^?\]/, 'it has an empty class'],
  [/\\[pP]\{(?!(?:[LMNPSZC][a-z]?|Greek|Cyrillic|Latin|Han|Arabic|Hebrew)\})/, 'it names a class that not every engine has: a category such as \\p{Lu}, or a script such as \\p{Greek}'],
];

/** Repetitions above this are refused by RE2. */
const MAX_REPEAT = 1000;
const MAX_LENGTH = 1000;

/** Why a regular expression cannot be used on every engine; undefined where it can. It may begin with `(?i)`. */
export function unportablePattern(pattern: string): string | undefined {
  if (pattern.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  const body = pattern.replace(/^\(\?[ism]+\)/, '');
  // escaped backslashes and brackets would look like what they are not
  const bare = body.replace(/\\\\/g, '').replace(/\\[[\]()*+?{}.|^$&]/g, '_');
  for (const [form, why] of UNPORTABLE) if (form.test(bare)) return why;
  if (body !== pattern && /^\(\?[sm]*i/.test(pattern) && /\\p/i.test(bare)) return 'it ignores case and names a class of letters';
  for (const [, low, high] of bare.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    if (Number(low) > MAX_REPEAT || Number(high ?? 0) > MAX_REPEAT) return `it repeats more than ${MAX_REPEAT} times`;
  }
  try {
    new RegExp(body);
    return undefined;
  } catch (error) {
    return `it is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`;
  }
}

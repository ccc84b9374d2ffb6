/** What stands for a part of a date or time, as both engines read it. */
const PARTS = [
  'yyyy', 'uuuu', 'yy', 'y', 'MMMM', 'MMM', 'MM', 'M', 'dd', 'd', 'DDD', 'D', 'EEEE', 'EEE', 'EE', 'E', 'HH', 'H', 'hh', 'h', 'a', 'mm', 'm', 'ss', 's',
  'S', 'SS', 'SSS', 'SSSS', 'SSSSS', 'SSSSSS', 'XXX', 'XX', 'X', 'xxx', 'xx', 'Z', 'z', 'VV',
];

/**
 * What is wrong with how a date or time is said to be written, in Java's letters; undefined for a pattern that both engines read alike.
 * The same is refused by `adapters/written.py` of the jobs.
 */
export function datePatternProblem(pattern: string): { readonly message: string; readonly remedy: string } | undefined {
  const parts = [...pattern.replace(/'[^']*'/g, ' ').matchAll(/([A-Za-z])\1*/g)].map(([part]) => part);
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown !== undefined) return { message: `\`${unknown}\` is not part of a date or time`, remedy: 'use yyyy MM dd HH mm ss SSS XXX, and quote words: \'T\'' };
  const letters = parts.map((part) => part.charAt(0));
  const twice = letters.find((letter, index) => letters.indexOf(letter) !== index);
  if (twice !== undefined) return { message: `\`${twice}\` appears twice in the pattern, and each engine uses a different one`, remedy: 'leave one out' };
  if (letters.includes('h') !== letters.includes('a')) {
    return { message: '`h` and `a` go together: 12 is midnight to one engine and noon to the other', remedy: 'write HH for the hours of a day, or `hh … a`' };
  }
  return undefined;
}

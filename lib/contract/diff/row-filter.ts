/** How the rows that a filter in SQL lets through became others; `unknown` where that cannot be told from the text. */
export type FilterStep = 'same' | 'narrowed' | 'widened' | 'unknown';

/** Compares two filters by their text: conditions joined by AND, alternatives joined by OR, and lists of values. */
export function filterStep(base: string | undefined, head: string | undefined): FilterStep {
  const [before, after] = [base, head].map((filter) => (filter === undefined ? [] : split(normal(filter), 'AND').map(alternatives)));
  const [widened, narrowed] = [isWithin(before, after), isWithin(after, before)];
  return widened ? narrowed ? 'same' : 'widened' : narrowed ? 'narrowed' : 'unknown';
}

/** Whether what passes all of the first conditions passes all of the others: each of these lets through what one of those does. */
function isWithin(inner: readonly ReadonlySet<string>[], outer: readonly ReadonlySet<string>[]): boolean {
  return outer.every((looser) => inner.some((stricter) => [...stricter].every((alternative) => looser.has(alternative))));
}

/** `a = 1 OR b = 2`, and `a IN (1, 2)` as `a = 1`, `a = 2`. */
function alternatives(condition: string): Set<string> {
  return new Set(split(condition, 'OR').flatMap((alternative) => {
    const list = /^(\S+) IN \((.*)\)$/.exec(alternative);
    return list === null ? [alternative] : split(list[2], ',').map((value) => `${list[1]} = ${value}`);
  }));
}

/** Keywords in capitals and one space between words, outside of quotes. */
function normal(filter: string): string {
  return pieces(filter).map((piece) => (/^['"`]/.test(piece) ? piece : piece.replace(/\s+/g, ' ')
    .replace(/\b(and|or|in|not|is|null|like|between)\b/gi, (word) => word.toUpperCase()).replace(/ ?(<=|>=|<>|!=|=|<|>) ?/g, ' $1 ').replace(/\( | \)/g, (paren) => paren.trim()))).join('').trim();
}

/** Text in quotes apart from the rest. */
function pieces(text: string): string[] {
  return text.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|[^'"`]+|['"`]/g) ?? [];
}

/** The parts between a word that stands outside of quotes and parentheses; parentheses around a whole part are dropped. */
function split(text: string, word: 'AND' | 'OR' | ','): string[] {
  const parts: string[] = [''];
  let depth = 0;
  let between = false;
  for (const token of text.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\w+|\W/g) ?? []) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === 'BETWEEN') between = true;
    if (depth === 0 && token === word && !between) parts.push('');
    else parts[parts.length - 1] += token;
    // the AND of a BETWEEN joins its bounds
    if (token === 'AND') between = false;
  }
  const trimmed = parts.map((part) => part.trim());
  const [only] = trimmed;
  return trimmed.length === 1 && isWrapped(only) ? split(only.slice(1, -1), word) : trimmed;
}

/** Whether the parenthesis at the beginning is closed by the one at the end. */
function isWrapped(text: string): boolean {
  if (!text.startsWith('(')) return false;
  let depth = 0;
  let at = 0;
  for (const token of text.match(/'(?:[^']|'')*'|[()]|[^()']+|'/g) ?? []) {
    at += token.length;
    depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    if (depth === 0) return at === text.length;
  }
  return false;
}

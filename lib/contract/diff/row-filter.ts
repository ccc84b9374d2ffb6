/** How the rows that a filter in SQL lets through became others; `unknown` where that cannot be told from the text. */
export type FilterStep = 'same' | 'narrowed' | 'widened' | 'unknown';

/** A condition, or several of which all or any have to hold. */
type Condition = string | { readonly all: readonly Condition[] } | { readonly any: readonly Condition[] };

/** Ways of passing a filter that are looked at; lists of values multiply where several have to hold. */
const MOST_WAYS = 2000;

/** Compares two filters by their text: alternatives joined by OR, of conditions joined by AND, and lists of values. */
export function filterStep(base: string | undefined, head: string | undefined): FilterStep {
  const [before, after] = [base, head].map((filter) => (filter === undefined ? { all: [] } : read(normal(filter))));
  const [widened, narrowed] = [isWithin(before, after), isWithin(after, before)];
  return widened ? narrowed ? 'same' : 'widened' : narrowed ? 'narrowed' : 'unknown';
}

/** Whether every row that passes the first filter passes the other. */
function isWithin(inner: Condition, outer: Condition): boolean {
  // one part by itself says most often that another holds, and has far fewer ways than all of them together
  return partsOf(outer).every((needed) => [...partsOf(inner), inner].some((given) => ways(given)?.every((holding) => holds(needed, holding)) === true));
}

function partsOf(condition: Condition): readonly Condition[] {
  return typeof condition === 'object' && 'all' in condition ? condition.all : [condition];
}

/** The sets of conditions of which one holds for each row that passes; undefined where there are too many. */
function ways(condition: Condition): ReadonlySet<string>[] | undefined {
  if (typeof condition === 'string') return [new Set([condition])];
  if ('any' in condition) {
    const each = condition.any.map(ways);
    return each.some((list) => list === undefined) ? undefined : each.flatMap((list) => list!);
  }
  return condition.all.reduce<ReadonlySet<string>[] | undefined>((before, part) => {
    const each = ways(part);
    if (before === undefined || each === undefined || before.length * each.length > MOST_WAYS) return undefined;
    return before.flatMap((one) => each.map((other) => new Set([...one, ...other])));
  }, [new Set()]);
}

function holds(condition: Condition, holding: ReadonlySet<string>): boolean {
  if (typeof condition === 'string') return holding.has(condition);
  return 'any' in condition ? condition.any.some((part) => holds(part, holding)) : condition.all.every((part) => holds(part, holding));
}

/** AND binds tighter than OR; `a IN (1, 2)` is `a = 1 OR a = 2`. */
function read(text: string): Condition {
  const bare = unwrapped(text);
  const alternatives = split(bare, 'OR');
  if (alternatives.length > 1) return { any: alternatives.map(read) };
  const conditions = split(bare, 'AND');
  if (conditions.length > 1) return { all: conditions.map(read) };
  const list = /^(\S+) IN (\(.*\))$/.exec(bare);
  if (list === null || !isWrapped(list[2]) || /^\(SELECT\b/i.test(list[2])) return bare;
  return { any: split(list[2].slice(1, -1), ',').map((value) => `${list[1]} = ${value}`) };
}

/** Keywords in capitals and one space between words, outside of quotes. */
function normal(filter: string): string {
  return pieces(filter).map((piece) => (/^['"`]/.test(piece) ? piece : piece.replace(/\s+/g, ' ')
    .replace(/\b(and|or|in|not|is|null|like|between|case|end)\b/gi, (word) => word.toUpperCase()).replace(/ ?(<=|>=|<>|!=|=|<|>) ?/g, ' $1 ').replace(/\( | \)/g, (paren) => paren.trim()))).join('').trim();
}

/** Text in quotes apart from the rest. */
function pieces(text: string): string[] {
  return text.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|[^'"`]+|['"`]/g) ?? [];
}

/** The parts between a word that stands outside of quotes, parentheses and CASE. */
function split(text: string, word: 'AND' | 'OR' | ','): string[] {
  const parts: string[] = [''];
  let depth = 0;
  let cases = 0;
  let between = false;
  for (const token of text.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\w+|\W/g) ?? []) {
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === 'CASE') cases += 1;
    if (token === 'END' && cases > 0) cases -= 1;
    if (token === 'BETWEEN') between = true;
    if (depth === 0 && cases === 0 && token === word && !between) parts.push('');
    else parts[parts.length - 1] += token;
    // the AND of a BETWEEN joins its bounds
    if (token === 'AND') between = false;
  }
  return parts.map((part) => part.trim());
}

/** Without the parentheses around the whole of it. */
function unwrapped(text: string): string {
  return isWrapped(text) ? unwrapped(text.slice(1, -1).trim()) : text;
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

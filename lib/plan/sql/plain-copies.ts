/** The name of a column that an expression consists of; undefined where it does anything with it. */
export function bareColumn(expression: string): string | undefined {
  let inner = expression.trim();
  while (inner.startsWith('(') && inner.endsWith(')')) inner = inner.slice(1, -1).trim();
  const match = /^(?:`((?:[^`]|``)+)`|([A-Za-z_]\w*))$/.exec(inner);
  return match === null ? undefined : match[1]?.replaceAll('``', '`') ?? match[2];
}

type Token = readonly [text: string, kind: 'name' | 'word' | 'sign' | 'literal'];

const TOKEN = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|('(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*")|`((?:[^`]|``)+)`|([A-Za-z_]\w*)|(\S)/g;
/** What follows the last item of a SELECT. */
const ENDS = new Set(['from', 'union', 'except', 'intersect', ')', ',']);
const QUANTIFIERS = new Set(['distinct', 'all']);

/** Whether a query gives the values of column `from` as they are in column `to`: by aliases alone, over any subqueries. */
export function copies(sql: string): (from: string, to: string) => boolean {
  const given = new Map<string, Set<string>>();
  let everything = false;
  for (const item of selectItems(sql)) {
    if (item.at(-1)?.[0] === '*' && (item.length === 1 || item.at(-2)?.[0] === '.')) everything = true;
    const [column, alias] = plainItem(item) ?? [];
    if (column !== undefined && alias !== undefined) given.set(column, (given.get(column) ?? new Set()).add(alias));
  }
  return (from, to) => {
    const [start, end] = [from.toLowerCase(), to.toLowerCase()];
    if (everything && start === end) return true;
    const seen = new Set<string>();
    const next = [start];
    for (let name = next.pop(); name !== undefined; name = next.pop()) {
      for (const alias of given.get(name) ?? []) {
        if (alias === end) return true;
        if (!seen.has(alias)) next.push(alias);
        seen.add(alias);
      }
    }
    return false;
  };
}

/** `column`, `table.column`, `column AS alias`, `column alias`: the column and what it is called then, in lower case. */
function plainItem(item: readonly Token[]): [column: string, alias: string] | undefined {
  const isName = (token: Token | undefined): token is Token => token?.[1] === 'name' || token?.[1] === 'word';
  let rest = item;
  while (isName(rest[0]) && rest[1]?.[0] === '.') rest = rest.slice(2);
  if (!isName(rest[0])) return undefined;
  const [column] = rest[0];
  const alias = rest[1]?.[0].toLowerCase() === 'as' && rest[1][1] === 'word' ? rest.slice(2) : rest.slice(1);
  if (alias.length === 0) return [column.toLowerCase(), column.toLowerCase()];
  return alias.length === 1 && isName(alias[0]) ? [column.toLowerCase(), alias[0][0].toLowerCase()] : undefined;
}

/** The items of every SELECT in a query, wherever it stands. */
function selectItems(sql: string): Token[][] {
  const items: Token[][] = [];
  const open: { readonly depth: number; item: Token[] }[] = [];
  let depth = 0;
  for (const token of tokens(sql)) {
    const [text, kind] = token;
    const word = kind === 'word' ? text.toLowerCase() : kind === 'sign' ? text : '';
    const current = open.at(-1);
    if (current?.depth === depth && ENDS.has(word)) {
      items.push(current.item);
      if (word === ',') current.item = [];
      else open.pop();
    } else if (word !== 'select' && !(current?.item.length === 0 && QUANTIFIERS.has(word))) current?.item.push(token);
    if (word === '(') depth += 1;
    if (word === ')') depth -= 1;
    if (word === 'select') open.push({ depth, item: [] });
  }
  return [...items, ...open.map(({ item }) => item)];
}

function tokens(sql: string): Token[] {
  return [...sql.matchAll(TOKEN)].flatMap(([, literal, quoted, word, sign]): Token[] => {
    if (literal !== undefined) return [[literal, 'literal']];
    if (quoted !== undefined) return [[quoted.replaceAll('``', '`'), 'name']];
    if (word !== undefined) return [[word, 'word']];
    return sign === undefined ? [] : [[sign, 'sign']];
  });
}

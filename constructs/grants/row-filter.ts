import { type DataType, typeText } from '../../lib/contract/data-type';

/** A condition as Lake Formation takes it, or why it takes none of it. */
export type LakeRowFilter = { readonly ok: true; readonly expression: string; readonly columns: readonly string[] } | { readonly ok: false; readonly because: string };

/*
 * What Lake Formation knows of a condition: columns compared with constants by these words, no function, fewer than 2048 characters,
 * and columns of these types: https://docs.aws.amazon.com/lake-formation/latest/dg/partiql-support.html
 */
const WORDS = new Set(['AND', 'OR', 'NOT', 'IN', 'IS', 'NULL', 'LIKE', 'BETWEEN', 'TRUE', 'FALSE']);
const COMPARES = new Set(['=', '<', '>', '<=', '>=', '<>', '!=']);
const PUNCTUATION = new Set(['(', ')', ',', ...COMPARES]);
const LONGEST = 2047;
const TYPES = /^(boolean|int|long|float|double|string|decimal\(.*\))$/;

/** Texts, names in quotes, names with their fields, numbers, comparisons, and whatever else is there. */
const TOKEN = /'(?:[^']|'')*'|"[^"]*"|`[^`]*`|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|[<>!]=|<>|\S/g;

/** Reads a role's condition in the portable SQL as one of Lake Formation's; `types` are those of a table's columns. */
export function lakeRowFilter(condition: string, types: ReadonlyMap<string, DataType>): LakeRowFilter {
  const tokens = condition.match(TOKEN) ?? [];
  const columns = new Set<string>();
  const words: string[] = [];
  for (const [n, token] of tokens.entries()) {
    const read = wordOf(token);
    if (read === undefined) return { ok: false, because: `Lake Formation does not know \`${token}\` in a condition` };
    if (read.column !== undefined) {
      if (tokens[n + 1] === '(') return { ok: false, because: `\`${token}(…)\` is a function, and Lake Formation knows none in a condition` };
      if (COMPARES.has(tokens[n - 1])) return { ok: false, because: `Lake Formation compares a column, on the left, with a constant, and \`${token}\` stands on the right` };
      columns.add(read.column);
    }
    words.push(read.text);
  }
  const expression = words.join(' ').replaceAll('( ', '(').replaceAll(' )', ')').replaceAll(' ,', ',');
  if (columns.size === 0) return { ok: false, because: 'the condition names no column' };
  if (expression.length > LONGEST) return { ok: false, because: `the condition has ${expression.length} characters, Lake Formation takes ${LONGEST}` };
  for (const column of columns) {
    const type = types.get(column);
    if (type === undefined) return { ok: false, because: `the table has no column \`${column}\`` };
    if (typeof type === 'string' ? !TYPES.test(type) : type.kind !== 'struct') return { ok: false, because: `Lake Formation takes no ${typeText(type)} in a condition, as \`${column}\` is` };
  }
  return { ok: true, expression, columns: [...columns] };
}

/** A token as Lake Formation writes it, and the column that it names; undefined of what it does not know. */
function wordOf(token: string): { readonly text: string; readonly column?: string } | undefined {
  // In Spark's SQL double quotes are around a text, and a backslash in it means something else than itself.
  if (/^['"]/.test(token)) return token.length < 2 || token.includes('\\') ? undefined : { text: token.startsWith('"') ? `'${token.slice(1, -1).replaceAll('\'', '\'\'')}'` : token };
  if (token.startsWith('`')) return token.length < 3 ? undefined : { text: `"${token.slice(1, -1)}"`, column: token.slice(1, -1) };
  if (WORDS.has(token.toUpperCase())) return { text: token.toUpperCase() };
  if (/^[A-Za-z_]/.test(token)) return { text: token, column: token.split('.')[0] };
  return /^-?\d/.test(token) || PUNCTUATION.has(token) ? { text: token } : undefined;
}

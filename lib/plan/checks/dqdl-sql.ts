import { type DataType, isDecimal } from '../../contract/data-type';
import { type PlanCheck } from '../plan-schema';

/** A check that DQDL has no words for; the message says why. */
export class Unmappable extends Error {}

/** The condition, in Spark's SQL, under which one row breaks a check. It never fails, whether ANSI mode is on or off. */
export function breaks(check: PlanCheck, types: ReadonlyMap<string, DataType>): string {
  return check.columns.map((column) => {
    const type = types.get(column);
    if (type === undefined) throw new Unmappable(`the type of ${column} is not known`);
    return breaksColumn(check, quoted(column), type);
  }).join(' OR ');
}

/** A column's name in SQL. */
export function quoted(column: string): string {
  if (/["\\]/.test(column)) throw new Unmappable(`the name ${column} would end a text of DQDL`);
  return `\`${column.replaceAll('`', '``')}\``;
}

/** Formats of texts, as the engines check them. */
const FORMATS: Readonly<Record<string, string>> = {
  email: '^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$',
  uuid: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  uri: '^[A-Za-z][A-Za-z0-9+.-]*:[^\\s]+$',
  ipv4: '^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])$',
  ipv6: '^([0-9a-fA-F]{0,4}:){2,7}([0-9a-fA-F]{0,4}|((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\\.){3}[0-9]{1,3})$',
  hostname: '^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$',
};
/** How far from a whole number a quotient may be: what rounding to the type and dividing leave. */
const TOLERANCE: Readonly<Record<string, string>> = { float: '1.1920928955078125E-7D', double: '1.0E-9D' };
const COMPARED: Readonly<Record<string, string>> = { minimum: '<', maximum: '>', exclusiveMinimum: '<=', exclusiveMaximum: '>=' };

function breaksColumn(check: PlanCheck, column: string, type: DataType): string {
  const { metric, arguments: given } = check;
  if (metric === 'nullValues') return `${column} IS NULL`;
  if (metric === 'missingValues') {
    const listed = given.missingValues ?? [null];
    const among = `coalesce(${oneOf(column, listed.filter((value) => value !== null), type)}, false)`;
    return listed.includes(null) ? `${column} IS NULL OR ${among}` : among;
  }
  const parts = Object.entries(given).filter(([name, value]) => name !== 'uniqueItems' || value === true).map(([name, value]) => invalid(column, type, name, value));
  return parts.length === 0 ? 'false' : `coalesce(${column} IS NOT NULL AND (${parts.join(' OR ')}), false)`;
}

function invalid(column: string, type: DataType, name: string, value: unknown): string {
  const text = `CAST(${column} AS STRING)`;
  const list = typeof type !== 'string' && type.kind === 'list' ? type : undefined;
  const pattern = name === 'format' ? FORMATS[String(value)] : name === 'pattern' ? String(value) : undefined;
  if (pattern !== undefined) return `NOT (${text} RLIKE ${sqlText(javaPattern(pattern))})`;
  if (name in COMPARED) return `${column} ${COMPARED[name]} ${literal(value, type)}`;
  switch (name) {
    case 'validValues': return `NOT (${oneOf(column, value as unknown[], type)})`;
    case 'minLength': return `length(${text}) < ${plainNumber(value)}`;
    case 'maxLength': return `length(${text}) > ${plainNumber(value)}`;
    case 'multipleOf': return noMultiple(column, type, value);
    case 'minItems': return `size(${column}) < ${plainNumber(value)}`;
    case 'maxItems': return `size(${column}) > ${plainNumber(value)}`;
    case 'uniqueItems': if (list !== undefined) return repeats(column, list.element);
  }
  throw new Unmappable(`${name} of this type has no counterpart in SQL`);
}

/** A contract's pattern, which RE2 and JavaScript have, in the words of Java: there $ also stands before a last line break. */
function javaPattern(pattern: string): string {
  if (/^\(\?s?[im]/.test(pattern)) throw new Unmappable('its pattern ignores case or has lines, which each engine treats differently');
  const parts = pattern.matchAll(/\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|[\s\S]/g);
  const written = [...parts].map(([part]) => {
    if (part === '$') return '\\z';
    if (part.startsWith('[')) return `[${part.slice(1, -1).replaceAll('\\s', '\\t\\n\\f\\r ').replace(/(?<!\\)[[&]/g, '\\$&')}]`;
    if (part === '\\s') return '[\\t\\n\\f\\r ]';
    if (part === '\\S') return '[^\\t\\n\\f\\r ]';
    if (/^\\[bB]/.test(part)) throw new Unmappable('its pattern has a word boundary, which each engine treats differently');
    return part;
  });
  // only a line feed is a line break
  return `(?d)${written.join('')}`;
}

function noMultiple(column: string, type: DataType, step: unknown): string {
  const tolerance = typeof type === 'string' ? TOLERANCE[type] : undefined;
  if (tolerance === undefined) return `${column} % ${plainNumber(step)} <> 0`;
  const quotient = `(CAST(${column} AS DOUBLE) / ${plainNumber(step)}D)`;
  return `NOT (abs(${quotient}) < double('Infinity') AND abs(${quotient} - rint(${quotient})) <= ${tolerance} * greatest(abs(${quotient}), 1.0D))`;
}

/** Null is nothing's equal; -0.0 and 0.0 are the same. */
function repeats(column: string, element: DataType): string {
  const there = `filter(${column}, e -> e IS NOT NULL)`;
  const entries = element === 'double' || element === 'float' ? `transform(${there}, e -> e + 0.0D)` : there;
  return `size(array_distinct(${entries})) < size(${entries})`;
}

function oneOf(column: string, values: readonly unknown[], type: DataType): string {
  const listed = values.flatMap((value) => {
    try {
      return [literal(value, type)];
    } catch (problem) {
      // what is no value of the type is equal to none of its values
      if (problem instanceof Unmappable) return [];
      throw problem;
    }
  });
  return listed.length === 0 ? 'false' : `${column} IN (${listed.join(', ')})`;
}

/** A value of a contract as a literal of exactly the column's type. */
function literal(value: unknown, type: DataType): string {
  const written = String(value);
  if (type === 'string') return sqlText(written);
  if (type === 'boolean' && /^(true|false)$/i.test(written)) return written.toLowerCase();
  if (typeof value !== 'boolean') {
    if (type === 'int' || type === 'long' || isDecimal(type)) return plainNumber(value);
    if (type === 'float' || type === 'double') return `CAST('${floating(written)}' AS ${type.toUpperCase()})`;
    if (type === 'date' && /^\d{4}-\d\d-\d\d$/.test(written)) return `DATE '${written}'`;
    if (type === 'timestamp' || type === 'timestamptz') return moment(written, type);
  }
  throw new Unmappable(`${JSON.stringify(value)} is not a value of its column's type`);
}

function floating(text: string): string {
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(text.trim());
  if (special !== null) return special[2].toLowerCase() === 'nan' ? 'NaN' : `${special[1] === '-' ? '-' : ''}Infinity`;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim())) throw new Unmappable(`${JSON.stringify(text)} is not a number`);
  return text.trim();
}

/** A number without an exponent, so that SQL reads it as an exact one. */
export function plainNumber(value: unknown): string {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(String(value).trim());
  if (found === null || `${found[2]}${found[3]}` === '') throw new Unmappable(`${JSON.stringify(value)} is not a number`);
  const [, sign, whole, fraction, exponent] = found;
  const point = whole.length + Number(exponent ?? 0);
  const digits = `${whole}${fraction}`;
  const padded = point <= 0 ? `${'0'.repeat(1 - point)}${digits}` : digits.padEnd(point, '0');
  const at = Math.max(point, 1);
  const plain = `${padded.slice(0, at).replace(/^0+(?=\d)/, '')}${padded.length > at ? `.${padded.slice(at)}` : ''}`;
  if (plain.replace('.', '').length > 38) throw new Unmappable(`${String(value)} has more than 38 digits`);
  return `${sign === '-' ? '-' : ''}${plain}`;
}

/** A moment in UTC; without a zone it is read as UTC. */
function moment(text: string, type: 'timestamp' | 'timestamptz'): string {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,6})?)?)?(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  if (found === null) throw new Unmappable(`${JSON.stringify(text)} is not a timestamp`);
  const [, day, minutes = '00:00', seconds = ':00', zone = 'Z'] = found;
  const utc = new Date(`${day}T${minutes}:00${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
  const plain = `${utc.toISOString().slice(0, 16).replace('T', ' ')}${seconds}`;
  return type === 'timestamp' ? `TIMESTAMP_NTZ '${plain}'` : `TIMESTAMP_LTZ '${plain} UTC'`;
}

/**
 * A text in SQL, without a quote or a backslash, which DQDL and Spark read in their own ways, and without a dollar
 * sign, which begins a variable of Spark's.
 */
export function sqlText(text: string): string {
  const parts = text.split(/(["'\\$\u0000-\u001f])/).filter((part) => part !== '').map((part) => (
    /^["'\\$\u0000-\u001f]$/.test(part) ? `char(${part.charCodeAt(0)})` : `'${part}'`));
  return parts.length === 0 ? '\'\'' : parts.length === 1 ? parts[0] : `concat(${parts.join(', ')})`;
}

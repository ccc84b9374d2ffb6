import { type DataType, isNumeric, isTemporal } from '../data-type';
import { type DocumentPath } from '../document-path';
import { type Detail } from '../findings';
import { unportablePattern } from '../regex';
import { suggest } from '../suggestion';
import { list } from '../wording';
import { fits, instant } from './rules/types';

/** A quality rule as a contract or a pipeline writes it, in one shape. */
export interface QualitySpec {
  readonly metric: string;
  readonly columns: readonly string[];
  /** Undefined where the type is not known: nothing is then said about it. */
  readonly typeOf: (column: string) => DataType | undefined;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly operators: readonly { readonly operator: string; readonly value: unknown }[];
  readonly unit: string | undefined;
  readonly action: unknown;
  readonly query: string | undefined;
}

export type FaultKind = 'operator' | 'reversed' | 'threshold' | 'missing-arguments' | 'unknown-argument' | 'argument' | 'unit' | 'quarantine' | 'placeholder' | 'place';

/** What keeps a rule from being executed, and where below the rule it is written. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: DocumentPath;
  readonly detail: Detail;
}

const VALUES = ['validValues', 'pattern', 'format', 'minLength', 'maxLength', 'minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minItems', 'maxItems', 'uniqueItems'];

/** The arguments a metric takes. */
export const METRIC_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  nullValues: [], missingValues: ['missingValues'], invalidValues: VALUES, duplicateValues: ['properties'], rowCount: [], sql: [],
};

const ROW_METRICS = ['nullValues', 'missingValues', 'invalidValues'];

/** Everything that keeps a rule with a known metric from being executed. */
export function qualityFaults(spec: QualitySpec): Fault[] {
  return [...operatorFaults(spec), ...argumentFaults(spec), ...unitFaults(spec), ...placeFaults(spec)];
}

function operatorFaults({ operators, unit, metric }: QualitySpec): Fault[] {
  if (operators.length !== 1) {
    const names = operators.map(({ operator }) => operator);
    return [{ kind: 'operator', at: names.length === 0 ? [] : [names[1]], detail: names.length === 0
      ? { message: 'the rule does not say what its result must be', expected: 'one of mustBe, mustBeLessThan, mustBeBetween, …', remedy: 'write e.g. `mustBe: 0`' }
      : { message: `the rule has ${names.length} operators: ${list(names)}`, at: 'key', expected: 'one', remedy: 'split it into several rules' } }];
  }
  const { operator, value } = operators[0];
  const numbers: unknown[] = Array.isArray(value) ? value : [value];
  const wrong = numbers.findIndex((number) => typeof number !== 'number' || !Number.isFinite(number));
  const pair = operator.endsWith('Between');
  if (wrong >= 0 || numbers.length !== (pair ? 2 : 1)) {
    return [{ kind: 'threshold', at: [operator, ...(Array.isArray(value) && wrong >= 0 ? [wrong] : [])], detail: { message: `\`${operator}\` is compared with a measured number`, received: value, expected: pair ? 'two numbers, e.g. [0, 100]' : 'a number' } }];
  }
  const [low, high] = numbers as [number, number?];
  if (high !== undefined && low > high) {
    return [{ kind: 'reversed', at: [operator], detail: { message: 'the smaller number comes first', received: value, expected: `[${high}, ${low}]`, remedy: 'swap them' } }];
  }
  const faults: Fault[] = [];
  // a query may give any number; counts and shares have bounds
  if (metric !== 'sql') {
    const most = unit === 'percent' ? 100 : Infinity;
    const outside = (numbers as number[]).find((number) => number < 0 || number > most);
    if (outside !== undefined) faults.push({ kind: 'threshold', at: [operator], detail: { message: `${unit === 'percent' ? 'a share is 0 to 100 percent' : 'a number of rows is not negative'}`, received: value } });
  }
  return faults;
}

function argumentFaults({ metric, columns, typeOf, arguments: given }: QualitySpec): Fault[] {
  const known = METRIC_ARGUMENTS[metric] ?? [];
  const faults: Fault[] = [];
  const say = (kind: FaultKind, name: string, detail: Detail, below: DocumentPath = []): void => void faults.push({ kind, at: ['arguments', name, ...below], detail });
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    say('unknown-argument', name, {
      message: `\`${metric}\` takes no argument \`${name}\``, at: 'key', received: name, expected: known.length === 0 ? 'none' : `one of ${known.join(', ')}`,
      remedy: near === undefined ? 'remove it' : `did you mean \`${near}\`?`,
    });
  }
  const used = known.filter((name) => given[name] !== undefined);
  if (metric === 'invalidValues' && used.length === 0) {
    faults.push({ kind: 'missing-arguments', at: Object.hasOwn(given, 'arguments') ? ['arguments'] : [], detail: {
      message: '`invalidValues` does not say which values are valid', expected: `arguments: ${VALUES.slice(0, 5).join(', ')}, …`, remedy: 'write e.g. `arguments: {validValues: [a, b]}`',
    } });
  }
  if (metric === 'missingValues' && used.length === 0) {
    faults.push({ kind: 'missing-arguments', at: [], detail: {
      message: '`missingValues` does not say which values count as missing', remedy: "write e.g. `arguments: {missingValues: [null, '', 'N/A']}`",
    } });
  }
  const type = columns.length === 1 ? typeOf(columns[0]) : undefined;
  for (const name of used) faults.push(...argumentFault(name, given[name], type).map(({ at, ...rest }): Fault => ({ ...rest, at: ['arguments', name, ...at] })));
  for (const [low, high] of [['minLength', 'maxLength'], ['minimum', 'maximum'], ['minItems', 'maxItems'], ['exclusiveMinimum', 'exclusiveMaximum']] as const) {
    const [least, most] = [given[low], given[high]];
    if (typeof least === 'number' && typeof most === 'number' && least > most) say('argument', low, { message: `no value can be valid: \`${low}\` is more than \`${high}\``, received: least, expected: `at most ${most}` });
  }
  return faults;
}

function argumentFault(name: string, value: unknown, type: DataType | undefined): Fault[] {
  const fault = (expected: string, message = `\`${name}\` is not valid`, at: DocumentPath = [], received = value): Fault[] => [{ kind: 'argument', at, detail: { message, received, expected } }];
  const misfit = (wanted: string): Fault[] => [{ kind: 'argument', at: [], detail: { message: `\`${name}\` is for ${wanted}, the column is ${typeof type === 'string' ? type : type?.kind ?? 'something else'}`, at: 'key', received: name } }];
  const text = type === undefined || type === 'string';
  const nested = typeof type === 'object';
  switch (name) {
    case 'validValues':
    case 'missingValues': {
      if (!Array.isArray(value) || value.length === 0) return fault('a list of values');
      const mayBeNull = name === 'missingValues';
      const wrong = value.findIndex((each: unknown) => !(each === null ? mayBeNull : ['string', 'number', 'boolean'].includes(typeof each) && (type === undefined || mayBeNull || fits(each, type))));
      return wrong < 0 ? [] : fault(nested ? 'a column that is not nested' : `values of the type ${typeof type === 'string' ? type : 'of the column'}`, 'a value is not of the type of the column', [wrong], value[wrong]);
    }
    case 'pattern': {
      if (!text) return misfit('text');
      if (typeof value !== 'string') return fault('a regular expression in quotes');
      const why = unportablePattern(value);
      return why === undefined ? [] : fault('a regular expression that Java and RE2 both have', `the pattern cannot be used on every engine: ${why}`);
    }
    case 'format':
      if (!text) return misfit('text');
      return ['email', 'uuid', 'uri', 'ipv4', 'ipv6', 'hostname'].includes(value as string) ? [] : fault('one of email, uuid, uri, ipv4, ipv6, hostname');
    case 'minLength':
    case 'maxLength':
      if (!text) return misfit('text');
      return Number.isInteger(value) && (value as number) >= 0 ? [] : fault('a whole number from 0');
    case 'minItems':
    case 'maxItems':
      if (type !== undefined && !(nested && type.kind === 'list')) return misfit('lists');
      return Number.isInteger(value) && (value as number) >= 0 ? [] : fault('a whole number from 0');
    case 'uniqueItems':
      if (type !== undefined && !(nested && type.kind === 'list')) return misfit('lists');
      return typeof value === 'boolean' ? [] : fault('true or false');
    case 'multipleOf':
      if (type !== undefined && !isNumeric(type)) return misfit('numbers');
      return typeof value === 'number' && value > 0 ? [] : fault('a number above 0');
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      if (type === undefined) return typeof value === 'number' || typeof value === 'string' ? [] : fault('a number, or a date or timestamp in quotes');
      if (isNumeric(type)) return typeof value === 'number' ? [] : fault('a number');
      if (isTemporal(type)) return typeof value === 'string' && !Number.isNaN(instant(value, type)) ? [] : fault(type === 'date' ? 'a date, e.g. 2024-01-31' : 'e.g. 2024-01-31T00:00:00Z');
      return misfit('numbers, dates and timestamps');
    default: return [];
  }
}

function unitFaults({ metric, unit }: QualitySpec): Fault[] {
  if (unit === undefined) return [];
  if (unit !== 'rows' && unit !== 'percent') {
    const near = suggest(unit, ['rows', 'percent']);
    return [{ kind: 'unit', at: ['unit'], detail: { message: 'this is not a unit of a quality rule', received: unit, expected: 'rows or percent', remedy: near === undefined ? undefined : `did you mean \`${near}\`?` } }];
  }
  if (metric === 'sql') return [{ kind: 'unit', at: ['unit'], detail: { message: 'a query gives a number of its own: a unit means nothing', at: 'key', received: unit, remedy: 'remove `unit`; compute a percentage in the query' } }];
  if (metric === 'rowCount' && unit === 'percent') return [{ kind: 'unit', at: ['unit'], detail: { message: 'a number of rows is not a share of anything', received: unit, expected: 'rows' } }];
  return [];
}

function placeFaults({ metric, columns, action, query }: QualitySpec): Fault[] {
  const faults: Fault[] = [];
  if (action === 'quarantine_rows' && !ROW_METRICS.includes(metric)) {
    faults.push({ kind: 'quarantine', at: [], detail: {
      message: `\`${metric}\` is about the table as a whole: it cannot name the rows to quarantine`, received: 'quarantine_rows', expected: 'abort_workflow or alert',
      remedy: metric === 'duplicateValues' ? 'remove duplicates in the pipeline: `deduplicate`' : 'write a rule on a column, or another action',
    } });
  }
  if (ROW_METRICS.includes(metric) && columns.length !== 1) {
    faults.push({ kind: 'place', at: [], detail: { message: `\`${metric}\` is about one column, this names ${columns.length === 0 ? 'none' : String(columns.length)}`, remedy: 'write it on the column it is about' } });
  }
  if (metric === 'duplicateValues' && columns.length === 0) {
    faults.push({ kind: 'place', at: [], detail: { message: '`duplicateValues` does not say which columns', remedy: 'write it on a column, or `arguments: {properties: [a, b]}`' } });
  }
  if (metric === 'sql' && query !== undefined && !/\$?\{(?:table|object)\}/.test(query)) {
    faults.push({ kind: 'placeholder', at: ['query'], detail: {
      message: 'the query does not say where it reads the table', received: query, expected: '`${table}` in its FROM',
      remedy: 'write e.g. `SELECT count(*) FROM ${table} WHERE …`: it is replaced by the table that is being certified',
    } });
  }
  if (metric === 'sql' && query !== undefined && columns.length === 0 && /\$?\{(?:column|property)\}/.test(query)) {
    faults.push({ kind: 'placeholder', at: ['query'], detail: { message: 'the query names a column by placeholder but is not on a column', received: query, remedy: 'move it to the column, or name the column' } });
  }
  return faults;
}

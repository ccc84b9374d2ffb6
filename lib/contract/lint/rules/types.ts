/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- every check is typed by LintRule */
import { columnType } from '../../column-type';
import { type DataType, isTemporal } from '../../data-type';
import { unportablePattern } from '../../regex';
import { fieldsWithin, type LintRule } from '../rule';

const FORMATS = ['email', 'uuid', 'uri', 'ipv4', 'ipv6', 'hostname'];
/** Formats of ODCS that say how bytes or secrets are written, not which values there may be. */
const DESCRIBING = ['password', 'byte', 'binary'];

const RANGES = [['minLength', 'maxLength'], ['minItems', 'maxItems'], ['minimum', 'maximum'], ['exclusiveMinimum', 'exclusiveMaximum'], ['minimum', 'exclusiveMaximum'], ['exclusiveMinimum', 'maximum']] as const;

/** What `logicalTypeOptions` promise about values. */
export const typeRules: readonly LintRule[] = [
  {
    id: 'lint/impossible-limits', severity: 'error', title: 'Some value can meet the limits of a type',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        const { logicalTypeOptions: options } = property;
        const { type } = columnType(property);
        for (const [low, high] of RANGES) {
          const [least, most] = [options[low], options[high]];
          if (least === undefined || most === undefined) continue;
          const order = compare(least, most, type);
          if (order < 0 || (order === 0 && !low.startsWith('exclusive') && !high.startsWith('exclusive'))) continue;
          if (Number.isNaN(order)) continue;
          report([...options.path, low], { message: `no value can be both: \`${low}\` is ${String(least)} and \`${high}\` is ${String(most)}`, received: least, expected: `less than \`${high}\`` });
        }
        if (isTemporal(type)) {
          for (const bound of ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const) {
            const value = options[bound];
            if (value === undefined || !Number.isNaN(instant(String(value), type))) continue;
            report([...options.path, bound], { message: `\`${bound}\` is not a ${type === 'date' ? 'date' : type === 'time' ? 'time' : 'timestamp'}`, received: value, expected: type === 'date' ? 'e.g. 2024-01-31' : type === 'time' ? 'e.g. 09:30:00' : 'e.g. 2024-01-31T00:00:00Z' });
          }
        }
      }
    },
  },
  {
    id: 'lint/pattern', severity: 'error', title: 'A pattern means the same on every engine',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        const { pattern, path } = property.logicalTypeOptions;
        const why = pattern === undefined ? undefined : unportablePattern(pattern);
        if (why !== undefined) report([...path, 'pattern'], { message: `the pattern cannot be used on every engine: ${why}`, received: pattern, expected: 'a regular expression that Java and RE2 both have' });
      }
    },
  },
  {
    id: 'lint/unknown-format', severity: 'warning', title: 'A text format is one that can be checked',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        const { format, path } = property.logicalTypeOptions;
        if (property.logicalType !== 'string' || format === undefined || FORMATS.includes(format) || DESCRIBING.includes(format)) continue;
        report([...path, 'format'], { message: 'nothing checks this format', received: format, expected: `one of ${FORMATS.join(', ')}`, remedy: 'describe the values with `pattern`' });
      }
    },
  },
  {
    id: 'lint/unmeasured-limits', severity: 'warning', title: 'Limits stand where they are measured',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        for (const field of fieldsWithin(property)) {
          const limits = Object.entries(field.logicalTypeOptions).flatMap(([name, value]) => (value === undefined || ['path', 'format', 'timezone', 'defaultTimezone'].includes(name) ? [] : [name]));
          if (limits.length > 0) report([...field.logicalTypeOptions.path, limits[0]], { message: `nothing measures limits of fields within \`${property.name}\``, at: 'key', remedy: 'measure them with a `sql` rule on the table' });
          if (field.required === true || field.unique === true) {
            report([...field.path, field.required === true ? 'required' : 'unique'], { message: `nothing measures what fields within \`${property.name}\` promise`, at: 'key', remedy: 'measure it with a `sql` rule on the table' });
          }
        }
        const { minProperties, maxProperties, required, path } = property.logicalTypeOptions;
        if (minProperties !== undefined || maxProperties !== undefined || required !== undefined) {
          report(path, { message: 'nothing measures the number or presence of fields', at: 'key', remedy: 'measure it with a `sql` rule on the table' });
        }
      }
    },
  },
  {
    id: 'lint/enumeration', severity: 'error', title: 'Allowed values are of the type of their column',
    check: ({ columns }, report) => {
      for (const { property } of columns) {
        const { type } = columnType(property);
        for (const { value, path } of property.enum ?? []) {
          if (value === null || fits(value, type)) continue;
          report([...path, 'value'], { message: `the value is not of the type of \`${property.name}\``, received: value, expected: typeof type === 'string' ? type : type.kind });
        }
      }
    },
  },
];

/** Whether a value that somebody wrote in YAML can be one of a column. */
export function fits(value: unknown, type: DataType): boolean {
  if (typeof type !== 'string') return false;
  switch (type) {
    case 'string': return typeof value === 'string';
    case 'boolean': return typeof value === 'boolean';
    case 'int': return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;
    case 'long': return typeof value === 'number' && Number.isInteger(value);
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz': return typeof value === 'string' && !Number.isNaN(instant(value, type));
    case 'binary': return false;
    default: return (typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))) && hasRoom(type, value);
  }
}

/** Whether a decimal holds every digit of a number; other types round to what they have. */
function hasRoom(type: string, value: number | string): boolean {
  const decimal = /^decimal\((\d+), (\d+)\)$/.exec(type);
  if (decimal === null) return true;
  const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
  const [before, behind] = typeof value === 'number' ? digitsOf(value) : [value.replace(/^-?0*|\..*$/g, '').length, value.replace(/^[^.]*\.?|0+$/g, '').length];
  return before <= precision - scale && behind <= scale;
}

/** How many digits the shortest way to write a number has before its point and behind. */
function digitsOf(value: number): [number, number] {
  const [written, exponent] = Math.abs(value).toExponential().split('e');
  const digits = written.replace('.', '').length;
  return [value === 0 ? 0 : Math.max(0, Number(exponent) + 1), Math.max(0, digits - 1 - Number(exponent))];
}

/** Milliseconds of a date, time or timestamp in ISO 8601, UTC where it says nothing; NaN for what is none. */
export function instant(text: string, type: string): number {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text);
  if (type === 'time') return /^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?$/.test(text) ? Date.parse(`1970-01-01T${text.length === 5 ? `${text}:00` : text}Z`) : NaN;
  if (date) {
    const parsed = Date.parse(`${text}T00:00:00Z`);
    // 31 February is 3 March to some parsers
    return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(text) ? parsed : NaN;
  }
  if (type === 'date' || !/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/.test(text)) return NaN;
  const iso = text.replace(' ', 'T');
  return Date.parse(/(Z|[+-]\d{2}:?\d{2})$/.test(iso) ? iso : `${iso}Z`);
}

function compare(a: number | string, b: number | string, type: DataType): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof type === 'string' && isTemporal(type)) return instant(String(a), type) - instant(String(b), type);
  return NaN;
}

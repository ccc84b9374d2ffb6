import { type Property } from './contract';
import { type DataType, parseType } from './data-type';

/** The type of a column, and what in the contract could not be followed on the way. */
export interface ColumnType {
  readonly type: DataType;
  readonly problems: readonly TypeProblem[];
}

export interface TypeProblem {
  readonly kind: 'untyped' | 'unknown-physical-type' | 'impossible-type' | 'contradiction';
  readonly property: Property;
  readonly why: string;
}

/** What a logical type is without anything more said. */
const LOGICAL: Readonly<Record<string, DataType>> = {
  string: 'string', integer: 'long', number: 'double', boolean: 'boolean', date: 'date', time: 'time', timestamp: 'timestamptz',
};

const INTEGER_FORMATS: Readonly<Record<string, DataType>> = {
  i8: 'int', i16: 'int', i32: 'int', i64: 'long', u8: 'int', u16: 'int', u32: 'long', u64: 'decimal(20, 0)',
  i128: 'decimal(38, 0)', u128: 'decimal(38, 0)',
};

/** Families a physical type may be of for a logical one; a decimal may hold integers. */
const FAMILIES: Readonly<Record<string, RegExp>> = {
  string: /^string$/, integer: /^(int|long|decimal\(\d+, 0\))$/, number: /^(int|long|float|double|decimal.*)$/, boolean: /^boolean$/,
  date: /^date$/, time: /^(time|string)$/, timestamp: /^timestamp(tz)?$/,
};

/**
 * The Iceberg type of a column: `physicalType` where it is written and understood, else what `logicalType` and its
 * options say. Without either it is text.
 */
export function columnType(property: Property): ColumnType {
  const problems: TypeProblem[] = [];
  return { type: resolve(property, problems), problems };
}

function resolve(property: Property, problems: TypeProblem[]): DataType {
  const logical = property.logicalType;
  const nested = nestedType(property, problems);
  if (nested !== undefined) return nested;
  const written = property.physicalType;
  if (written === undefined) {
    if (logical === undefined) problems.push({ kind: 'untyped', property, why: 'neither `logicalType` nor `physicalType` is written' });
    return fromLogical(property);
  }
  const parsed = parseType(written);
  if (!parsed.ok) {
    problems.push({ kind: parsed.impossible === true ? 'impossible-type' : 'unknown-physical-type', property, why: parsed.why });
    return fromLogical(property);
  }
  const family = logical === undefined ? undefined : FAMILIES[logical];
  if (family !== undefined && !(typeof parsed.type === 'string' && family.test(parsed.type))) {
    // databases keep uuid, binary and JSON where ODCS only has strings
    if (!(logical === 'string' && parsed.type === 'binary')) {
      problems.push({ kind: 'contradiction', property, why: `\`${written}\` holds no ${logical}` });
      return fromLogical(property);
    }
  }
  return withZone(property, parsed.type);
}

/** A timestamp's zone may be said by its options as well as by its physical type. */
function withZone(property: Property, type: DataType): DataType {
  return type === 'timestamptz' && property.logicalTypeOptions.timezone === false ? 'timestamp' : type;
}

function fromLogical(property: Property): DataType {
  const { logicalType, logicalTypeOptions } = property;
  if (logicalType === undefined) return 'string';
  if (logicalType === 'integer') return INTEGER_FORMATS[logicalTypeOptions.format ?? ''] ?? 'long';
  if (logicalType === 'number') return logicalTypeOptions.format === 'f32' ? 'float' : 'double';
  return withZone(property, LOGICAL[logicalType] ?? 'string');
}

/** Objects, lists, maps and vectors: by their parts, or by a physical type that spells them out. */
function nestedType(property: Property, problems: TypeProblem[]): DataType | undefined {
  const { logicalType } = property;
  if (logicalType === 'object' && property.properties.length > 0) {
    return { kind: 'struct', fields: property.properties.map((field) => ({ name: field.name, type: resolve(field, problems) })) };
  }
  if (logicalType === 'array' && property.items !== undefined) return { kind: 'list', element: resolve(property.items, problems) };
  if (logicalType === 'map' && property.map !== undefined) {
    return { kind: 'map', key: resolve(property.map.key, problems), value: resolve(property.map.value, problems) };
  }
  if (logicalType === 'vector') return { kind: 'list', element: property.logicalTypeOptions.elementType === 'float64' ? 'double' : 'float' };
  if (logicalType !== 'object' && logicalType !== 'array' && logicalType !== 'map') return undefined;
  const parsed = property.physicalType === undefined ? undefined : parseType(property.physicalType);
  const kind = { object: 'struct', array: 'list', map: 'map' }[logicalType];
  if (parsed?.ok === true && typeof parsed.type !== 'string' && parsed.type.kind === kind) return parsed.type;
  const parts = { object: '`properties`', array: '`items`', map: '`map`' }[logicalType];
  problems.push({ kind: 'untyped', property, why: `it is ${logicalType === 'map' ? 'a map' : `an ${logicalType}`} without ${parts}` });
  return 'string';
}

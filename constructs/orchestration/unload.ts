import { type DataType } from '../../lib/contract/data-type';

/**
 * A column of another product's table, as Athena's UNLOAD can write it. Athena writes timestamps with milliseconds and none with a
 * zone, so that moments go as ISO 8601 text; the job casts them back, to the microsecond.
 */
export function unloaded(name: string, type: DataType): string {
  const column = quoted(name);
  return hasMoment(type) ? `${moments(column, type)} AS ${column}` : column;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function hasMoment(type: DataType): boolean {
  if (typeof type === 'string') return ['timestamp', 'timestamptz', 'time'].includes(type);
  switch (type.kind) {
    case 'list': return hasMoment(type.element);
    case 'map': return hasMoment(type.key) || hasMoment(type.value);
    case 'struct': return type.fields.some((field) => hasMoment(field.type));
  }
}

/** In Athena's SQL, which is Trino's: https://trino.io/docs/current/functions/datetime.html#to_iso8601 */
function moments(value: string, type: DataType): string {
  if (!hasMoment(type)) return value;
  if (typeof type === 'string') return type === 'time' ? `CAST(${value} AS varchar)` : `to_iso8601(${value})`;
  switch (type.kind) {
    case 'list': return `transform(${value}, e -> ${moments('e', type.element)})`;
    case 'map': return `map(transform(map_keys(${value}), k -> ${moments('k', type.key)}), transform(map_values(${value}), v -> ${moments('v', type.value)}))`;
    case 'struct': {
      const fields = type.fields.map((field) => moments(`${value}.${quoted(field.name)}`, field.type)).join(', ');
      return `IF(${value} IS NULL, NULL, CAST(ROW(${fields}) AS ${trino(type)}))`;
    }
  }
}

const NAMES: Readonly<Record<string, string>> = { int: 'integer', long: 'bigint', float: 'real', string: 'varchar', binary: 'varbinary', timestamp: 'varchar', timestamptz: 'varchar', time: 'varchar' };

/** The type once moments are text. */
function trino(type: DataType): string {
  if (typeof type === 'string') return NAMES[type] ?? type;
  switch (type.kind) {
    case 'list': return `array(${trino(type.element)})`;
    case 'map': return `map(${trino(type.key)}, ${trino(type.value)})`;
    case 'struct': return `ROW(${type.fields.map((field) => `${quoted(field.name)} ${trino(field.type)}`).join(', ')})`;
  }
}

import { type DataType } from '../../lib/contract/data-type';

/**
 * A column of another product's table, as Athena's UNLOAD can write it. Athena writes timestamps with milliseconds and none with a
 * zone, so that moments go as ISO 8601 text; the job casts them back, to the microsecond. Undefined of a column with moments inside
 * of something else, which no text stands for.
 */
export function unloaded(name: string, type: DataType): string | undefined {
  const column = `"${name}"`;
  if (typeof type !== 'string') return hasMoment(type) ? undefined : column;
  // Athena's SQL is Trino's: https://trino.io/docs/current/functions/datetime.html#to_iso8601
  if (type === 'timestamp' || type === 'timestamptz') return `to_iso8601(${column}) AS ${column}`;
  return type === 'time' ? `CAST(${column} AS varchar) AS ${column}` : column;
}

function hasMoment(type: DataType): boolean {
  if (typeof type === 'string') return ['timestamp', 'timestamptz', 'time'].includes(type);
  switch (type.kind) {
    case 'list': return hasMoment(type.element);
    case 'map': return hasMoment(type.key) || hasMoment(type.value);
    case 'struct': return type.fields.some((field) => hasMoment(field.type));
  }
}

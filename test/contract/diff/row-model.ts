/**
 * A small model of what a promise about rows means, independent of how `mesh diff` compares: a table is valid under a contract or
 * not, and a query is. It knows types, nulls, unique values, keys, enums, ranges, steps and lengths, of columns and of fields in a struct and
 * in the one entry of a list: what is promised of a field does not depend on what is beside it.
 */
export interface ModelColumn {
  /** What a column is known by: its name may change. */
  readonly id: string;
  readonly name: string;
  readonly type: 'int' | 'bigint' | 'float' | 'double' | 'decimal(8,2)' | 'decimal(10,2)' | 'string' | 'boolean' | 'date';
  readonly required: boolean;
  readonly unique: boolean;
  readonly values?: readonly string[] | undefined;
  readonly minimum?: number | undefined;
  readonly exclusiveMinimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly multipleOf?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  /** What it is a field of; a column of its own without it. */
  readonly within?: 'struct' | 'list';
}

export interface ModelTable {
  readonly columns: readonly ModelColumn[];
  /** Ids of columns. */
  readonly key: readonly string[];
}

type Value = string | number | boolean | null;
/** By the id of the column: stored rows do not care what their columns are called. */
type Row = Readonly<Record<string, Value>>;

/** A question of a consumer: that a name is there, that its values are of a kind, that none is null, that it finds one row. */
type Query = { readonly name: string } & ({ readonly asks: 'name' | 'never null' | 'one row' } | { readonly asks: 'kind'; readonly kind: string });

const KINDS: Readonly<Record<ModelColumn['type'], string>> = {
  int: 'whole', bigint: 'whole', float: 'approximate', double: 'approximate', 'decimal(8,2)': 'exact', 'decimal(10,2)': 'exact', string: 'text', boolean: 'truth', date: 'day',
};

/** Whether some rows or some query are valid under `a` and not under `b`: what worked and no longer does. */
export function breaks(a: ModelTable, b: ModelTable): boolean {
  return queries(a).some((query) => !isAnswered(query, b)) || tables(a, b).some((rows) => isValid(rows, a) && !isValid(rows, b));
}

function isRequired({ id, required }: ModelColumn, { key }: ModelTable): boolean {
  return required || key.includes(id);
}

function isAnswered(query: Query, table: ModelTable): boolean {
  const column = table.columns.find(({ name }) => name === query.name);
  if (column === undefined) return false;
  switch (query.asks) {
    case 'name': return true;
    case 'kind': return KINDS[column.type] === query.kind;
    case 'never null': return isRequired(column, table);
    case 'one row': return column.unique || (table.key.length === 1 && table.key[0] === column.id);
  }
}

function queries(table: ModelTable): Query[] {
  return table.columns.flatMap((column): Query[] => [
    { name: column.name, asks: 'name' }, { name: column.name, asks: 'kind', kind: KINDS[column.type] },
    ...(['never null', 'one row'] as const).map((asks): Query => ({ name: column.name, asks })),
  ]).filter((query) => isAnswered(query, table));
}

function isValid(rows: readonly Row[], table: ModelTable): boolean {
  const isOnce = (ids: readonly string[]): boolean => {
    const seen = rows.map((row) => ids.map((id) => row[id] ?? null)).filter((values) => !values.includes(null)).map((values) => JSON.stringify(values));
    return new Set(seen).size === seen.length;
  };
  return table.columns.every((column) => rows.every((row) => fits(row[column.id] ?? null, column, table)) && (!column.unique || isOnce([column.id])))
    && (table.key.length === 0 || isOnce(table.key));
}

function fits(value: Value, column: ModelColumn, table: ModelTable): boolean {
  if (value === null) return !isRequired(column, table);
  const { values, minimum = -Infinity, exclusiveMinimum = -Infinity, maximum = Infinity, multipleOf, minLength = 0, maxLength = Infinity } = column;
  if (!isOfType(value, column.type)) return false;
  if (typeof value === 'number') return value >= minimum && value > exclusiveMinimum && value <= maximum && (multipleOf === undefined || value % multipleOf === 0);
  return typeof value !== 'string' || ((values?.includes(value) ?? true) && value.length >= minLength && value.length <= maxLength);
}

function isOfType(value: Exclude<Value, null>, type: ModelColumn['type']): boolean {
  switch (type) {
    case 'int': return Number.isInteger(value) && Math.abs(value as number) < 2 ** 31;
    case 'bigint': return Number.isInteger(value);
    case 'float': return typeof value === 'number' && Math.fround(value) === value;
    case 'double': return typeof value === 'number';
    case 'decimal(8,2)': return typeof value === 'number' && Math.abs(value) < 1e6 && Number(value.toFixed(2)) === value;
    case 'decimal(10,2)': return typeof value === 'number' && Math.abs(value) < 1e8 && Number(value.toFixed(2)) === value;
    case 'date': return typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value);
    case 'string': return typeof value === 'string' && !/^\d{4}-\d\d-\d\d$/.test(value);
    case 'boolean': return typeof value === 'boolean';
  }
}

const PROBES: readonly Value[] = [null, true, false, '2026-01-31', '2026-02-01', 'a', 'b', 'c', '', 'word', 'longer words', 'words that are longer yet', ...[-1, 0, 1, 2, 4, 5, 6, 7, 8, 0.1, 0.25, 2e6, 3e9]];

/** One row, and two, that differ from a valid one in the column that is asked about: conditions are about one column or the key. */
function tables(a: ModelTable, b: ModelTable): Row[][] {
  const usual: Record<string, Value> = {};
  for (const column of a.columns) usual[column.id] = PROBES.find((value) => value !== null && fits(value, column, a)) ?? null;
  const another = (column: ModelColumn): Value => PROBES.find((value) => value !== usual[column.id] && fits(value, column, a) && value !== null) ?? usual[column.id];
  const apart = Object.fromEntries(a.columns.map((column) => [column.id, another(column)]));
  const ids = a.columns.map(({ id }) => id);
  return [
    ...ids.flatMap((id) => PROBES.map((value): Row[] => [{ ...usual, [id]: value }])),
    ...ids.map((id): Row[] => [usual, { ...apart, [id]: usual[id] ?? null }]),
    [usual, { ...apart, ...Object.fromEntries(b.key.filter((id) => ids.includes(id)).map((id) => [id, usual[id]])) }],
  ];
}

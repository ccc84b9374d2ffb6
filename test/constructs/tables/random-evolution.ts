import * as fc from 'fast-check';
import { type TableMetadata } from '../../../constructs/iceberg/table-metadata';
import { firstMetadata, changeOf, type TableChange } from '../../../constructs/tables/handler/table-change';
import { following } from '../../../constructs/tables/handler/next-metadata';
import { type WantedTable } from '../../../constructs/tables/handler/wanted-table';
import { type WantedColumn } from '../../../constructs/tables/handler/evolution';
import { type PlanType } from '../../../lib/plan/plan-schema';

/** One step in the life of a table: what stood there, what was wanted, and what became of it. */
export interface Step { readonly before: TableMetadata; readonly wanted: WantedTable; readonly change: TableChange; readonly after: TableMetadata }

const LOCATION = 's3://curated/tables/sales/orders_v1';
const UUID = '00000000-0000-4000-8000-000000000000';

const primitive = fc.constantFrom('boolean', 'int', 'long', 'float', 'double', 'date', 'timestamptz', 'string', 'binary', 'decimal(9, 2)', 'decimal(12, 2)', 'decimal(12, 4)');
const name = fc.constantFrom('a', 'b', 'c', 'D', 'd', 'a_day', 'a/b', 'x~y', 'ü', 'order id');

const { type } = fc.letrec<{ type: PlanType }>((tie) => ({
  type: fc.oneof({ depthSize: 'small', withCrossShrink: true }, { weight: 4, arbitrary: primitive },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('list' as const), element: tie('type') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('map' as const), key: primitive, value: tie('type') }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('struct' as const), fields: fc.uniqueArray(fc.record({ name, type: tie('type') }), { minLength: 1, maxLength: 3, selector: (field) => field.name }) }) }),
}));

const column: fc.Arbitrary<WantedColumn> = fc.record({ id: name, name, type, required: fc.boolean(), description: fc.option(fc.constantFrom('what it is', 'in euro'), { nil: undefined }) });

/** Small changes, good and bad ones, so that many go through and a table grows old. */
const edit = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), column, at: fc.nat(4) }),
  fc.record({ kind: fc.constantFrom('drop' as const, 'require' as const, 'relax' as const, 'describe' as const, 'widen' as const, 'nest' as const), at: fc.nat(6) }),
  fc.record({ kind: fc.constant('rename' as const), at: fc.nat(6), to: name }),
  fc.record({ kind: fc.constant('retype' as const), at: fc.nat(6), type }),
  fc.record({ kind: fc.constantFrom('reverse' as const, 'partition' as const, 'key' as const, 'rows' as const, 'back' as const), at: fc.nat(6) }),
);
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

/** A table and what is done to it. */
export const lives = fc.record({
  columns: fc.uniqueArray(column, { minLength: 1, maxLength: 4, selector: (one) => one.id, comparator: 'IsStrictlyEqual' }),
  edits: fc.array(fc.array(edit, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 10 }),
}).filter(({ columns }) => new Set(columns.map((one) => one.name.toLowerCase())).size === columns.length);

/** Of a table that runs have written for long. */
const LONG = Array.from({ length: 120 }, (_, n) => ({ 'timestamp-ms': n, 'metadata-file': `m${n}` }));

/** Lives a life: what is refused leaves the table, and what is wanted, as they were. */
export function live({ columns, edits }: { columns: WantedColumn[]; edits: Edit[][] }): Step[] {
  let wanted: WantedTable = { database: 'sales', table: 'orders_v1', columns, partitionBy: [], promise: { version: '1.0.0', primaryKey: [] } };
  let metadata: TableMetadata = { ...firstMetadata(wanted, LOCATION, UUID, 1_000), 'metadata-log': LONG };
  const past = [wanted];
  const steps: Step[] = [];
  for (const [n, group] of edits.entries()) {
    if (group.some(({ kind }) => kind === 'rows')) metadata = withRows(metadata, BigInt(n) + 8123456789012345679n);
    const goesBack = group.find(({ kind }) => kind === 'back');
    const next = goesBack === undefined
      ? { ...group.reduce(edited, wanted), promise: { ...group.reduce(edited, wanted).promise!, version: `1.${n + 1}.0` } }
      : past[goesBack.at % past.length];
    const change = changeOf(metadata, next);
    const after = change.kind === 'change' ? following(change.after, metadata, `${LOCATION}/metadata/${n}.metadata.json`, metadata['last-updated-ms']) : metadata;
    steps.push({ before: metadata, wanted: next, change, after });
    if (change.kind === 'change') {
      wanted = next;
      past.push(next);
    }
    metadata = after;
  }
  return steps;
}

function edited(table: WantedTable, edit: Edit): WantedTable {
  const { columns, partitionBy } = table;
  const at = edit.at % columns.length;
  const changed = (to: Partial<WantedColumn>): WantedTable => ({ ...table, columns: columns.map((one, n) => (n === at ? { ...one, ...to } : one)) });
  switch (edit.kind) {
    case 'add': return columns.some(({ id }) => id === edit.column.id) ? table : { ...table, columns: [...columns.slice(0, at), edit.column, ...columns.slice(at)] };
    case 'drop': {
      if (columns.length === 1) return table;
      const primaryKey = table.promise!.primaryKey.filter((id) => id !== columns[at].id);
      return { ...table, columns: columns.filter((_, n) => n !== at), partitionBy: [], promise: { ...table.promise!, primaryKey } };
    }
    case 'rename': return { ...changed({ name: edit.to }), partitionBy: partitionBy.map((part) => (part.column === columns[at].name ? { ...part, column: edit.to } : part)) };
    case 'retype': return changed({ type: edit.type });
    case 'widen': return changed({ type: wider(columns[at].type) });
    case 'nest': {
      const fields = typeof columns[at].type === 'object' && columns[at].type.kind === 'struct' ? columns[at].type.fields : [];
      // A contract has no two fields of one name.
      return changed({ type: { kind: 'struct', fields: [...fields, { name: `new${fields.length}`, type: 'string' }] } });
    }
    case 'require': return changed({ required: true });
    case 'relax': return changed({ required: false });
    case 'describe': return changed({ description: `described ${edit.at}` });
    case 'reverse': return { ...table, columns: [...columns].reverse() };
    case 'partition': return { ...table, partitionBy: [{ column: columns[at].name, transform: (['identity', 'year', 'month', 'day'] as const)[edit.at % 4] }] };
    case 'key': return { ...table, promise: { ...table.promise!, primaryKey: columns.slice(0, 1 + (edit.at % 2)).map(({ id }) => id) } };
    case 'rows': case 'back': return table;
  }
}

function wider(type: PlanType): PlanType {
  if (typeof type === 'object') return type;
  return { 'int': 'long', 'float': 'double', 'decimal(9, 2)': 'decimal(12, 2)', 'decimal(12, 2)': 'decimal(18, 2)' }[type] ?? type;
}

function withRows(metadata: TableMetadata, id: bigint): TableMetadata {
  const snapshot = {
    'snapshot-id': id, 'sequence-number': 1, 'timestamp-ms': metadata['last-updated-ms'], 'manifest-list': `${LOCATION}/metadata/snap.avro`, 'schema-id': metadata['current-schema-id'],
    'summary': { 'operation': 'append', 'total-records': '3' },
  };
  return {
    ...metadata, 'current-snapshot-id': id, 'snapshots': [...metadata.snapshots ?? [], snapshot], 'last-sequence-number': 1,
    'refs': { main: { 'snapshot-id': id, 'type': 'branch' } },
  };
}

import { type Plan, type PlanTable } from '../../../lib/plan/plan-schema';
import { type WantedColumn } from './evolution';

/** A table that a deployment makes, as the plan has it. */
export interface WantedTable {
  readonly database: string;
  readonly table: string;
  readonly columns: readonly WantedColumn[];
  readonly partitionBy: PlanTable['partitionBy'];
  /** Of a published table, which the contract promises; an internal one promises nothing. */
  readonly promise?: { readonly version: string; /** Column ids. */ readonly primaryKey: readonly string[] };
}

/** As the jobs write it: glue-jobs/src/mesh_jobs/domain/quarantine.py. */
const QUARANTINE: readonly WantedColumn[] = [
  ['_mesh_run_id', 'string'], ['_mesh_at', 'timestamptz'], ['_mesh_rule', 'string'], ['_mesh_reason', 'string'],
  ['_mesh_file', 'string'], ['_mesh_row', 'long'], ['record', 'string'],
].map(([name, type]) => ({ id: name, name, type, required: false }));

/**
 * The tables of a plan whose columns are known before a run: what it publishes, and its quarantines. What other internal tables hold
 * follows from rules and SQL as an engine runs them, and runs take them back to what was last published, so runs make them.
 */
export function wantedTables({ tables, product, databases }: Plan): WantedTable[] {
  return [...tables.filter(({ published }) => published).map((table) => published(table, product.version)),
    ...new Set(tables.map(({ quarantine }) => quarantine))].map((table) =>
    (typeof table === 'string' ? { database: databases.internal, table, columns: QUARANTINE, partitionBy: [] } : table));
}

function published({ database, table, columns, partitionBy, primaryKey }: PlanTable, version: string): WantedTable {
  const promised = columns ?? [];
  const idOf = (name: string): string => promised.find((column) => column.name === name)?.id ?? name;
  return { database, table, columns: promised, partitionBy, promise: { version, primaryKey: primaryKey.map(idOf) } };
}

import { type PromisedTable } from '../contract-tables';
import { type DraftPipeline, type DraftRule } from './draft';
import { type PlanField } from '../plan-schema';

/** The pipeline of a contract that has none: its landing prefix, cast to its schema, one row per key. */
export function defaultPipeline(tables: readonly PromisedTable[]): DraftPipeline {
  return {
    sources: tables.map((table, index) => ({
      kind: 'files',
      // a product of several tables has a folder for each
      name: tables.length === 1 ? 'landing' : `landing_${table.object.name}`,
      path: tables.length === 1 ? '' : `${table.object.name}/`,
      sample: null,
      primaryKey: [...table.primaryKey],
      watermark: null,
      fields: fieldsOf(tables[index]),
      onBadRecord: 'abort',
      file: { format: 'auto', nullValues: [] },
    })),
    tables: tables.map((table): DraftPipeline['tables'][number] => ({
      name: table.object.name,
      layer: 'gold',
      from: [tables.length === 1 ? 'landing' : `landing_${table.object.name}`],
      rules: deduplication(table),
      quality: [],
      primaryKey: undefined, partitionBy: undefined, persist: undefined, refreshOn: undefined,
      path: [],
    })),
    size: { rows: null, perRun: null },
    engine: undefined,
    schedule: { full: null, delta: null, timezone: 'UTC' },
    written: false,
  };
}

function fieldsOf({ object, columns }: PromisedTable): PlanField[] {
  return columns.map(({ name, type }, index) => {
    const format = type === 'string' ? undefined : dateFormat(object.properties[index]?.logicalTypeOptions.format, type);
    return { name, type, ...(format === undefined ? {} : { format }) };
  });
}

/** How ODCS says dates are written; of numbers the same option names their width. */
function dateFormat(format: string | undefined, type: PlanField['type']): string | undefined {
  return type === 'date' || type === 'timestamp' || type === 'timestamptz' ? format : undefined;
}

function deduplication({ object, primaryKey }: PromisedTable): DraftRule[] {
  if (primaryKey.length === 0) return [];
  return [{ path: [], rule: { kind: 'deduplicate', id: `${object.name}.1.deduplicate`, by: [...primaryKey], latest: null } }];
}

import { isDeepStrictEqual } from 'node:util';
import { type TableMetadata } from '../../iceberg/table-metadata';
import { isOlder } from './contract-version';
import { evolve, hasColumns, idsOf } from './evolution';
import { identifierOf, listText, newMetadata, PROPERTY, rowsOf, shapeOf, withPartitions, withProperties, withShape } from './next-metadata';
import { type WantedTable } from './wanted-table';

/** What a plan makes of a table: new metadata, nothing to do, or why it must not be. */
export type TableChange =
  | { readonly kind: 'change'; readonly after: TableMetadata }
  | { readonly kind: 'none'; readonly why: 'as it is' | 'the table is newer' }
  | { readonly kind: 'refused'; readonly problems: readonly string[] };

/** The metadata of a table that is not there yet. */
export function firstMetadata(wanted: WantedTable, location: string, uuid: string, now: number): TableMetadata {
  const change = changed(newMetadata(location, uuid, now), wanted, false);
  if (change.kind !== 'change') throw new Error(`${wanted.database}.${wanted.table} cannot be made: ${change.kind === 'refused' ? change.problems.join('; ') : change.why}`);
  return change.after;
}

/** The metadata of a table as the plan wants it; forward only, so an older plan changes nothing. */
export function changeOf(before: TableMetadata, wanted: WantedTable): TableChange {
  const known = before.properties[PROPERTY.contractVersion], version = wanted.promise?.version;
  if (version !== undefined && known !== undefined && isOlder(version, known)) return { kind: 'none', why: 'the table is newer' };
  const change = changed(before, wanted, rowsOf(before) > 0);
  // Drafts change under one version: what was there before is then what a stack goes back to that could not be updated.
  if (change.kind === 'refused' && version === known && hadBefore(before, wanted)) return { kind: 'none', why: 'the table is newer' };
  return change;
}

function changed(before: TableMetadata, wanted: WantedTable, hasRows: boolean): TableChange {
  const shape = shapeOf(before);
  const evolution = evolve(shape, wanted.columns, { hasRows });
  const problems = [...evolution.problems ?? [], ...keyProblems(before, wanted)];
  if (problems.length > 0 || evolution.problems !== undefined) return { kind: 'refused', problems };
  const key = wanted.promise?.primaryKey ?? [];
  const properties: Record<string, string> = wanted.promise === undefined ? {} : { [PROPERTY.contractVersion]: wanted.promise.version, [PROPERTY.primaryKey]: listText(key) };
  const after = withProperties(withPartitions(withShape(before, evolution.shape, identifierOf(evolution.shape, key)), wanted.partitionBy), properties);
  return isDeepStrictEqual(after, before) ? { kind: 'none', why: 'as it is' } : { kind: 'change', after };
}

/** A key may be added, and its columns renamed, but not changed. */
function keyProblems({ properties }: TableMetadata, { promise }: WantedTable): string[] {
  const was = JSON.parse(properties[PROPERTY.primaryKey] ?? '[]') as string[];
  const wanted = promise?.primaryKey ?? [];
  return was.length === 0 || isDeepStrictEqual(was, wanted) ? [] : [`the primary key is (${was.join(', ')}) and would become (${wanted.join(', ')})`];
}

function hadBefore(metadata: TableMetadata, { columns }: WantedTable): boolean {
  const ids = idsOf(shapeOf(metadata));
  return metadata.schemas.some((schema) => schema['schema-id'] !== metadata['current-schema-id'] && hasColumns(schema.fields, columns, ids));
}

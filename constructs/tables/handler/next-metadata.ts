import { isDeepStrictEqual } from 'node:util';
import { type PlanTable } from '../../../lib/plan/plan-schema';
import { type IcebergField, type PartitionField, type TableMetadata } from '../../iceberg/table-metadata';
import { escaped, idsOf, type Shape } from './evolution';

/** Properties of a table that say what of a contract it holds; the jobs know them by the same names. */
export const PROPERTY = { fieldIds: 'mesh.field-ids', contractVersion: 'mesh.contract-version', primaryKey: 'mesh.primary-key' } as const;

/** As the jobs make tables. Candidates share a table's metadata files, so no writer may clean them up behind its own commit. */
const PROPERTIES = {
  'write.metadata.delete-after-commit.enabled': 'false',
  // Of other writers, which nobody points at; ours keep what snapshots need.
  'write.metadata.previous-versions-max': '100',
  'write.parquet.compression-codec': 'zstd',
  // What runs keep is the contract's retention; this is for whoever else cleans up.
  'history.expire.max-snapshot-age-ms': String(5 * 86_400_000),
  'history.expire.min-snapshots-to-keep': '10',
};

/** An empty table without columns. */
export function newMetadata(location: string, uuid: string, now: number): TableMetadata {
  return {
    'format-version': 2,
    'table-uuid': uuid,
    location,
    'last-updated-ms': now,
    'last-column-id': 0,
    'current-schema-id': -1,
    schemas: [],
    'default-spec-id': -1,
    'partition-specs': [],
    'last-partition-id': 999,
    properties: {},
    'last-sequence-number': 0,
    'default-sort-order-id': 0,
    'sort-orders': [{ 'order-id': 0, fields: [] }],
    refs: {},
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    statistics: [],
    'partition-statistics': [],
  };
}

/** What evolution starts from. */
export function shapeOf(metadata: TableMetadata): Shape {
  const ids = metadata.properties[PROPERTY.fieldIds];
  return {
    fields: fieldsOf(metadata),
    fieldIds: ids === undefined ? null : new Map(Object.entries(JSON.parse(ids) as Record<string, number>)),
    lastColumnId: metadata['last-column-id'],
  };
}

export function fieldsOf(metadata: TableMetadata): readonly IcebergField[] {
  return metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])?.fields ?? [];
}

/** Makes these the columns; a schema that was there before keeps its id. */
export function withShape(metadata: TableMetadata, shape: Shape, key: readonly number[]): TableMetadata {
  const identifier = [...key].sort((a, b) => a - b);
  const known = metadata.schemas.find((schema) =>
    isDeepStrictEqual(schema.fields, shape.fields) && isDeepStrictEqual([...schema['identifier-field-ids'] ?? []].sort((a, b) => a - b), identifier));
  const schema = known ?? {
    type: 'struct', 'schema-id': Math.max(-1, ...metadata.schemas.map((one) => one['schema-id'])) + 1, 'identifier-field-ids': identifier, fields: shape.fields,
  };
  return {
    ...metadata,
    schemas: known === undefined ? [...metadata.schemas, schema] : metadata.schemas,
    'current-schema-id': schema['schema-id'],
    'last-column-id': shape.lastColumnId,
    properties: { ...metadata.properties, [PROPERTY.fieldIds]: objectText(idsOf(shape)) },
  };
}

/**
 * Makes this the partition spec of new files; files that are there keep theirs. Iceberg's Java reads no table with a column that is called
 * like a partition field of another one, in any spec, and specs stay for ever: so fields have names that are no column's. See
 * PartitionSpec.Builder.checkAndAddPartitionName,
 * https://github.com/apache/iceberg/blob/apache-iceberg-1.10.0/api/src/main/java/org/apache/iceberg/PartitionSpec.java
 */
export function withPartitions(metadata: TableMetadata, partitionBy: PlanTable['partitionBy']): TableMetadata {
  const sources = new Map(fieldsOf(metadata).map(({ name, id }) => [name, id]));
  const specs = metadata['partition-specs'];
  const wanted = partitionBy.map(({ column, transform }) => [sources.get(column), transform]);
  const same = specs.find(({ fields }) => isDeepStrictEqual(fields.map((field) => [field['source-id'], field.transform]), wanted));
  if (same !== undefined) return { ...metadata, 'default-spec-id': same['spec-id'] };
  const used = specs.flatMap(({ fields }) => fields);
  const taken = new Set([...sources.keys(), ...used.map(({ name }) => name)]);
  let last = metadata['last-partition-id'];
  const fields = partitionBy.map(({ column, transform }): PartitionField => {
    const source = sources.get(column) as number;
    const before = used.find((field) => field['source-id'] === source && field.transform === transform);
    if (before !== undefined) return before;
    last += 1;
    let name = `_mesh_${column}_${transform}`;
    while (taken.has(name)) name += '_';
    return { 'source-id': source, 'field-id': last, name, transform };
  });
  const specId = Math.max(-1, ...specs.map((spec) => spec['spec-id'])) + 1;
  return { ...metadata, 'partition-specs': [...specs, { 'spec-id': specId, fields }], 'default-spec-id': specId, 'last-partition-id': last };
}

/** Adds properties, and those that every table of ours has. */
export function withProperties(metadata: TableMetadata, properties: Readonly<Record<string, string>>): TableMetadata {
  return { ...metadata, properties: { ...metadata.properties, ...PROPERTIES, ...properties } };
}

/** The metadata as the successor of what stands at `previous`. Its log keeps all: jobs shorten it when they forget snapshots, since a pointer may go back to any that is kept. */
export function following(metadata: TableMetadata, before: TableMetadata, previous: string, now: number): TableMetadata {
  const entry = { 'timestamp-ms': before['last-updated-ms'], 'metadata-file': previous };
  return {
    ...metadata,
    'metadata-log': [...before['metadata-log'] ?? [], entry],
    'last-updated-ms': Math.max(now, before['last-updated-ms'] + 1),
  };
}

/** Where the next metadata file goes: `00007-deployment-<uuid>.metadata.json`. */
export function nextLocation({ location }: TableMetadata, previous: string | undefined, uuid: string): string {
  const digits = previous?.split('/').at(-1)?.split('-')[0] ?? '';
  const version = /^\d+$/.test(digits) ? Number(digits) + 1 : 0;
  return `${location}/metadata/${String(version).padStart(5, '0')}-deployment-${uuid}.metadata.json`;
}

/** How many rows the table has now. */
export function rowsOf(metadata: TableMetadata): number {
  const current = metadata['current-snapshot-id'];
  const snapshot = metadata.snapshots?.find((one) => one['snapshot-id'] === current);
  return Number(snapshot?.summary?.['total-records'] ?? 0);
}

/** Iceberg's identifier fields: all of the key, by column id, if each of its columns may be one. */
export function identifierOf(shape: Shape, key: readonly string[]): number[] {
  const ids = idsOf(shape);
  const wanted = key.map((column) => shape.fields.find(({ id }) => id === ids.get(escaped(column))));
  const fit = wanted.every((field) => field !== undefined && field.required && typeof field.type === 'string' && field.type !== 'float' && field.type !== 'double');
  return fit ? wanted.map((field) => (field as IcebergField).id) : [];
}

/** As the jobs write it (json.dumps), which compare properties as text. */
export function listText(values: readonly string[]): string {
  return `[${values.map(ascii).join(', ')}]`;
}

function objectText(values: ReadonlyMap<string, number>): string {
  return `{${[...values].map(([name, value]) => `${ascii(name)}: ${value}`).join(', ')}}`;
}

function ascii(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/*
 * Iceberg's table metadata, format version 2, as parseExactly reads its JSON:
 * https://iceberg.apache.org/spec/#table-metadata-fields and https://iceberg.apache.org/spec/#appendix-c-json-serialization
 */

export interface IcebergField { readonly id: number; readonly name: string; readonly required: boolean; readonly type: IcebergType; readonly doc?: string }
export interface IcebergStruct { readonly type: 'struct'; readonly fields: readonly IcebergField[] }
export interface IcebergList { readonly type: 'list'; readonly 'element-id': number; readonly element: IcebergType; readonly 'element-required': boolean }
export interface IcebergMap {
  readonly type: 'map'; readonly 'key-id': number; readonly key: IcebergType; readonly 'value-id': number; readonly value: IcebergType; readonly 'value-required': boolean;
}
export type IcebergType = string | IcebergStruct | IcebergList | IcebergMap;

export interface IcebergSchema {
  readonly 'type': 'struct'; readonly 'schema-id': number; readonly 'identifier-field-ids'?: readonly number[]; readonly 'fields': readonly IcebergField[];
}

export interface PartitionField { readonly 'source-id': number; readonly 'field-id': number; readonly name: string; readonly transform: string }

/** Of one snapshot; all of its summary is text. */
export interface Snapshot { readonly 'snapshot-id': number | bigint; readonly 'manifest-list'?: string; readonly summary?: Readonly<Record<string, string>> }

/** What stands in a metadata file. */
export interface TableMetadata {
  readonly 'format-version': number;
  readonly 'table-uuid': string;
  readonly location: string;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly 'current-schema-id': number;
  readonly schemas: readonly IcebergSchema[];
  readonly 'default-spec-id': number;
  readonly 'partition-specs': readonly { readonly 'spec-id': number; readonly fields: readonly PartitionField[] }[];
  readonly 'last-partition-id': number;
  readonly properties: Readonly<Record<string, string>>;
  readonly 'current-snapshot-id'?: number | bigint | null;
  readonly snapshots?: readonly Snapshot[];
  readonly 'metadata-log'?: readonly { readonly 'timestamp-ms': number; readonly 'metadata-file': string }[];
  /** What a deployment carries over as it is. */
  readonly [more: string]: unknown;
}

/** The id of the current snapshot as certificates have it; null of a table that has none, which older writers say with -1. */
export function snapshotIdOf({ 'current-snapshot-id': id }: TableMetadata): string | null {
  return id === undefined || id === null || Number(id) === -1 ? null : String(id);
}

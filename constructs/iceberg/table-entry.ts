import { type Table, type TableInput } from '@aws-sdk/client-glue';
import { glueColumns } from './glue-columns';
import { type TableMetadata } from './table-metadata';

/*
 * An Iceberg table's entry in the Glue Data Catalog, as Iceberg's own GlueCatalog keeps it and as the jobs do: a parameter points at a
 * metadata file. https://github.com/apache/iceberg/blob/main/aws/src/main/java/org/apache/iceberg/aws/glue/GlueTableOperations.java
 */

/** What an update takes over from the table as it is; all else of it is said anew or cannot be sent back. */
const KEPT = ['Description', 'Owner', 'Retention'] as const;

function kept(table: Table | undefined): Partial<TableInput> {
  return Object.fromEntries(KEPT.filter((key) => table?.[key] !== undefined).map((key) => [key, table?.[key]]));
}

/** Who a table belongs to, as parameters of its entry: what writes a metadata file may not be what writes these. */
export const MARKS = { product: 'mesh.product', major: 'mesh.major' } as const;

/** The metadata file that a table stands at; undefined of a table that is none of Iceberg's. */
export function pointerOf({ Parameters = {} }: Table): string | undefined {
  return Parameters.table_type?.toUpperCase() === 'ICEBERG' ? Parameters.metadata_location : undefined;
}

/** The entry of a table that stands where it did, with more parameters. */
export function marked(table: Table, parameters: Readonly<Record<string, string>>): TableInput {
  return {
    ...kept(table),
    Name: table.Name, TableType: table.TableType, Parameters: { ...table.Parameters, ...parameters }, StorageDescriptor: table.StorageDescriptor,
  };
}

/** The entry of a table that stands at `location`; `before` is the entry that it replaces, and `parameters` come beside those that are there. */
export function tableEntry(name: string, location: string, metadata: TableMetadata, parameters: Readonly<Record<string, string>>, before?: Table): TableInput {
  const previous = before === undefined ? undefined : pointerOf(before);
  return {
    ...kept(before),
    Name: name,
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      ...before?.Parameters, ...parameters, table_type: 'ICEBERG', metadata_location: location,
      ...(previous === undefined || previous === location ? {} : { previous_metadata_location: previous }),
    },
    StorageDescriptor: { Location: metadata.location, Columns: glueColumns(metadata, before?.StorageDescriptor?.Columns) },
  };
}

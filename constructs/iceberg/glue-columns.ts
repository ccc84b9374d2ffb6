import { type Column } from '@aws-sdk/client-glue';
import { type IcebergType, type TableMetadata } from './table-metadata';

/*
 * A table's columns as Glue shows them, which is what Lake Formation grants on and Athena lists. The jobs make the same of an
 * internal table (glue-jobs/src/mesh_jobs/adapters/iceberg/glue_columns.py), as Iceberg does:
 * https://github.com/apache/iceberg/blob/main/aws/src/main/java/org/apache/iceberg/aws/glue/IcebergToGlueConverter.java
 */

/** Of a column's comment, in Glue's model. */
const COMMENT = 255;
const NAMES: Readonly<Record<string, string>> = { long: 'bigint', time: 'string', uuid: 'string', timestamptz: 'timestamp' };

/** The current columns, then those of older schemas, marked so; `before` has comments made by hand. */
export function glueColumns(metadata: Pick<TableMetadata, 'current-schema-id' | 'schemas'>, before: readonly Column[] = []): Column[] {
  const byHand = new Map([...before].reverse().filter(({ Comment }) => Comment).map(({ Name, Comment }) => [Name, Comment]));
  const current = metadata['current-schema-id'];
  const schemas = [...metadata.schemas].sort((a, b) => Number(a['schema-id'] !== current) - Number(b['schema-id'] !== current));
  const made = new Map<string, Column>();
  for (const schema of schemas) {
    for (const { id, name, required, type, doc } of schema.fields) {
      if (made.has(name)) continue;
      const comment = doc ?? byHand.get(name);
      made.set(name, {
        Name: name,
        Type: glueType(type),
        Parameters: {
          'iceberg.field.id': String(id), 'iceberg.field.optional': String(!required), 'iceberg.field.current': String(schema['schema-id'] === current),
        },
        ...(comment ? { Comment: [...comment].slice(0, COMMENT).join('') } : {}),
      });
    }
  }
  return [...made.values()];
}

function glueType(type: IcebergType): string {
  if (typeof type === 'string') return type.startsWith('fixed') ? 'binary' : NAMES[type] ?? type.replaceAll(' ', '');
  switch (type.type) {
    case 'list': return `array<${glueType(type.element)}>`;
    case 'map': return `map<${glueType(type.key)},${glueType(type.value)}>`;
    case 'struct': return `struct<${type.fields.map(({ name, type: inner }) => `${name}:${glueType(inner)}`).join(',')}>`;
  }
}

import { type DataType, typeText } from '../../contract/data-type';
import { type Findings } from '../../contract/findings';
import { type Columns } from './column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftTable } from '../pipeline/draft';
import { PIPELINE } from '../rules';

/**
 * Times of day, which Iceberg has and Spark cannot read (https://iceberg.apache.org/docs/1.10.0/spark-getting-started/#iceberg-type-to-spark-type):
 * of promised columns in the contract, of internal tables in the pipeline. Only where Spark runs on AWS.
 */
export function checkTypesForSpark(
  tables: readonly DraftTable[], flow: ReadonlyMap<string, Columns>, promised: readonly PromisedTable[], contract: Findings, pipeline: Findings | undefined,
): void {
  const remedy = 'make it a string such as 09:30:00, or write `engine: duckdb` in the pipeline';
  for (const { object, columns } of promised) {
    for (const { name, type } of columns.filter((column) => holdsTime(column.type))) {
      const property = object.properties.find((each) => each.name === name);
      if (property === undefined) continue;
      contract.add(PIPELINE['engine-type'], property.path, { message: `\`${object.name}.${name}\` is a time of day, and Spark, which runs on AWS, cannot read one`, received: typeText(type), remedy });
    }
  }
  const published = new Set(promised.map(({ object }) => object.name));
  for (const { name: table, path } of tables.filter(({ name }) => !published.has(name))) {
    for (const [name, type] of flow.get(table)?.types ?? []) {
      if (type === undefined || !holdsTime(type)) continue;
      pipeline?.add(PIPELINE['engine-type'], path, { message: `\`${table}.${name}\` is a time of day, and Spark, which runs on AWS, cannot read one`, at: 'key', received: typeText(type), remedy });
    }
  }
}

function holdsTime(type: DataType): boolean {
  if (typeof type === 'string') return type === 'time';
  switch (type.kind) {
    case 'list': return holdsTime(type.element);
    case 'map': return holdsTime(type.key) || holdsTime(type.value);
    case 'struct': return type.fields.some((field) => holdsTime(field.type));
  }
}

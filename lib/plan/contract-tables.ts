import { type Classification, classificationOf, maskingOf } from '../contract/classification';
import { columnType } from '../contract/column-type';
import { type Contract, type Property, type SchemaObject } from '../contract/contract';
import { isTemporal } from '../contract/data-type';
import { type PlanColumn, type PlanTable } from './plan-schema';

/** A table that the contract promises. */
export interface PromisedTable {
  readonly object: SchemaObject;
  readonly columns: PlanColumn[];
  readonly primaryKey: string[];
  readonly partitionBy: PlanTable['partitionBy'];
}

/** What the contract promises, with everything derived that it does not write. */
export function promisedTables(contract: Contract, defaultClassification: Classification): PromisedTable[] {
  return contract.schema.map((object) => ({
    object,
    columns: object.properties.map((property) => promisedColumn(property, defaultClassification)),
    primaryKey: keyOf(object).map(({ name }) => name),
    partitionBy: partitionsOf(object),
  }));
}

/** The key of an object, in the order of `primaryKeyPosition`. */
export function keyOf(object: SchemaObject): Property[] {
  return inOrder(object.properties.filter(({ primaryKey }) => primaryKey === true), ({ primaryKeyPosition }) => primaryKeyPosition);
}

function promisedColumn(property: Property, defaultClassification: Classification): PlanColumn {
  const classification = classificationOf(property, defaultClassification);
  return {
    id: property.id ?? property.name,
    name: property.name,
    type: columnType(property).type,
    required: property.required === true || property.primaryKey === true,
    classification,
    masking: maskingOf(property, classification),
    ...(property.description === undefined ? {} : { description: property.description }),
  };
}

function partitionsOf(object: SchemaObject): PlanTable['partitionBy'] {
  const partitioned = object.properties.filter((property) => property.partitioned === true || (property.partitionKeyPosition ?? -1) > 0);
  return inOrder(partitioned, ({ partitionKeyPosition }) => partitionKeyPosition).map((property) => {
    const { type } = columnType(property);
    return { column: property.name, transform: isTemporal(type) && type !== 'time' ? 'day' : 'identity' };
  });
}

/** By position where one is written (from 1), else as the contract lists them. */
function inOrder(properties: readonly Property[], position: (property: Property) => number | undefined): Property[] {
  const rank = (property: Property): number => {
    const at = position(property) ?? -1;
    return at > 0 ? at : Number.MAX_SAFE_INTEGER;
  };
  return [...properties].sort((a, b) => rank(a) - rank(b));
}

import { type Classification } from '../classification';
import { type Contract, type Property, type QualityRule, type SchemaObject } from '../contract';
import { type DocumentPath } from '../document-path';
import { type Detail, type RuleInfo } from '../findings';

/** What a rule looks at. */
export interface LintSubject {
  readonly contract: Contract;
  /** Of columns that say none. */
  readonly defaultClassification: Classification;
  /** Every top-level column with its table. */
  readonly columns: readonly { readonly object: SchemaObject; readonly property: Property }[];
  /** Every written quality rule, with the table and the column it stands on. */
  readonly quality: readonly QualitySubject[];
}

export interface QualitySubject {
  readonly rule: QualityRule;
  readonly object: SchemaObject;
  /** Undefined where the rule stands on the table. */
  readonly property: Property | undefined;
  /** Whether it stands on a field within a column. */
  readonly nested: boolean;
}

export type Report = (path: DocumentPath, detail: Detail) => void;

/** A rule of the linter: finds one kind of mistake that the schema of the standard lets through. */
export interface LintRule extends RuleInfo {
  readonly check: (subject: LintSubject, report: Report) => void;
}

/** Everything of a contract that rules look at, collected once. */
export function lintSubject(contract: Contract, defaultClassification: Classification): LintSubject {
  const columns = contract.schema.flatMap((object) => object.properties.map((property) => ({ object, property })));
  const quality = contract.schema.flatMap((object): QualitySubject[] => [
    ...object.quality.map((rule) => ({ rule, object, property: undefined, nested: false })),
    ...object.properties.flatMap((property) => [
      ...property.quality.map((rule) => ({ rule, object, property, nested: false })),
      ...fieldsWithin(property).flatMap((field) => field.quality.map((rule) => ({ rule, object, property: field, nested: true }))),
    ]),
  ]);
  return { contract, defaultClassification, columns, quality };
}

/** Fields within a column, at any depth. */
export function fieldsWithin(property: Property): Property[] {
  if (property.properties.length === 0 && property.items === undefined && property.map === undefined) return [];
  const parts = [...property.properties, ...(property.items ? [property.items] : []), ...(property.map ? [property.map.key, property.map.value] : [])];
  return parts.flatMap((part) => [part, ...fieldsWithin(part)]);
}

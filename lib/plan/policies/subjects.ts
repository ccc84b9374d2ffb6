import { type Classification, classificationOf, maskingOf } from '../../contract/classification';
import { type Contract, type Property, type SchemaObject } from '../../contract/contract';
import { type DocumentPath } from '../../contract/document-path';
import { fieldsWithin } from '../../contract/lint/rule';
import { type PolicySubject } from './policy-model';

/** One thing of a contract that a policy looks at. */
export interface Subject {
  /** ``column `email` ``, for messages. */
  readonly what: string;
  /** Where it is in the document, and the field that names it. */
  readonly path: DocumentPath;
  readonly named: string;
  readonly fields: object;
}

/** Everything of a kind in a contract; fields within columns are columns too. Columns have their class and masking as they come out. */
export function subjects(of: PolicySubject, contract: Contract, fallback: Classification): Subject[] {
  switch (of) {
    case 'product': return [{ what: 'contract', path: [], named: 'id', fields: contract }];
    case 'tables': return contract.schema.map((table) => subject(`table \`${table.name}\``, 'name', table));
    case 'columns': return fieldsOf(contract).map((each) => subject(fieldWords(each), 'name', resolved(each, fallback)));
    case 'roles': return contract.roles.map((role) => subject(`role \`${role.role}\``, 'role', role));
    case 'promises': return contract.slaProperties.map((sla) => subject(`promise of \`${sla.property}\``, 'property', sla));
    case 'quality': return contract.schema.flatMap((table) => [...table.quality, ...table.properties.flatMap((column) => [column, ...fieldsWithin(column)]).flatMap(({ quality }) => quality)])
      .map((rule) => subject(`quality rule ${rule.name === undefined ? `\`${rule.metric ?? rule.type}\`` : `\`${rule.name}\``}`, 'name', { ...rule, ...Object.fromEntries(rule.operators.map(({ operator, value }) => [operator, value])) }));
  }
}

/** Every top-level column with its table. */
export function columnsOf(contract: Contract): { readonly object: SchemaObject; readonly property: Property }[] {
  return contract.schema.flatMap((object) => object.properties.map((property) => ({ object, property })));
}

/** A column, or a field within one. */
export interface Field {
  readonly field: Property;
  /** The column that it is, or is in. */
  readonly column: Property;
}

/** Every column and every field within one, at any depth. What has no name, as the items of a list, is none. */
export function fieldsOf(contract: Contract): Field[] {
  return columnsOf(contract).flatMap(({ property: column }) => [column, ...fieldsWithin(column)].filter(({ name }) => name !== '').map((field) => ({ field, column })));
}

/** ``column `email` ``, ``field `email` of `address` ``. */
export function fieldWords({ field, column }: Field): string {
  return field === column ? `column \`${field.name}\`` : `field \`${field.name}\` of \`${column.name}\``;
}

/** What a field holds, `description.purpose` or `tags`: every value of a list, nothing where it is not written or empty. */
export function valuesAt(fields: object, field: string): readonly unknown[] {
  return /^mesh\./.test(field) ? collect(fields, ['customProperties', field]) : collect(fields, steps(field));
}

/** Where a field is in the document, as near as there is something. */
export function pathOf({ path, named, fields }: Subject, field: string): DocumentPath {
  if (valuesAt(fields, field).length === 0 && path.length > 0) return [...path, named];
  return [...path, /^mesh\./.test(field) ? 'customProperties' : steps(field)[0]];
}

/** `customProperties.cost.centre` is the custom property `cost.centre`. */
export function steps(field: string): string[] {
  const own = /^(.*\.)?customProperties\.(.+)$/.exec(field);
  return own === null ? field.split('.') : [...(own[1] ?? '').split('.').filter((step) => step !== ''), 'customProperties', own[2]];
}

function collect(value: unknown, [step, ...rest]: readonly string[]): unknown[] {
  if (step === undefined) return (Array.isArray(value) ? value as unknown[] : [value]).filter((each) => each !== undefined && each !== null && (typeof each !== 'string' || each.trim() !== ''));
  if (step === 'customProperties' && rest.length === 1 && typeof value === 'object' && value !== null) {
    const { customProperties = [] } = value as { customProperties?: readonly { property: string; value: unknown }[] };
    return customProperties.filter(({ property }) => property === rest[0]).flatMap((custom) => collect(custom.value, []));
  }
  if (Array.isArray(value)) return value.flatMap((each) => collect(each, [step, ...rest]));
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return [];
  return collect((value as Record<string, unknown>)[step], rest);
}

/** What is within a column comes out as the column does. */
function resolved({ field, column }: Field, fallback: Classification): Property {
  const classification = classificationOf(column, fallback);
  const masking = { property: 'mesh.masking', value: maskingOf(column, classification), path: field.path };
  return { ...field, classification, customProperties: [...field.customProperties.filter((custom) => custom.property !== 'mesh.masking'), masking] };
}

function subject(what: string, named: string, fields: object & { readonly path: DocumentPath }): Subject {
  return { what, named, fields, path: fields.path };
}

import { type Contract, type Description, type LogicalTypeOptions, type Property, type QualityRule, type Role, type SchemaObject, type SlaProperty, type Team, type TeamMember } from '../../contract/contract';
import { MESH_PROPERTIES, type Place } from '../../contract/lint/rules/mesh-properties';
import { QUALITY_OPERATORS, type QualityOperator } from '../../contract/odcs/quality';
import { didYouMean } from '../../contract/wording';
import { type Detail } from '../../contract/findings';
import { type PolicySubject } from './policy-model';
import { steps } from './subjects';

/** Fields that something has; null is one of which it is not known here what it holds. */
interface Fields {
  readonly [field: string]: Fields | null;
}

/** One entry for each field that a contract may write of it. */
type FieldsOf<T> = { readonly [Field in Exclude<keyof T, 'path'>]-?: Fields | null };

const description: FieldsOf<Description> = { usage: null, purpose: null, limitations: null, authoritativeDefinitions: null, customProperties: null };

const member: FieldsOf<TeamMember> = {
  id: null, username: null, name: null, description: null, role: null, dateIn: null, dateOut: null, replacedByUsername: null, tags: null, authoritativeDefinitions: null, customProperties: null,
};

const team: FieldsOf<Team> = { id: null, name: null, description: null, tags: null, customProperties: null, members: member };

const logicalTypeOptions: FieldsOf<LogicalTypeOptions> = {
  minLength: null, maxLength: null, pattern: null, format: null, minimum: null, maximum: null, exclusiveMinimum: null, exclusiveMaximum: null, multipleOf: null, timezone: null, defaultTimezone: null,
  minProperties: null, maxProperties: null, required: null, minItems: null, maxItems: null, uniqueItems: null, dimensions: null, elementType: null, distanceMetric: null, embeddingModel: null,
  embeddingModelVersion: null, normalized: null,
};

const element = { id: null, physicalName: null, physicalType: null, businessName: null, description: null, deprecated: null, synonyms: null, tags: null, authoritativeDefinitions: null, customProperties: null };

const role: FieldsOf<Role> = { id: null, role: null, description: null, access: null, firstLevelApprovers: null, secondLevelApprovers: null, customProperties: null };

const promise: FieldsOf<SlaProperty> = {
  id: null, property: null, value: null, valueExt: null, unit: null, element: null, driver: null, description: null, scheduler: null, schedule: null, customProperties: null, authoritativeDefinitions: null,
};

const quality: FieldsOf<Omit<QualityRule, 'metricField' | 'operators'> & Record<QualityOperator, unknown>> = {
  id: null, name: null, description: null, type: null, metric: null, arguments: null, query: null, engine: null, implementation: null, dimension: null, severity: null, businessImpact: null, method: null,
  unit: null, schedule: null, scheduler: null, tags: null, authoritativeDefinitions: null, customProperties: null,
  ...Object.fromEntries(QUALITY_OPERATORS.map((operator) => [operator, null])) as Record<QualityOperator, null>,
};

const column: FieldsOf<Property> = {
  ...element, name: null, logicalType: null, logicalTypeOptions, primaryKey: null, primaryKeyPosition: null, required: null, unique: null, partitioned: null, partitionKeyPosition: null, classification: null,
  encryptedName: null, criticalDataElement: null, semanticType: null, transformSourceObjects: null, transformLogic: null, transformDescription: null, examples: null, enum: null, relationships: null,
  properties: null, items: null, map: null, quality,
};

const table: FieldsOf<SchemaObject> = { ...element, name: null, logicalType: null, dataGranularityDescription: null, context: null, properties: column, relationships: null, quality };

type Derived = 'file' | 'form' | 'edition' | 'document' | 'digest' | 'incomplete' | 'locate';
const product: FieldsOf<Omit<Contract, Derived>> = {
  apiVersion: null, id: null, version: null, status: null, name: null, tenant: null, domain: null, dataProduct: null, contractCreatedTs: null, context: null, tags: null, description, servers: null,
  schema: table, support: null, price: null, team, roles: role, slaDefaultElement: null, slaProperties: promise, authoritativeDefinitions: null, customProperties: null,
};

const KNOWN: Readonly<Record<PolicySubject, { readonly fields: Fields; readonly place: Place }>> = {
  product: { fields: product, place: 'contract' }, tables: { fields: table, place: 'table' }, columns: { fields: column, place: 'column' }, roles: { fields: role, place: 'role' },
  promises: { fields: promise, place: 'SLA property' }, quality: { fields: quality, place: 'quality rule' },
};

/** Why no contract has a field where a policy looks for it; undefined where one may. */
export function fieldFault(of: PolicySubject, written: string): Detail | undefined {
  const { fields, place } = KNOWN[of];
  const fault = (message: string, name: string, known: readonly string[]): Detail => (
    { message, received: written, expected: 'a field of ODCS, with dots, or customProperties.NAME for a property of your own', remedy: didYouMean(name, known) });
  const ours = /^(?:customProperties\.)?(mesh\..+)$/.exec(written)?.[1];
  if (ours !== undefined) {
    const here = Object.keys(MESH_PROPERTIES).filter((name) => MESH_PROPERTIES[name].places.includes(place));
    return here.includes(ours) ? undefined : fault(`\`${ours}\` means nothing on a ${place}`, ours, here);
  }
  let known: Fields | null = fields;
  for (const step of steps(written)) {
    if (known === null || step === 'customProperties') return undefined;
    if (!Object.hasOwn(known, step)) return fault(`no ${place} has a field \`${written}\``, step, Object.keys(known));
    known = known[step];
  }
  return undefined;
}

import {
  type CustomProperty, type Contract, type LogicalTypeOptions, type Property, type Relationship, type Role, type SchemaObject,
  type SlaProperty, type TableRelationship, type Team, type TeamMember,
} from '../contract';
import { type DocumentPath } from '../document-path';
import { type OdcsCustomProperty } from './common';
import { type OdcsDocument, type OdcsTable } from './document';
import { type Edition } from './edition';
import { type OdcsLogicalTypeOptions } from './logical-type-options';
import { normaliseQuality } from './normalise-quality';
import { type OdcsItem } from './property';

type Normalised = Omit<Contract, 'file' | 'form' | 'edition' | 'document' | 'digest' | 'incomplete' | 'locate'>;

/** A valid document of any edition in the one shape that everything after it reads. */
export function normalise(document: OdcsDocument, edition: Edition): Normalised {
  const { description } = document;
  return {
    apiVersion: document.apiVersion,
    id: document.id,
    version: document.version,
    status: document.status,
    name: document.name,
    tenant: document.tenant,
    domain: document.domain,
    dataProduct: document.dataProduct,
    contractCreatedTs: document.contractCreatedTs,
    context: document.context,
    tags: document.tags ?? [],
    description: {
      usage: description?.usage,
      purpose: description?.purpose,
      limitations: description?.limitations,
      authoritativeDefinitions: description?.authoritativeDefinitions ?? [],
      customProperties: customProperties(description?.customProperties, ['description']),
      path: ['description'],
    },
    servers: located(document.servers, ['servers']),
    schema: (document.schema ?? []).map((table, index) => schemaObject(table, edition, ['schema', index])),
    support: located(document.support, ['support']),
    price: document.price === undefined ? undefined : { ...document.price, path: ['price'] },
    team: team(document.team),
    roles: (document.roles ?? []).map((role, index): Role => withCustomProperties(role, ['roles', index])),
    slaDefaultElement: document.slaDefaultElement,
    slaProperties: (document.slaProperties ?? []).map((property, index): SlaProperty => withCustomProperties(property, ['slaProperties', index])),
    authoritativeDefinitions: document.authoritativeDefinitions ?? [],
    customProperties: customProperties(document.customProperties, []),
  };
}

function schemaObject(table: OdcsTable, edition: Edition, path: DocumentPath): SchemaObject {
  return {
    ...withCustomProperties(table, path),
    synonyms: table.synonyms ?? [],
    tags: table.tags ?? [],
    authoritativeDefinitions: table.authoritativeDefinitions ?? [],
    quality: normaliseQuality(table.quality, edition, path),
    properties: properties(table.properties, edition, path),
    relationships: (table.relationships ?? []).map((each, index): TableRelationship => withCustomProperties(each, [...path, 'relationships', index])),
  };
}

function properties(list: readonly OdcsItem[] | undefined, edition: Edition, path: DocumentPath): readonly Property[] {
  return list === undefined ? NONE : list.map((item, index) => property(item, edition, [...path, 'properties', index]));
}

/** Field by field, what is not written too: of the same shape for each of the hundreds of columns that a contract has, which engines make and read fastest. */
function property(item: OdcsItem, edition: Edition, path: DocumentPath): Property {
  const made: { [Field in keyof Required<Property>]: Property[Field] } = {
    path,
    id: item.id,
    name: item.name ?? '',
    logicalType: item.logicalType,
    physicalType: item.physicalType,
    physicalName: item.physicalName,
    businessName: item.businessName,
    description: item.description,
    deprecated: item.deprecated,
    primaryKey: item.primaryKey,
    primaryKeyPosition: item.primaryKeyPosition,
    required: item.required,
    unique: item.unique,
    partitioned: item.partitioned,
    partitionKeyPosition: item.partitionKeyPosition,
    classification: item.classification,
    encryptedName: item.encryptedName,
    criticalDataElement: item.criticalDataElement,
    semanticType: item.semanticType,
    transformSourceObjects: item.transformSourceObjects ?? NONE,
    transformLogic: item.transformLogic,
    transformDescription: item.transformDescription,
    examples: item.examples ?? NONE,
    synonyms: item.synonyms ?? NONE,
    tags: item.tags ?? NONE,
    authoritativeDefinitions: item.authoritativeDefinitions ?? NONE,
    customProperties: customProperties(item.customProperties, path),
    logicalTypeOptions: logicalTypeOptions(item.logicalTypeOptions, [...path, 'logicalTypeOptions']),
    quality: normaliseQuality(item.quality, edition, path),
    relationships: item.relationships === undefined ? NONE : item.relationships.map((each, index): Relationship => withCustomProperties(each, [...path, 'relationships', index])),
    enum: item.enum === undefined ? undefined : located(item.enum, [...path, 'enum']),
    properties: properties(item.properties, edition, path),
    items: item.items === undefined ? undefined : property(item.items, edition, [...path, 'items']),
    map: item.map === undefined ? undefined : {
      key: property(item.map.key, edition, [...path, 'map', 'key']),
      value: property(item.map.value, edition, [...path, 'map', 'value']),
    },
  };
  return made;
}

const NONE: readonly never[] = [];

/** 3.0's `maximum: 10, exclusiveMaximum: true` is 3.1's `exclusiveMaximum: 10`. */
function logicalTypeOptions(options: OdcsLogicalTypeOptions | undefined, path: DocumentPath): LogicalTypeOptions {
  if (options === undefined) return { path };
  const { exclusiveMinimum, exclusiveMaximum, minimum, maximum, ...others } = options;
  return {
    ...others,
    minimum: exclusiveMinimum === true ? undefined : minimum,
    maximum: exclusiveMaximum === true ? undefined : maximum,
    exclusiveMinimum: typeof exclusiveMinimum === 'boolean' ? (exclusiveMinimum ? minimum : undefined) : exclusiveMinimum,
    exclusiveMaximum: typeof exclusiveMaximum === 'boolean' ? (exclusiveMaximum ? maximum : undefined) : exclusiveMaximum,
    path,
  };
}

function team(written: OdcsDocument['team']): Team {
  const path = ['team'];
  const list = Array.isArray(written) ? written : written?.members ?? [];
  const membersPath = Array.isArray(written) ? path : [...path, 'members'];
  const { id, name, description, tags, customProperties: own } = Array.isArray(written) || written === undefined
    ? { id: undefined, name: undefined, description: undefined, tags: undefined, customProperties: undefined } : written;
  return {
    id, name, description, path,
    tags: tags ?? [],
    customProperties: customProperties(own, path),
    members: list.map((member, index): TeamMember => withCustomProperties(member, [...membersPath, index])),
  };
}

function withCustomProperties<T extends { customProperties?: readonly OdcsCustomProperty[] | undefined }>(
  written: T, path: DocumentPath,
): Omit<T, 'customProperties'> & { customProperties: readonly CustomProperty[]; path: DocumentPath } {
  return { ...written, customProperties: customProperties(written.customProperties, path), path };
}

export function customProperties(list: readonly OdcsCustomProperty[] | undefined, path: DocumentPath): readonly CustomProperty[] {
  // where an edition has no such field it may hold anything
  if (!Array.isArray(list)) return NONE;
  const written = list as readonly OdcsCustomProperty[];
  return located(written.filter((each) => typeof each === 'object' && each !== null), [...path, 'customProperties']);
}

function located<T extends object>(list: readonly T[] | undefined, path: DocumentPath): (T & { path: DocumentPath })[] {
  return (list ?? []).map((entry, index) => ({ ...entry, path: [...path, index] }));
}

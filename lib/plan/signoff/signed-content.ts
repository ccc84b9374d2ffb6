import { type Classification, classificationOf, DEFAULT_CLASSIFICATION, isClassification, maskingOf } from '../../contract/classification';
import { type Contract, type Property } from '../../contract/contract';
import { digest } from '../../contract/digest';
import { customProperty } from '../../contract/mesh-property';
import { namedTerms } from '../../contract/named-terms';
import { isRecord } from '../../contract/odcs/conditional';
import { majorVersion } from '../../contract/version';
import { type Vocabulary } from '../../contract/vocabulary';
import { type Mesh } from '../mesh/mesh';
import { type Surroundings } from '../workspace';
import { type SignoffPart } from './signoff-parts';
import { type Statement } from './statement';

type Fields = Readonly<Record<string, unknown>>;

/** Changes with every release or step of the lifecycle, and promises nothing by itself: nobody signs it. */
const NOBODYS = ['apiVersion', 'kind', 'version', 'status', 'contractCreatedTs'];
/** Fields of a contract that the platform answers for: how it is named and served, and the service level. */
const PLATFORMS = ['id', 'domain', 'tenant', 'dataProduct', 'servers', 'slaProperties', 'slaDefaultElement'];
const PLATFORMS_PROPERTIES = ['mesh.tier', 'mesh.noticePeriod', 'mesh.supersededBy'];
const PLATFORMS_OF_ELEMENTS = ['physicalName'];
/** Fields of a contract that security answers for. */
const SECURITYS = ['roles'];
const SECURITYS_PROPERTIES = ['mesh.residency', 'mesh.masking'];
const SECURITYS_OF_ELEMENTS = ['classification', 'encryptedName'];
/** Who has a role is the platform's, what the role may see is security's. */
const CONSUMERS = 'mesh.consumers';

/**
 * What a person answers for who signs one part of a contract, as JSON: the owner meaning, schema and quality, with the
 * vocabulary's terms; security classification, roles, masking and residency; the platform SLA, naming and consumers.
 * What is nobody else's is the owner's, so that no field of a contract goes unsigned.
 */
export function signedContent(contract: Contract, part: SignoffPart, surroundings: Surroundings): Fields {
  switch (part) {
    case 'owner': return { ...ownersDocument(contract), terms: terms(contract, surroundings.vocabulary) };
    case 'security': return securitys(contract, surroundings.mesh);
    case 'platform': return platforms(contract);
  }
}

/** `sha256:…` of the RFC 8785 form of what a part covers: formatting, comments and the order of fields are not in it. */
export function signedDigest(contract: Contract, part: SignoffPart, surroundings: Surroundings): string {
  return `sha256:${digest(signedContent(contract, part, surroundings))}`;
}

/** What somebody signs who signs a part of a contract as it is. Only of a contract that the linter has passed. */
export function statementOf(contract: Contract, part: SignoffPart, surroundings: Surroundings, by: Pick<Statement, 'signer' | 'until'> & { readonly at: Date }): Statement {
  const major = majorVersion(contract.version);
  if (major === undefined) throw new Error(`the contract ${contract.id} was signed before it was linted`);
  return { product: contract.id, major, part, digest: signedDigest(contract, part, surroundings), signer: by.signer, signedAt: `${by.at.toISOString().slice(0, 19)}Z`, until: by.until };
}

function ownersDocument(contract: Contract): Fields {
  const { schema, ...document } = contract.document as Fields;
  const own = without(document, [...NOBODYS, ...PLATFORMS, ...SECURITYS], [...PLATFORMS_PROPERTIES, ...SECURITYS_PROPERTIES]);
  return { ...own, ...Array.isArray(schema) && { schema: schema.map((table) => ownersElement(table)) } };
}

/** A table or column, with all that is within it, less what security and the platform answer for. */
function ownersElement(element: unknown): unknown {
  if (!isRecord(element)) return element;
  const own: Record<string, unknown> = without(element, [...SECURITYS_OF_ELEMENTS, ...PLATFORMS_OF_ELEMENTS], SECURITYS_PROPERTIES);
  if (Array.isArray(own.properties)) own.properties = own.properties.map((inner) => ownersElement(inner));
  if (isRecord(own.items)) own.items = ownersElement(own.items);
  if (isRecord(own.map)) own.map = Object.fromEntries(Object.entries(own.map).map(([side, inner]) => [side, ownersElement(inner)]));
  return own;
}

/** Without some fields and custom properties; a list of custom properties that has become empty was never there. */
function without(value: Fields, fields: readonly string[], properties: readonly string[]): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(value).filter(([name]) => !fields.includes(name)));
  if (!Array.isArray(kept.customProperties)) return kept;
  const { customProperties, ...rest } = kept;
  const custom = (customProperties as unknown[]).filter((each) => !(isRecord(each) && properties.includes(each.property as string)));
  return custom.length === 0 ? rest : { ...rest, customProperties: custom };
}

/** What a term means; who looks after it and where else it is described may change. */
function terms(contract: Contract, vocabulary: Vocabulary | undefined): Fields[] {
  return vocabulary === undefined ? [] : namedTerms(contract, vocabulary).map(({ term, definition, type }) => ({ term, definition, ...type !== undefined && { type } }));
}

/** Classes and masking as they come out, so that the default of a domain cannot open a column that was signed as closed. */
function securitys(contract: Contract, mesh: Mesh | undefined): Fields {
  const { roles = [] } = contract.document;
  const fallback = mesh?.classification(contract.domain) ?? DEFAULT_CLASSIFICATION;
  return {
    roles: roles.map((role) => without(role, [], [CONSUMERS])),
    columns: Object.fromEntries(contract.schema.map(({ name, properties }) => [name, Object.fromEntries(properties.flatMap((column) => protectionOf(column, column.name, fallback)))])),
    residency: customProperty(contract, 'mesh.residency') ?? null,
    region: contract.domain === undefined ? null : mesh?.region(contract.domain) ?? null,
  };
}

/** By name, so that the order of columns, which is the owner's, is not in it. */
function protectionOf(column: Property, name: string, fallback: Classification): [string, Fields][] {
  const classification = classificationOf(column, fallback);
  const own = isClassification(column.classification) ? column.classification : fallback;
  return [
    [name, { classification, masking: maskingOf(column, classification), ...column.encryptedName !== undefined && { encryptedName: column.encryptedName } }],
    ...inside(column, name).flatMap(([inner, field]) => protectionOf(field, inner, own)),
  ];
}

function physicalNames(column: Property, name: string): [string, string][] {
  return [
    ...column.physicalName === undefined ? [] : [[name, column.physicalName] satisfies [string, string]],
    ...inside(column, name).flatMap(([inner, field]) => physicalNames(field, inner)),
  ];
}

/** The fields within a column: `address.street`, `tags[]`, `scores{value}`. */
function inside(column: Property, name: string): [string, Property][] {
  return [
    ...column.properties.map((field): [string, Property] => [`${name}.${field.name}`, field]),
    ...column.items === undefined ? [] : [[`${name}[]`, column.items] satisfies [string, Property]],
    ...column.map === undefined ? [] : [[`${name}{key}`, column.map.key], [`${name}{value}`, column.map.value]] satisfies [string, Property][],
  ];
}

function platforms(contract: Contract): Fields {
  const document = contract.document as Fields;
  return {
    ...Object.fromEntries(PLATFORMS.flatMap((field) => (document[field] === undefined ? [] : [[field, document[field]]]))),
    major: majorVersion(contract.version) ?? null,
    properties: Object.fromEntries(PLATFORMS_PROPERTIES.flatMap((name) => {
      const value = customProperty(contract, name);
      return value === undefined ? [] : [[name, value]];
    })),
    tables: Object.fromEntries(contract.schema.map(({ name, physicalName, properties }) => [name, {
      physicalName: physicalName ?? null, columns: Object.fromEntries(properties.flatMap((column) => physicalNames(column, column.name))),
    }])),
    consumers: contract.roles.map((role) => ({ role: role.role, consumers: customProperty(role, CONSUMERS) ?? [] })),
  };
}

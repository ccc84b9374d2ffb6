/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { anyValue, type CommonModel, integer, scalarOrNull, stableId, tags } from './common';
import { once } from '../once';
import { type Case, conditional, isRecord, type Kit, type Part } from './conditional';
import { logicalTypeOptions, type OdcsLogicalTypeOptions } from './logical-type-options';
import { type QualityModel } from './quality';
import { type RelationshipModel } from './relationship';

const LOGICAL_TYPES = ['string', 'date', 'number', 'integer', 'object', 'array', 'boolean'] as const;
const LOGICAL_TYPES_31 = [...LOGICAL_TYPES, 'timestamp', 'time'] as const;
const LOGICAL_TYPES_32 = [...LOGICAL_TYPES_31, 'map', 'vector'] as const;

export type LogicalType = (typeof LOGICAL_TYPES_32)[number];

function logicalTypes(kit: Kit): readonly LogicalType[] {
  return kit.edition === '3.0' ? LOGICAL_TYPES : kit.edition === '3.1' ? LOGICAL_TYPES_31 : LOGICAL_TYPES_32;
}

/** What tables and columns have in common. */
export function elementFields(kit: Kit, common: CommonModel) {
  return {
    ...common.id,
    name: z.string().optional(),
    physicalType: z.string().optional(),
    physicalName: z.string().optional(),
    description: z.string().optional(),
    businessName: z.string().optional(),
    ...kit.since('3.2', { deprecated: z.boolean().optional(), synonyms: common.synonyms.optional() }),
    authoritativeDefinitions: common.authoritativeDefinitions.optional(),
    tags: tags.optional(),
    customProperties: common.customProperties.optional(),
  };
}

function enumeration(common: CommonModel) {
  const value = z.strictObject({
    ...common.id,
    value: scalarOrNull,
    label: z.string().optional(),
    id: stableId.optional(),
    description: z.string().optional(),
    customProperties: common.customProperties.optional(),
    authoritativeDefinitions: common.authoritativeDefinitions.optional(),
    tags: tags.optional(),
  });
  return z.array(value).min(1).check(z.superRefine((values, context) => {
    const seen = new Set<string>();
    values.forEach((entry, index) => {
      const key = comparable(entry);
      if (seen.has(key)) context.addIssue({ code: 'custom', path: [index], params: { kind: 'duplicate', expected: 'different values' } });
      seen.add(key);
    });
  }, { when: (payload) => Array.isArray(payload.value) })).meta({ uniqueItems: true });
}

/** Equal for values that JSON Schema's uniqueItems takes for the same: order of fields does not count. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner
  )) ?? '';
}

function propertyFields(kit: Kit, common: CommonModel, quality: QualityModel, relationships: RelationshipModel) {
  return {
    ...elementFields(kit, common),
    primaryKey: z.boolean().optional(),
    primaryKeyPosition: integer().optional(),
    logicalType: z.enum(logicalTypes(kit)).optional(),
    required: z.boolean().optional(),
    unique: z.boolean().optional(),
    partitioned: z.boolean().optional(),
    partitionKeyPosition: integer().optional(),
    classification: z.string().optional(),
    encryptedName: z.string().optional(),
    transformSourceObjects: z.array(z.string()).optional(),
    transformLogic: z.string().optional(),
    transformDescription: z.string().optional(),
    examples: z.array(anyValue).optional(),
    criticalDataElement: z.boolean().optional(),
    quality: z.array(quality).optional(),
    ...kit.since('3.1', { relationships: z.array(relationships.ofColumn).optional() }),
    ...kit.since('3.2', {
      semanticType: z.enum(['column', 'measure', 'dimension']).optional(),
      enum: enumeration(common).optional(),
    }),
  };
}

/** A column, or a field within one. `items` of a list and the two sides of a map may go without a name. */
export interface OdcsItem extends z.infer<z.ZodObject<ReturnType<typeof propertyFields>>> {
  logicalTypeOptions?: OdcsLogicalTypeOptions | undefined;
  properties?: OdcsProperty[] | undefined;
  items?: OdcsItem | undefined;
  map?: { key: OdcsItem; value: OdcsItem } | undefined;
}

export interface OdcsProperty extends OdcsItem {
  name: string;
}

export interface PropertyModel {
  readonly property: z.ZodType<OdcsProperty>;
}

/** Columns: what else they may say depends on their logical type, and on whether they have one. */
export function propertyModel(kit: Kit, common: CommonModel, quality: QualityModel, relationships: RelationshipModel): PropertyModel {
  const fields = { ...propertyFields(kit, common, quality, relationships) };
  const properties: z.ZodType = z.lazy(() => z.array(property));
  const nested = z.looseObject({ properties: properties.optional() });
  const items = z.looseObject({ items: z.lazy(() => item).optional() });
  const sides = z.lazy(() => z.strictObject({ key: item, value: item }));
  const map = z.looseObject({ map: sides });
  const optionsOf = (type: LogicalType): Part => z.looseObject({ logicalTypeOptions: logicalTypeOptions(kit, type).optional() });
  const more: Partial<Record<LogicalType, Part>> = { object: nested, array: items, map };
  const cases: Case[] = logicalTypes(kit).map((type) => {
    const part = more[type];
    return { field: 'logicalType', value: type, parts: once(() => [optionsOf(type), ...(part === undefined ? [] : [part])]) };
  });
  // without a logical type the official schema applies the rules of every type at once
  const untyped = once(() => [untypedOptions(kit), nested, items, ...(kit.edition === '3.2' ? [untypedMap(sides)] : [])]);
  cases.push({ field: 'logicalType', value: undefined, parts: untyped });

  const property = conditional('Property', { ...fields, name: z.string() }, true, cases);
  // 3.0 lets `properties` of an item stand whatever its type
  const item = conditional('Item', kit.edition === '3.0' ? { ...fields, properties: properties.optional() } : fields, true, cases);
  return { property: property };
}

/** Of the options of every type at once only none remain; 3.2 wants a vector's dimensions even then. */
function untypedOptions(kit: Kit): Part {
  return z.looseObject({ logicalTypeOptions: anyValue.optional() }).check(z.superRefine((value, context) => {
    const options = value.logicalTypeOptions;
    if (!Object.hasOwn(value, 'logicalTypeOptions')) return;
    if (kit.edition !== '3.2' && isRecord(options) && Object.keys(options).length === 0) return;
    context.addIssue({
      code: 'custom', path: ['logicalTypeOptions'],
      params: { kind: 'conflict', message: '`logicalTypeOptions` means nothing without a `logicalType`', expected: 'a `logicalType` beside it' },
    });
  })).meta(kit.edition === '3.2' ? { properties: { logicalTypeOptions: false } } : { properties: { logicalTypeOptions: { type: 'object', maxProperties: 0 } } });
}

function untypedMap(sides: z.ZodType): Part {
  return z.looseObject({ map: sides.optional() }).check(z.superRefine((value, context) => {
    if (Object.hasOwn(value, 'map')) return;
    context.addIssue({
      code: 'custom', path: ['logicalType'],
      params: { kind: 'missing', expected: `one of ${LOGICAL_TYPES_32.join(', ')}`, remedy: 'ODCS 3.2 takes a column without `logicalType` for a map: write the type' },
    });
  }, { when: ({ value }) => isRecord(value) })).meta({ required: ['map'] });
}

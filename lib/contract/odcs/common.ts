/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { type Kit } from './conditional';

/** A whole number of any size; zod's own `int` stops at 2^53. */
export function integer(minimum?: number): z.ZodNumber {
  const whole = z.number().refine(Number.isInteger, { params: { kind: 'type', expected: 'a whole number' } }).meta({ type: 'integer' });
  return minimum === undefined ? whole : whole.gte(minimum);
}

/** Any value at all, `null` included, but it must be there. */
export const anyValue = z.unknown();

export const scalarOrNull = z.union([z.string(), z.number(), z.boolean(), z.null()]);

export const stableId = z.string().regex(/^[A-Za-z0-9_-]+$/u, 'letters, digits, `-` and `_`');

export const tags = z.array(z.string());

/** Blocks that appear all over a contract. */
export function commonModel(kit: Kit) {
  const id = kit.since('3.1', { id: stableId.optional() });
  const customProperty = kit.object({
    ...id,
    property: kit.in30(z.string().optional() as unknown as z.ZodString, z.string()),
    value: kit.in30(anyValue.optional() as unknown as z.ZodUnknown, anyValue),
    ...kit.since('3.1', { description: z.string().optional() }),
    ...kit.since('3.2', { vendor: z.string().optional() }),
  });
  const customProperties = z.array(customProperty);
  const authoritativeDefinition = kit.object({
    ...id,
    url: z.string(),
    type: z.string(),
    ...kit.since('3.1', { description: z.string().optional() }),
  });
  const authoritativeDefinitions = z.array(authoritativeDefinition);
  const synonyms = z.array(kit.object({
    id: stableId.optional(),
    synonym: z.string(),
    description: z.string().optional(),
    locale: z.string().optional(),
    source: z.string().optional(),
    status: z.string().optional(),
    customProperties: customProperties.optional(),
  }));
  const statement = {
    id: z.string().optional(),
    authoritativeDefinitions: authoritativeDefinitions.optional(),
    tags: tags.optional(),
    customProperties: customProperties.optional(),
  };
  const context = z.union([
    z.string(),
    z.strictObject({
      instructions: z.string().optional(),
      verifiedStatements: z.array(z.strictObject({ ...statement, question: z.string(), answer: z.string().optional() })).optional(),
      constraints: z.array(z.strictObject({ ...statement, constraint: z.string() })).optional(),
    }),
  ]);
  return { id, customProperty, customProperties, authoritativeDefinitions, synonyms, context };
}

export type CommonModel = ReturnType<typeof commonModel>;
export type OdcsCustomProperty = z.infer<CommonModel['customProperty']>;
export type OdcsAuthoritativeDefinition = z.infer<CommonModel['authoritativeDefinitions']>[number];
export type OdcsSynonym = z.infer<CommonModel['synonyms']>[number];
export type OdcsContext = z.infer<CommonModel['context']>;

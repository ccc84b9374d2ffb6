/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { type CommonModel } from './common';
import { type Kit } from './conditional';

const SHORTHAND_31 = /^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$/u;
const SHORTHAND_32 = /^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)+$/u;
const QUALIFIED_31 = /^(?:(?:https?:\/\/)?[A-Za-z0-9._\-/]+\.yaml#)?\/?[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+(?:\/[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+)*$/u;
const QUALIFIED_32 = /^(?:(?:https?:\/\/)?[A-Za-z0-9._\-/]+\.ya?ml#)?\/?[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+(?:\/[A-Za-z_][A-Za-z0-9_]*\/[A-Za-z0-9_-]+)*$/u;

/** Foreign keys, between columns (`from` is the column itself) or between tables. */
export function relationshipModel(kit: Kit, common: CommonModel) {
  const [shorthand, qualified] = kit.edition === '3.2' ? [SHORTHAND_32, QUALIFIED_32] : [SHORTHAND_31, QUALIFIED_31];
  const reference = z.string().refine((text) => shorthand.test(text) || qualified.test(text), {
    params: { kind: 'pattern', expected: 'table.column, or section/id/properties/id' },
  }).meta({ anyOf: [{ pattern: shorthand.source }, { pattern: qualified.source }] });
  const references = z.union([reference, z.array(reference).min(1)]);
  const base = {
    ...kit.since('3.2', { id: z.string().optional() }),
    type: z.enum(['foreignKey']).optional(),
    to: references,
    customProperties: common.customProperties.optional(),
  };
  const ofTable = z.strictObject({ ...base, from: references }).check(z.superRefine((value, context) => {
    if (isReferences(value.from) && isReferences(value.to) && Array.isArray(value.from) !== Array.isArray(value.to)) {
      context.addIssue({
        code: 'custom', path: ['to'], params: { kind: 'type', expected: Array.isArray(value.from) ? 'a list, as `from` is' : 'text, as `from` is' },
      });
    }
  }, { when: ({ value }) => typeof value === 'object' && value !== null })).meta({
    oneOf: ['string', 'array'].map((type) => ({ properties: { from: { type }, to: { type } } })),
  });
  return { ofTable, ofColumn: z.strictObject(base) };
}

function isReferences(value: unknown): value is string | unknown[] {
  return typeof value === 'string' || Array.isArray(value);
}

export type RelationshipModel = ReturnType<typeof relationshipModel>;
export type OdcsTableRelationship = z.infer<RelationshipModel['ofTable']>;
export type OdcsColumnRelationship = z.infer<RelationshipModel['ofColumn']>;

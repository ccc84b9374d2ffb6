/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { anyValue, type CommonModel, tags } from './common';
import { ANY_TEXT, type Case, conditional, type Kit, type Part } from './conditional';

export const QUALITY_OPERATORS = [
  'mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeGreaterOrEqualTo',
  'mustBeLessThan', 'mustBeLessOrEqualTo', 'mustBeBetween', 'mustNotBeBetween',
] as const;

export type QualityOperator = (typeof QUALITY_OPERATORS)[number];

const range = z.array(z.number()).length(2).refine((pair) => pair[0] !== pair[1], { params: { kind: 'duplicate', expected: 'two different numbers' } })
  .meta({ uniqueItems: true });

const operatorFields = {
  mustBe: anyValue.optional(),
  mustNotBe: anyValue.optional(),
  mustBeGreaterThan: z.number().optional(),
  mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(),
  mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: range.optional(),
  mustNotBeBetween: range.optional(),
};

/** 3.1 made the operators exclusive: one, and only one. */
const oneOperator: Part = z.looseObject(operatorFields).check(z.superRefine((value, context) => {
  const used = QUALITY_OPERATORS.filter((operator) => Object.hasOwn(value, operator));
  if (used.length === 1) return;
  const expected = `one of ${QUALITY_OPERATORS.join(', ')}`;
  if (used.length === 0) context.addIssue({ code: 'custom', path: ['mustBe'], params: { kind: 'missing', message: 'the rule has no operator', expected } });
  for (const operator of used.slice(1)) {
    context.addIssue({
      code: 'custom', path: [operator],
      params: { kind: 'conflict', message: `a rule has one operator, this one also has \`${used[0]}\``, expected, remedy: 'split it into two rules' },
    });
  }
}, { when: ({ value }) => typeof value === 'object' && value !== null })).meta({
  oneOf: QUALITY_OPERATORS.map((operator) => ({ required: [operator] })),
});

const METRICS = ['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'] as const;

/** Data quality rules: words, a metric of the library, SQL, or another tool's. */
export function qualityModel(kit: Kit, common: CommonModel) {
  const base = {
    ...common.id,
    type: z.enum(['text', 'library', 'sql', 'custom']).optional(),
    name: z.string().optional(),
    description: z.string().optional(),
    dimension: z.enum(['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness']).optional(),
    severity: z.string().optional(),
    businessImpact: z.string().optional(),
    method: z.string().optional(),
    unit: z.string().optional(),
    schedule: z.string().optional(),
    scheduler: z.string().optional(),
    tags: tags.optional(),
    customProperties: common.customProperties.optional(),
    authoritativeDefinitions: common.authoritativeDefinitions.optional(),
  };
  const library = z.looseObject({ metric: z.enum(METRICS), rule: z.string().optional(), arguments: z.looseObject({}).optional() });
  const library30 = z.looseObject({ rule: z.string(), ...operatorFields });
  const sql = z.looseObject({ query: z.string() });
  const custom = z.looseObject({ engine: z.string(), implementation: z.union([z.string(), z.looseObject({})]) });

  const cases: Case[] = [
    { field: 'type', value: 'sql', parts: () => kit.in30([sql], [sql, oneOperator]) },
    { field: 'type', value: 'custom', parts: () => [custom] },
    { field: 'type', value: 'library', parts: () => kit.in30([library30], [library, oneOperator]) },
    // 3.0 takes a rule without type for one of the library; 3.1 needs a metric to do so
    kit.in30(
      { field: 'type', value: undefined, parts: () => [library30] },
      { field: 'metric', value: ANY_TEXT, parts: () => [library, oneOperator] },
    ),
  ];
  const rule = conditional('QualityRule', base, kit.edition !== '3.0', cases);
  return rule as unknown as z.ZodObject<typeof base & typeof operatorFields & {
    metric: z.ZodOptional<z.ZodEnum<{ [M in (typeof METRICS)[number]]: M }>>;
    rule: z.ZodOptional<z.ZodString>;
    arguments: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodUnknown>>;
    query: z.ZodOptional<z.ZodString>;
    engine: z.ZodOptional<z.ZodString>;
    implementation: z.ZodOptional<z.ZodUnion<[z.ZodString, z.ZodRecord<z.ZodString, z.ZodUnknown>]>>;
  }>;
}

export type QualityModel = ReturnType<typeof qualityModel>;
export type OdcsQualityRule = z.infer<QualityModel>;

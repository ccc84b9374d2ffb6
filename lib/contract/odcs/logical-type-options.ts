import * as z from 'zod';
import { integer } from './common';
import { type Kit } from './conditional';
import { type LogicalType } from './property';

const INTEGER_FORMATS = ['i8', 'i16', 'i32', 'i64', 'i128', 'u8', 'u16', 'u32', 'u64', 'u128'] as const;
const NUMBER_FORMATS = ['f32', 'f64'] as const;

/** What a column's values look like beyond their type. 3.0 wrote an exclusive bound as a flag beside the bound. */
export interface OdcsLogicalTypeOptions {
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minimum?: number | string;
  maximum?: number | string;
  exclusiveMinimum?: number | string | boolean;
  exclusiveMaximum?: number | string | boolean;
  multipleOf?: number;
  timezone?: boolean;
  defaultTimezone?: string;
  minProperties?: number;
  maxProperties?: number;
  required?: string[];
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  dimensions?: number;
  elementType?: string;
  distanceMetric?: string;
  embeddingModel?: string;
  embeddingModelVersion?: string;
  normalized?: boolean;
}

/** The options a logical type has; nothing else may stand there. */
export function logicalTypeOptions(kit: Kit, type: LogicalType): z.ZodType {
  switch (type) {
    case 'string': return options({ minLength: integer(0), maxLength: integer(0), pattern: z.string(), format: z.string() });
    case 'date': return options({ format: z.string(), ...bounds(kit, z.string()) });
    case 'timestamp':
    case 'time': return options({ format: z.string(), ...bounds(kit, z.string()), timezone: z.boolean(), defaultTimezone: z.string() });
    case 'integer': return options({ format: z.enum(INTEGER_FORMATS), ...bounds(kit, z.number()), multipleOf: z.number().gt(0) });
    case 'number': return options({ format: z.enum(NUMBER_FORMATS), ...bounds(kit, z.number()), multipleOf: z.number().gt(0) });
    case 'object': return options({ minProperties: integer(0), maxProperties: integer(0), required: uniqueTexts });
    case 'array': return options({ minItems: integer(0), maxItems: integer(0), uniqueItems: z.boolean() });
    case 'vector': return vectorOptions;
    case 'boolean':
    case 'map': return z.looseObject({});
  }
}

function options(shape: Record<string, z.ZodType>): z.ZodType {
  return z.strictObject(shape).partial();
}

function bounds(kit: Kit, bound: z.ZodType): Record<string, z.ZodType> {
  const exclusive = kit.in30(z.boolean(), bound);
  return { minimum: bound, exclusiveMinimum: exclusive, maximum: bound, exclusiveMaximum: exclusive };
}

const uniqueTexts = z.array(z.string()).min(1).check(z.superRefine((texts, context) => {
  const seen = new Set<string>();
  texts.forEach((text, index) => {
    if (seen.has(text)) context.addIssue({ code: 'custom', path: [index], params: { kind: 'duplicate', expected: 'different names' } });
    seen.add(text);
  });
})).meta({ uniqueItems: true });

const vectorOptions = z.strictObject({
  dimensions: integer(1),
  elementType: z.enum(['bfloat16', 'binary', 'float16', 'float32', 'float64', 'int8', 'uint8']).optional(),
  distanceMetric: z.enum(['cosine', 'dotProduct', 'euclidean', 'hamming', 'manhattan']).optional(),
  embeddingModel: z.string().optional(),
  embeddingModelVersion: z.string().optional(),
  normalized: z.boolean().optional(),
});

import * as z from 'zod';
import { ANY_TEXT, type Case, conditionsOf } from './conditional';
import { odcsModel } from './document';
import { type Edition } from './edition';

type JsonSchema = Record<string, unknown>;

/** The model of an edition as a JSON Schema (draft 2020-12), for editors: it accepts what the model accepts. */
export function odcsJsonSchema(edition: Edition): JsonSchema {
  const root = odcsModel(edition);
  const named = new Map<z.ZodType, string>();
  collect(root, named, new Set());
  const registry = z.registry<{ id: string }>();
  registry.add(root, { id: 'Contract' });
  for (const [model, id] of named) registry.add(model, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'input', unrepresentable: 'any', uri: (id) => `#/$defs/${id}` });

  const $defs: JsonSchema = {};
  for (const [model, id] of named) {
    // a part is open, and what it does not know is for the whole to judge
    $defs[id] = withConditions(model, without(schemas[id], '$schema', '$id', 'additionalProperties'), named);
  }
  return { ...without(schemas['Contract'], '$id'), $defs };
}

function without(schema: JsonSchema, ...words: readonly string[]): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([word]) => !words.includes(word)));
}

function withConditions(model: z.ZodType, schema: JsonSchema, named: ReadonlyMap<z.ZodType, string>): JsonSchema {
  const conditions = conditionsOf(model);
  if (conditions === undefined) return schema;
  const allOf = conditions.cases.flatMap((each) => each.parts().map((part) => ({
    if: condition(each), then: { $ref: `#/$defs/${named.get(part) ?? ''}` },
  })));
  return { ...schema, allOf, ...(conditions.closed ? { unevaluatedProperties: false } : {}) };
}

function condition({ field, value }: Case): JsonSchema {
  if (value === undefined) return { not: { required: [field] } };
  return { properties: { [field]: value === ANY_TEXT ? { type: 'string' } : { const: value } }, required: [field] };
}

/** Conditional objects and their parts, wherever they are in a model, with the names they get. */
function collect(model: z.ZodType, named: Map<z.ZodType, string>, seen: Set<z.ZodType>): void {
  if (seen.has(model)) return;
  seen.add(model);
  const conditions = conditionsOf(model);
  const parts = conditions?.cases.flatMap((each) => each.parts().map((part) => ({ part, each }))) ?? [];
  if (conditions !== undefined) name(model, conditions.name, named);
  for (const { part, each: { field, value } } of parts) {
    name(part, `${conditions?.name}_${value === undefined ? 'untyped' : value === ANY_TEXT ? field : value}`, named);
  }
  for (const { part } of parts) collect(part, named, seen);
  for (const inner of innerModels(model)) collect(inner, named, seen);
}

function name(model: z.ZodType, wanted: string, named: Map<z.ZodType, string>): void {
  if (named.has(model)) return;
  const taken = new Set(named.values());
  let free = wanted;
  for (let count = 2; taken.has(free); count += 1) free = `${wanted}_${count}`;
  named.set(model, free);
}

function innerModels(model: z.ZodType): z.ZodType[] {
  if (model instanceof z.ZodObject) return Object.values<z.ZodType>(model.shape);
  if (model instanceof z.ZodArray) return [model.element as z.ZodType];
  if (model instanceof z.ZodOptional || model instanceof z.ZodLazy) return [model.unwrap() as z.ZodType];
  if (model instanceof z.ZodUnion) {
    const { options } = model as unknown as { options: readonly z.ZodType[] };
    return [...options];
  }
  return [];
}

import * as z from 'zod';
import { once } from '../once';
import { runRaw } from '../raw-issues';
import { type Edition } from './edition';

/** Further fields of an object, and what they must be. */
export type Part = z.ZodObject;

/** Parts that apply while a field has a value; undefined stands for its absence. */
export interface Case {
  readonly field: string;
  readonly value: string | undefined | typeof ANY_TEXT;
  readonly parts: () => readonly Part[];
}

/** Any text at all in the field that decides. */
export const ANY_TEXT = Symbol('any text');

export interface Conditional {
  readonly name: string;
  readonly closed: boolean;
  readonly cases: readonly Case[];
}

/** What applies to objects in which the same has been decided. */
interface Applying {
  readonly parts: readonly Part[];
  readonly known: ReadonlySet<string>;
}

const conditionals = new WeakMap<z.ZodType, Conditional>();

/** What decides about the fields of a model that {@link conditional} made. */
export function conditionsOf(model: z.ZodType): Conditional | undefined {
  return conditionals.get(model);
}

/**
 * An object whose further fields depend on some of its fields: JSON Schema's `allOf` of `if`/`then`.
 * The parts of every case that holds apply at once, whatever else is wrong, so that all problems are found.
 * Closed, a field that neither the base nor such a part knows is refused (`unevaluatedProperties: false`), unless
 * a field that decides is itself wrong. `name` is what generated schemas call it.
 */
export function conditional<B extends z.ZodRawShape>(name: string, base: B, closed: boolean, cases: readonly Case[]): z.ZodObject<B> {
  const deciding = [...new Set(cases.map(({ field }) => field))];
  const isDecided = (value: Readonly<Record<string, unknown>>): boolean => (
    deciding.every((field) => !Object.hasOwn(base, field) || runRaw(base[field] as z.ZodType, value[field]).length === 0)
  );
  const applying = new Map<string, Applying>();
  const applyingTo = (value: Readonly<Record<string, unknown>>): Applying => {
    // what decides is a text, or it is absent, or it is anything else, of which nothing holds
    const decision = JSON.stringify(deciding.map((field) => (Object.hasOwn(value, field) ? typeof value[field] === 'string' ? value[field] : true : null)));
    let found = applying.get(decision);
    if (found === undefined) {
      const parts = [...new Set(cases.filter((each) => holds(each, value)).flatMap((each) => each.parts()))];
      found = { parts, known: new Set([base, ...parts.map((part) => part.shape)].flatMap((shape) => Object.keys(shape))) };
      if (applying.size < MOST_COMBINATIONS) applying.set(decision, found);
    }
    return found;
  };
  const object = z.looseObject(base).check(z.superRefine((value, context) => {
    const { parts, known } = applyingTo(value);
    for (const part of parts) {
      if (!looksAt(part, value)) continue;
      for (const issue of runRaw(part, value)) context.issues.push({ ...issue, continue: true });
    }
    if (!closed) return;
    const unknown = Object.keys(value).filter((key) => !known.has(key));
    if (unknown.length > 0 && isDecided(value)) context.issues.push({ code: 'unrecognized_keys', keys: unknown, known: [...known], input: value, inst: object, continue: true });
  }, { when: ({ value }) => isRecord(value) }));
  conditionals.set(object, { name, closed, cases });
  return sparse(object);
}

/** Whether a part has something to say of every object: a field that must be there, or a check of its own. */
const alwaysLooks = new WeakMap<Part, boolean>();

/** Whether a part has anything to say of an object: always, or of a field that is there. */
function looksAt(part: Part, value: object): boolean {
  let always = alwaysLooks.get(part);
  if (always === undefined) alwaysLooks.set(part, always = part.def.checks !== undefined || Object.values<z.core.$ZodType>(part.shape).some((field) => field._zod.optin === undefined));
  return always || Object.keys(part.shape).some((key) => key in value);
}

/** More combinations of fields than contracts have: from then on, all fields are looked at. */
const MOST_COMBINATIONS = 200;

/**
 * Judges objects by the fields that they have and those that they must have. Zod runs the model of every field there may be, and of
 * the thirty that a column may have most columns have five.
 */
function sparse<S extends z.ZodRawShape>(model: z.ZodObject<S>): z.ZodObject<S> {
  const whole = model._zod.parse.bind(model._zod);
  const shape: z.ZodRawShape = model.shape;
  const required = once(() => Object.keys(shape).filter((key) => shape[key]._zod.optin === undefined));
  const parts = new Map<string, typeof whole>();
  model._zod.parse = (payload, context) => {
    const { value } = payload as { value: unknown };
    if (!isRecord(value)) return whole(payload, context);
    const there = Object.keys(value).filter((key) => Object.hasOwn(shape, key));
    for (const key of required()) if (!Object.hasOwn(value, key)) there.push(key);
    const combination = there.join();
    let parse = parts.get(combination);
    if (parse === undefined && parts.size < MOST_COMBINATIONS) {
      const part = z.looseObject(Object.fromEntries(there.map((key) => [key, shape[key]])));
      parse = part._zod.parse.bind(part._zod);
      parts.set(combination, parse);
    }
    return (parse ?? whole)(payload, context);
  };
  return model;
}

function holds({ field, value: wanted }: Case, value: Readonly<Record<string, unknown>>): boolean {
  if (!Object.hasOwn(value, field)) return wanted === undefined;
  return wanted === ANY_TEXT ? typeof value[field] === 'string' : value[field] === wanted;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What building the model of one edition needs. The types are those of the newest edition. */
export interface Kit {
  readonly edition: Edition;
  /** These fields, from this edition on. */
  since<S extends z.ZodRawShape>(edition: Edition, shape: S): S;
  /** An object that is closed from 3.1 on; 3.0 lets unknown fields of most objects through. */
  object<S extends z.ZodRawShape>(shape: S): z.ZodObject<S>;
  /** This in 3.0, that from 3.1 on. */
  in30<A, B>(then: A, later: B): A | B;
}

export function kitFor(edition: Edition): Kit {
  return {
    edition,
    since: (from, shape) => (edition >= from ? shape : ({} as typeof shape)),
    object: (shape) => edition === '3.0' ? z.looseObject(shape) : z.strictObject(shape),
    in30: (then, later) => (edition === '3.0' ? then : later),
  };
}

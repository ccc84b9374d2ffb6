import * as z from 'zod';
import { runRaw } from '../raw-issues';
import { type Edition } from './edition';

/** What the fields of an object may be, given its other fields. */
export type Part = z.ZodObject;

/**
 * An object whose further fields depend on some of its fields: JSON Schema's `allOf` of `if`/`then`.
 * Every part that `select` returns applies at once, whatever else is wrong, so that all problems are found.
 * Closed, a field that neither the base nor a selected part knows is refused (`unevaluatedProperties: false`);
 * `select` returns undefined where the deciding field is itself wrong, and unknown fields then stay unjudged.
 */
export function conditional<B extends z.ZodRawShape>(
  base: B,
  closed: boolean,
  select: (value: Readonly<Record<string, unknown>>) => readonly Part[] | undefined,
): z.ZodObject<B> {
  const object = z.looseObject(base).check(z.superRefine((value, context) => {
    const parts = select(value);
    for (const part of parts ?? []) {
      for (const issue of runRaw(part, value)) context.issues.push({ ...issue, continue: true });
    }
    if (!closed || parts === undefined) return;
    const known = [base, ...parts.map((part) => part.shape)].flatMap((shape) => Object.keys(shape));
    const unknown = Object.keys(value).filter((key) => !known.includes(key));
    if (unknown.length > 0) {
      context.issues.push({ code: 'unrecognized_keys', keys: unknown, known, input: value, inst: object, continue: true });
    }
  }, { when: ({ value }) => isRecord(value) }));
  return object;
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

import type * as z from 'zod';

/** Zod's issues before it words them: they still carry the schema that raised them and the value it saw. */
export function runRaw(schema: z.ZodType, value: unknown): z.core.$ZodRawIssue[] {
  const result = schema._zod.run({ value, issues: [] }, { async: false });
  return (result as z.core.ParsePayload).issues;
}

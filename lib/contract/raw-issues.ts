import type * as z from 'zod';

/**
 * Zod's issues before it words them: they still carry the schema that raised them and the value it saw.
 * Interpreted: compiling each object model costs more than a few hundred contracts win back.
 */
export function runRaw(schema: z.ZodType, value: unknown): z.core.$ZodRawIssue[] {
  const result = schema._zod.run({ value, issues: [] }, { async: false, jitless: true });
  return (result as z.core.ParsePayload).issues;
}

/**
 * The plan: the only thing that crosses from TypeScript to Python.
 *
 * Everything is resolved: Python executes it and validates nothing twice. It holds no account, bucket or secret;
 * those are arguments of the job. Adding an optional field keeps the version; anything else raises it.
 */
export const PLAN_VERSION = 3;

import { z } from 'zod';

/**
 * What `--json` prints, verb by verb; docs/cli/ shows each. Fields are added, never taken away or given another meaning.
 * Only tests and readers load this file: the verbs print what they have, and the tests hold that against these.
 */
const mode = z.enum(['init', 'full', 'delta']);
const layer = z.enum(['bronze', 'silver', 'gold']);
const rows = z.int().nonnegative();
const instant = z.iso.datetime({ offset: true });

export const problemShape = z.looseObject({
  id: z.string().regex(/^[a-z]+\/[a-z0-9-]+$/), severity: z.enum(['error', 'warning']),
  line: z.int().positive(), column: z.int().positive(), path: z.string(), message: z.string().min(1),
  received: z.string().nullable(), expected: z.string().nullable(), remedy: z.string().nullable(),
});

/** Of any verb that has no result: printed on stdout beside the message on stderr. */
export const errorShape = z.object({
  error: z.object({ code: z.string(), message: z.string(), remedy: z.string().nullable(), problems: z.array(problemShape.extend({ file: z.string() })) }),
});

export const validateShape = z.object({
  ok: z.boolean(),
  files: z.array(z.object({ file: z.string(), ok: z.boolean(), problems: z.array(problemShape) })),
});

const changeShape = z.object({
  product: z.string(), id: z.string().regex(/^diff\/[a-z0-9-]+$/), grade: z.enum(['breaking', 'risky', 'safe']), path: z.string().min(1), file: z.string(),
  line: z.int().positive(), column: z.int().positive(), was: z.object({ file: z.string(), line: z.int().positive() }).nullable(), message: z.string().min(1),
});
const release = z.enum(['major', 'minor', 'patch', 'none']);
const contractVersion = z.object({ file: z.string(), version: z.string() }).nullable();

export const diffShape = z.object({
  ok: z.boolean(), required: release,
  changes: z.array(changeShape),
  ignored: z.array(changeShape.extend({ reason: z.string(), until: z.iso.date() })),
  contracts: z.array(z.object({ product: z.string(), base: contractVersion, head: contractVersion, required: release, ok: z.boolean(), next: z.string().nullable() })),
  ignores: z.array(z.object({ file: z.string(), rule: z.string(), path: z.string(), reason: z.string(), until: z.iso.date(), state: z.enum(['used', 'expired', 'unused']) })),
});

export const certificateShape = z.looseObject({
  certificateId: z.string(), product: z.string(), version: z.string(), runId: z.string(), mode, issuedAt: instant,
  contractDigest: z.string(), planDigest: z.string(), verdict: z.enum(['certified', 'provisional', 'rejected']),
  score: z.number().min(0).max(100), reasons: z.array(z.string()),
  tables: z.array(z.looseObject({ table: z.string(), rows })),
  checks: z.array(z.looseObject({ id: z.string(), title: z.string(), severity: z.enum(['critical', 'warning']), threshold: z.string(), passed: z.boolean() })),
});

export const runTableShape = z.looseObject({ table: z.string(), layer, rowsIn: rows, rowsOut: rows, quarantined: rows, removed: rows });

export const runShape = z.looseObject({
  product: z.string(), version: z.string(), runId: z.string(), mode,
  state: z.enum(['published', 'rejected', 'failed', 'skipped']),
  tables: z.array(runTableShape), certificate: certificateShape.nullable(),
  maintenance: z.array(z.looseObject({ table: z.string(), files: rows.optional(), into: rows.optional(), forgotten: rows, seconds: z.number() })),
});

/** Of one product in `mesh run --all`: a run, or why there was none. */
export const runAllShape = z.object({
  ok: z.boolean(),
  runs: z.array(z.union([runShape, z.object({ product: z.string(), state: z.enum(['skipped', 'failed']), message: z.string() })])),
});

export const testShape = z.object({
  ok: z.boolean(),
  products: z.array(z.object({
    product: z.string(),
    cases: z.array(z.looseObject({ name: z.string(), passed: z.boolean(), differences: z.array(z.string()) })),
  })),
});

export const statusShape = z.object({
  products: z.array(z.looseObject({ product: z.string(), major: z.int().nonnegative(), state: z.string(), freshnessSeconds: z.number().nullable(),
    runs: z.array(z.looseObject({ runId: z.string(), state: z.string(), verdict: z.string().nullable(), score: z.number().nullable() })) })),
});

export const showShape = z.looseObject({
  product: z.string(),
  tables: z.array(z.looseObject({ table: z.string(), columns: z.array(z.looseObject({ name: z.string(), type: z.string() })), rows: z.array(z.record(z.string(), z.unknown())) })),
  certificate: certificateShape.nullable(),
  consumer: z.string().optional(),
});

const sides = <T extends z.ZodType>(each: T): z.ZodObject<{ a: T; b: T }> => z.object({ a: each, b: each });
const values = z.record(z.string(), z.unknown());

export const compareShape = z.object({
  same: z.boolean(), ...sides(z.object({ product: z.string(), version: z.string(), runId: z.string() })).shape,
  tables: z.array(z.object({
    table: sides(z.string()), by: z.array(z.string()).min(1), same: z.boolean(), rows: sides(rows), duplicates: sides(rows), both: rows, only: sides(rows), different: rows,
    columns: z.array(z.object({ a: z.string(), b: z.string(), type: sides(z.string()), different: rows, largest: z.number().nullable() })),
    missing: sides(z.array(z.string())),
    examples: z.object({ different: z.array(z.object({ key: values, columns: z.record(z.string(), sides(z.unknown())) })), onlyA: z.array(values), onlyB: z.array(values) }),
  })),
});

const uses = z.array(z.enum(['columns', 'rows', 'checks', 'untold'])).min(1);
const productVersion = { product: z.string(), major: z.int().nonnegative() };

export const impactShape = z.object({
  subject: z.object({ ...productVersion, table: z.string().nullable(), column: z.string().nullable() }),
  products: z.array(z.object({
    ...productVersion, version: z.string(), status: z.string(), owner: z.string().nullable(), contract: z.string(), through: z.array(z.string()).min(1), distance: z.int().positive(),
    uses, columns: z.array(z.string()),
  })),
  consumers: z.array(z.object({ ...productVersion, consumer: z.string(), role: z.string() })),
  marts: z.array(z.object({ ...productVersion, consumer: z.string() })),
  interfaces: z.array(z.object({ ...productVersion, kind: z.string(), name: z.string() })),
  unknown: z.array(z.string()),
});

/** Of `mesh plan --against`. */
export const planChangesShape = z.object({
  against: z.string(),
  changes: z.array(z.object({
    ...productVersion, version: z.object({ before: z.string().nullable(), after: z.string().nullable() }),
    tables: z.array(z.object({
      table: z.string(), change: z.enum(['created', 'evolved', 'abandoned']),
      columns: z.array(z.object({ column: z.string(), change: z.enum(['added', 'removed', 'renamed', 'widened', 'retyped', 'masking', 'required']), from: z.string().nullable(), to: z.string().nullable(), refused: z.boolean() })),
    })),
    grants: z.array(z.object({
      consumer: z.string(), role: z.string(), change: z.enum(['appears', 'vanishes', 'changes']), subscribed: z.boolean(), gained: z.array(z.string()), lost: z.array(z.string()),
      rows: z.object({ before: z.string().nullable(), after: z.string().nullable() }).nullable(), because: z.string().nullable(),
    })),
    hit: z.array(z.object({ ...productVersion, uses, columns: z.array(z.string()) })),
    consumers: z.array(z.object({ consumer: z.string(), subscribed: z.boolean() })),
    marts: z.array(z.object({ ...productVersion, consumer: z.string(), change: z.enum(['hit', 'dropped']), because: z.string().nullable() })),
    unknown: z.array(z.string()), cost: z.object({ before: z.number().nullable(), after: z.number().nullable() }),
  })),
});

export const quarantineShape = z.looseObject({
  product: z.string(),
  groups: z.array(z.looseObject({ table: z.string(), rule: z.string(), reason: z.string(), rows: z.int().positive(), runId: z.string() })),
});

const moment = z.iso.datetime();
const percent = z.number().min(0).max(100).nullable();

const reviewShape = z.looseObject({
  product: z.string(), title: z.string(), domain: z.string(), entity: z.string(), major: z.int().nonnegative(), environment: z.string().nullable(), owner: z.string(), status: z.string(),
  month: z.string().regex(/^\d{4}-\d{2}$/), until: moment, verdict: z.enum(['kept', 'broken', 'nothing published', 'nothing promised']),
  freshness: z.object({ publications: rows, late: rows, percent, oldestSeconds: z.number().nullable() }),
  availability: z.object({ percent, kept: z.boolean().nullable() }), quality: z.object({ least: percent, mean: percent, provisional: rows }), rollbacks: rows,
  incidents: z.array(z.object({ at: z.string(), kind: z.enum(['failed', 'rejected', 'timed out', 'aborted']), count: z.int().positive(), message: z.string().nullable() })),
  usage: z.object({ reads: rows, consumers: z.array(z.object({ consumer: z.string(), reads: rows })) }).nullable(),
  feedback: z.array(z.object({ channel: z.string(), url: z.string().nullable() })), endOfLife: z.string().nullable(), daysLeft: z.int().nullable(),
});

/** Also what the platform stores each month. */
export const slaShape = z.object({ mesh: z.string(), month: z.string(), generatedAt: moment, products: z.array(reviewShape) });

/** Of `mesh rollback --to`. */
export const rollbackShape = z.looseObject({ product: z.string(), major: z.int().nonnegative(), runId: z.string(), from: z.string(), certificate: certificateShape });

/** Of `mesh rollback` without --to: the first is what is published now. */
export const certificatesShape = z.object({
  product: z.string(),
  certificates: z.array(z.object({ certificateId: z.string(), runId: z.string(), issuedAt: instant, verdict: z.enum(['certified', 'provisional']), score: z.number(), rows })),
});

export const initShape = z.object({
  product: z.string().nullable(), files: z.array(z.string()), guessed: z.array(z.object({ file: z.string(), line: z.int().positive(), guess: z.string() })),
});

export const proposeShape = z.object({ product: z.string(), files: z.array(z.string()).min(1), open: z.array(problemShape) });

export const signShape = z.object({
  product: z.string(), major: z.int().nonnegative(), part: z.enum(['owner', 'security', 'platform']), digest: z.string(), signer: z.string(),
  signedAt: instant, until: z.iso.date().nullable(), file: z.string(),
});

/** Of `mesh sign --show`. */
export const signedContentShape = z.object({ product: z.string(), part: z.enum(['owner', 'security', 'platform']), digest: z.string(), covers: z.record(z.string(), z.unknown()) });

const lifecycleShape = z.object({
  product: z.string(), major: z.int().nonnegative(), version: z.string(), status: z.string(), file: z.string(),
  changes: z.array(changeShape.pick({ id: true, grade: true, path: true, line: true, message: true })),
});

export const deprecateShape = lifecycleShape.extend({ endOfSupport: z.string(), endOfLife: z.string(), supersededBy: z.string().nullable(), consumers: z.array(z.string()) });

export const retireShape = lifecycleShape.extend({ reason: z.string().nullable(), overruled: z.array(z.string()) });

export const glossaryShape = z.object({ ok: z.boolean(), files: z.array(z.object({ path: z.string(), terms: z.int().positive(), changed: z.boolean() })) });

export const docsShape = z.object({ ok: z.boolean(), index: z.string(), products: rows, terms: rows, pages: rows, missing: rows });

export const upShape = z.object({ pid: z.int().positive(), port: z.int().positive(), environment: z.record(z.string(), z.string().nullable()) });

export const downShape = z.object({ stopped: z.int().positive().nullable(), forgotten: z.boolean() });

export const explainShape = z.object({ id: z.string(), title: z.string(), text: z.string() });

const findingShape = z.object({
  of: z.enum(['grants', 'catalogue', 'alarms']), what: z.string(), where: z.string().nullable(), trail: z.string(),
  by: z.object({ at: instant, event: z.string(), principal: z.string(), sourceIdentity: z.string().nullable() }).nullable(),
});

export const verifyShape = z.object({
  ok: z.boolean(),
  products: z.array(z.object({
    product: z.string(), ok: z.boolean(), contract: z.string(), version: z.string(), closed: z.string().nullable(),
    grants: z.array(z.string()), listed: z.boolean(), unlisted: z.string().nullable(), alarms: z.int().nonnegative(),
    differences: z.array(findingShape), drift: z.array(findingShape), waiting: z.array(z.string()), refused: z.array(z.string()),
    repaired: z.object({ granted: z.int().nonnegative(), revoked: z.int().nonnegative() }).nullable(),
  })),
});

/** Of `mesh scp`: an array. */
export const scpShape = z.array(z.object({
  name: z.string(), description: z.string(), file: z.string().nullable(),
  document: z.object({ Version: z.literal('2012-10-17'), Statement: z.array(z.looseObject({ Sid: z.string(), Effect: z.literal('Deny'), Action: z.array(z.string()) })) }),
}));

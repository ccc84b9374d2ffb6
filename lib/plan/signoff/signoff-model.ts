import * as z from 'zod';
import { SIGNOFF_PARTS } from './signoff-parts';

const statement = z.strictObject({
  product: z.string().regex(/^dp_[a-z0-9_]+$/, 'a product, e.g. dp_sales_orders'),
  major: z.int().nonnegative(),
  part: z.enum(SIGNOFF_PARTS),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'sha256: and 64 hexadecimal digits').describe('Of what the part covers.'),
  signer: z.string().min(1).describe('As mesh.yaml names them.'),
  signedAt: z.iso.datetime({ precision: 0, error: 'a time in UTC, e.g. 2026-01-31T12:00:00Z' }),
  until: z.iso.date('a day, e.g. 2026-12-31').optional().describe('The last day on which it counts, in UTC.'),
});

const signoff = z.strictObject({
  statement: statement.describe('What was signed.'),
  signature: z.string().min(1).describe('In OpenSSH\'s armour, or base64 from KMS.'),
});

/** <entity>.signoff.yaml: who approved what; written by `mesh sign`. */
export const signoffModel = z.strictObject({
  owner: signoff.optional(), security: signoff.optional(), platform: signoff.optional(),
}).meta({ id: 'Signoff', title: 'cdk-data-mesh sign-offs' });

/** By part; each part is signed once. */
export type Signoffs = z.infer<typeof signoffModel>;
export type Signoff = z.infer<typeof signoff>;

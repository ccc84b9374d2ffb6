import * as z from 'zod';
import { CLASSIFICATIONS } from '../../contract/classification';
import { STATUSES } from '../../contract/lifecycle';
import { TIERS } from '../../contract/tier';
import { identifier, region, text } from '../mesh/mesh-words';
import { SIGNOFF_PARTS } from '../signoff/signoff-parts';

/** What a rule id of a team begins with must not be what ours begin with. */
export const OUR_PREFIXES = ['lint', 'pipeline', 'mesh', 'policy', 'signoff', 'tests', 'odcs', 'short', 'vocabulary', 'yaml', 'diff'];

const status = z.enum(STATUSES);
const columnsAndTables = z.array(z.enum(['tables', 'columns'])).min(1);

const about = {
  domains: z.array(identifier).min(1).optional().describe('All unless written.'),
  tiers: z.array(z.enum(TIERS)).min(1).optional().describe('All unless written; a contract without mesh.tier is of the tier domain.'),
};

const scope = {
  severity: z.enum(['error', 'warning']).optional().describe('error unless written.'),
  ...about,
  statuses: z.array(status).min(1).optional().describe('draft and later unless written.'),
  remedy: text.optional().describe('What to do here, for example whom to ask; ours unless written.'),
};

const scalar = z.union([z.string(), z.number(), z.boolean()]);

const condition = z.union([
  scalar.describe('The field is this, or a list with it.'),
  z.strictObject({
    present: z.boolean().optional().describe('Whether the field is written and not empty.'),
    oneOf: z.array(scalar).min(1).optional().describe('The field, or each entry of a list, is one of these.'),
    noneOf: z.array(scalar).min(1).optional().describe('The field is none of these, and no entry of a list is.'),
    matches: text.optional().describe('A regular expression for the whole text.'),
    minLength: z.int().positive().optional().describe('Characters of the text.'),
    atLeast: z.number().optional(),
    atMost: z.number().optional(),
  }),
]);

const conditions = z.record(text.describe('A field of ODCS, with dots: description.purpose, logicalTypeOptions.maxLength, mesh.masking, customProperties.costCentre.'), condition);

/** What a policy of a team can look at. */
export const POLICY_SUBJECTS = ['product', 'tables', 'columns', 'roles', 'promises', 'quality'] as const;
export type PolicySubject = (typeof POLICY_SUBJECTS)[number];

/** Policies that every contract of the mesh must meet: ours by their ids, and a team's own as data. */
export const policyModel = z.discriminatedUnion('id', [
  z.strictObject({ id: z.literal('require-fields'), ...scope, of: z.enum(POLICY_SUBJECTS), fields: z.array(text).min(1).describe('With dots, e.g. description.purpose, support, businessName.') }),
  z.strictObject({ id: z.literal('require-sla'), ...scope, properties: z.array(text).min(1).describe('SLA properties that must be promised, e.g. freshness.') }),
  z.strictObject({
    id: z.literal('least-sla'), ...scope,
    promises: z.record(text.describe('An SLA property, e.g. freshness, availability, retention.'), z.union([text, z.number()]))
      .describe('The least that may be promised: a duration (24h), or percent (99.5). More retention and availability is better, less of the others.'),
  }),
  z.strictObject({ id: z.literal('least-notice'), ...scope, period: text.describe('The least time between announcing an end and ending, e.g. 90d; of a contract that says no mesh.noticePeriod too.') }),
  z.strictObject({ id: z.literal('require-description'), ...scope, of: z.array(z.enum(['product', 'tables', 'columns'])).min(1) }),
  z.strictObject({ id: z.literal('require-critical-check'), ...scope, atLeast: z.int().positive().optional().describe('Written critical rules each table needs; 1 unless written.') }),
  z.strictObject({ id: z.literal('require-classification'), ...scope }),
  z.strictObject({ id: z.literal('allowed-classifications'), ...scope, classifications: z.array(z.enum(CLASSIFICATIONS)).min(1) }),
  z.strictObject({ id: z.literal('require-masking'), ...scope, classifications: z.array(z.enum(['confidential', 'restricted'])).min(1).optional().describe('Both unless written.') }),
  z.strictObject({ id: z.literal('protect-pii'), ...scope, tags: z.array(text).min(1).optional().describe('Tags of columns about people; pii unless written.') }),
  z.strictObject({ id: z.literal('require-support'), ...scope }),
  z.strictObject({ id: z.literal('require-term'), ...scope, of: columnsAndTables }),
  z.strictObject({ id: z.literal('residency'), ...scope, regions: z.array(region).min(1) }),
  z.strictObject({ id: z.literal('naming'), ...scope, of: z.enum(['products', 'tables', 'columns']), pattern: text.describe('A regular expression for the whole name; of products, the id.') }),
  z.strictObject({ id: z.literal('forbidden-types'), ...scope, types: z.array(text).min(1).describe('As contracts write them, e.g. float, timestamp_ntz, map; decimal is every decimal, timestamp the one with a zone.') }),
  z.strictObject({
    id: z.literal('require-signoff'), ...about, parts: z.array(z.enum(SIGNOFF_PARTS)).min(1).describe('Who must sign.'),
    statuses: z.array(status).min(1).optional().describe('active and deprecated unless written.'),
    maxAge: text.optional().describe('After which somebody must look again, e.g. 1y; until something changes unless written.'),
  }),
  z.strictObject({
    id: z.literal('custom'), ...scope,
    rule: z.string().max(60).regex(/^[a-z][a-z0-9]*\/[a-z0-9]+(?:-[a-z0-9]+)*$/, 'your organisation and a name, e.g. shoply/cost-centre')
      .refine((id) => !OUR_PREFIXES.includes(id.split('/')[0]), { params: { kind: 'value', message: 'ids that begin so are ours', expected: 'your organisation and a name, e.g. shoply/cost-centre' } })
      .describe('Its id, in messages and for mesh explain.'),
    of: z.enum(POLICY_SUBJECTS),
    where: conditions.optional().describe('Which of them it is about: those that meet all of this; all unless written.'),
    must: conditions.describe('What they must meet: all of this.'),
    message: text.describe('What is wrong where they do not.'),
    remedy: text.describe('What to do about it.'),
  }),
]);

export type MeshPolicy = z.infer<typeof policyModel>;
export type Policy<Id extends MeshPolicy['id']> = Extract<MeshPolicy, { id: Id }>;
export type Condition = z.infer<typeof condition>;

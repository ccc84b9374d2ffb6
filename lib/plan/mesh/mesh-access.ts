import * as z from 'zod';
import { identifier } from './mesh-words';

const principal = z.string().regex(/^arn:aws[a-z-]*:iam::(?:\d{12}|\*):role\/.+$/, 'the ARN of a role, `*` where it stands in every account, e.g. arn:aws:iam::*:role/PlatformTeam');
const group = z.string().regex(/^(?:[0-9a-f]{10}-)?[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}$/, 'the id of a group of IAM Identity Center, e.g. 906711e1-0000-4000-8000-000000000001');

const domainGroups = z.strictObject({
  owner: group.optional().describe('Answers for the domain, and owns its unit of the catalogue.'),
  engineer: group.optional().describe('Builds, deploys and runs its products.'),
  steward: group.optional().describe('Says what things mean.'),
});

/** `access` in mesh.yaml: who works in the accounts of the mesh. */
export const accessModel = z.strictObject({
  administrators: z.array(principal).min(1).optional()
    .describe('Who may become the platform\'s administrator in an account, and who bootstraps it; arn:aws:iam::*:role/OrganizationAccountAccessRole unless written.'),
  identityCenter: z.strictObject({
    instance: z.string().regex(/^arn:aws[a-z-]*:sso:::instance\/(?:sso)?ins-[a-zA-Z0-9-.]{16}$/, 'the ARN of an instance, e.g. arn:aws:sso:::instance/ssoins-0123456789abcdef'),
    admins: group.optional().describe('The platform team, in every account.'),
    auditors: group.optional().describe('Sees what is granted and what was done, and no data, in every account.'),
    domains: z.record(identifier, domainGroups).optional(),
  }).optional().describe('Where people are in IAM Identity Center: their groups, by id. The platform\'s account is its delegated administrator.'),
});

export type MeshAccessFile = z.infer<typeof accessModel>;

/** What an organisation makes in every account that it opens. */
const OF_AN_ORGANIZATION = 'arn:aws:iam::*:role/OrganizationAccountAccessRole';

/** ARNs of who administers accounts of the mesh, `*` for any account. */
export function administratorsOf(access: MeshAccessFile | undefined): string[] {
  return access?.administrators ?? [OF_AN_ORGANIZATION];
}

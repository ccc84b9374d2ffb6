import * as z from 'zod';

/** `audit` of mesh.yaml: what is recorded of who did what, and for how long it can be neither changed nor deleted. */
export const auditModel = z.strictObject({
  mode: z.enum(['organization', 'perAccount']).describe('organization: one trail of the organisation, whose management or delegated administrator account the platform is. perAccount: a trail in each account of the mesh.'),
  organizationId: z.string().regex(/^o-[a-z0-9]{10,32}$/, 'the id of an organisation, e.g. o-a1b2c3d4e5').optional().describe('Of the organisation; organization needs it, since the folders of the archive are called after it.'),
  lock: z.enum(['governance', 'compliance']).optional().describe('governance, unless written: who has s3:BypassGovernanceRetention could still delete. compliance: nobody can, not even the root user, before the days are over.'),
  retentionDays: z.int().min(1).max(36500).optional().describe('For how long the archive is locked and kept; 400 unless written.'),
}).refine(({ mode, organizationId }) => mode !== 'organization' || organizationId !== undefined, {
  path: ['organizationId'], message: 'mode `organization` needs the id of the organisation: aws organizations describe-organization --query Organization.Id',
});

export type MeshAudit = z.infer<typeof auditModel>;

import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { personaName, personaRoleArn } from '../../constructs/access/persona-names';
import { Audit } from '../../constructs/audit/audit';
import { AuditTrail } from '../../constructs/audit/audit-trail';
import { globalArn } from '../../constructs/domain/naming';
import { type Mesh } from '../plan/mesh/mesh';
import { type MeshAudit } from '../plan/mesh/mesh-audit';
import { tagged } from './participant-place';
import { type PlatformScope, platformStackName } from './platform-scopes';

/** Which audit of a mesh. */
export interface AuditStackProps {
  readonly scope: PlatformScope;
  readonly audit: MeshAudit;
}

/** For how long the archive is locked and kept, unless mesh.yaml says so: the year that most auditors look back, and what it takes them to come. */
const RETENTION_DAYS = 400;

/** `[env-]audit`: what is recorded of the mesh, in the platform's account. */
export class AuditStack extends Stack {
  readonly audit: Audit;

  constructor(scope: Construct, { scope: platform, audit }: AuditStackProps) {
    const { place, accounts, regions } = platform;
    const stackName = platformStackName(platform, 'audit');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: 'What is recorded of everybody who does something in the mesh',
    });
    this.audit = new Audit(this, 'Audit', {
      place, accounts: [place.account, ...accounts], regions, organizationId: audit.mode === 'organization' ? audit.organizationId : undefined,
      // In person, or by the permission set of IAM Identity Center.
      readers: [personaRoleArn(place, 'auditor'), globalArn(place, 'iam', `role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_${personaName(place, 'auditor')}_*`)], lock: audit.lock ?? 'governance', retentionDays: audit.retentionDays ?? RETENTION_DAYS,
    });
    tagged(this, platform.platform);
  }
}

/** `[env-]audit-trail-<account>`: the trail of an account that has one of its own, delivered into the platform's archive. */
export class AuditTrailStack extends Stack {
  constructor(scope: Construct, { scope: platform, account }: Pick<AuditStackProps, 'scope'> & { readonly account: string }) {
    const stackName = platformStackName(platform, `audit-trail-${account}`);
    super(scope, stackName, {
      stackName, env: { account, region: platform.place.region }, terminationProtection: true, description: 'Records what is done in this account for the audit of the mesh',
    });
    new AuditTrail(this, 'Trail', { place: platform.place, isOrganizationTrail: false });
    tagged(this, platform.platform);
  }
}

/** Stacks of the audit in the order in which they are deployed: an archive before the trails that deliver into it. */
export function auditStacks(scope: Construct, mesh: Mesh, platform: PlatformScope): Stack[] {
  const { audit } = mesh.definition;
  if (audit === undefined) return [];
  const archive = new AuditStack(scope, { scope: platform, audit });
  if (audit.mode === 'organization') return [archive];
  return [archive, ...platform.accounts.map((account) => {
    const trail = new AuditTrailStack(scope, { scope: platform, account });
    trail.addStackDependency(archive, 'CloudTrail looks at the archive when a trail is made');
    return trail;
  })];
}

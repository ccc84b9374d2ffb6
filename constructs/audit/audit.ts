import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { ArchiveKey } from './archive-key';
import { AuditQueries } from './audit-queries';
import { AuditTrail } from './audit-trail';
import { LogArchive } from './log-archive';
import { TrailTable } from './trail-table';
import { UsageQuery, usageRoleArn } from './usage-query';

/** What the audit of a mesh is made from. */
export interface AuditProps {
  /** The platform's. */
  readonly place: DomainPlace;
  /** Every account of the mesh, the platform's included. */
  readonly accounts: readonly string[];
  /** Every region of the mesh, the platform's included. */
  readonly regions: readonly string[];
  /** The organisation whose trail records them all; undefined where each account has a trail of its own. */
  readonly organizationId?: string;
  /** ARNs of the roles that may read what is recorded, which may be patterns; they may come later. */
  readonly readers: readonly string[];
  readonly lock: 'governance' | 'compliance';
  readonly retentionDays: number;
}

/** Events of IAM, STS and other services that have no region are recorded here: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html */
const GLOBAL_EVENTS = 'us-east-1';

/** The archive of what everybody did in the mesh, the platform's own trail, and the questions that are asked of them. */
export class Audit extends Construct {
  readonly archive: s3.IBucket;

  constructor(scope: Construct, id: string, { place, accounts, regions, organizationId, readers, lock, retentionDays }: AuditProps) {
    super(scope, id);
    const trails = organizationId === undefined ? accounts : [place.account];
    const asking = [...readers, usageRoleArn(place)];
    const reviewing = [domainNames.handlerRoleArn(place, 'review')];
    const { key } = new ArchiveKey(this, 'Key', { place, accounts: trails, readers: [...asking, ...reviewing] });
    const archive = new LogArchive(this, 'Archive', { place, key, accounts: trails, organizationId, readers: asking, readersOfResults: reviewing, lock, retentionDays });
    this.archive = archive.bucket;
    // CloudTrail looks at policies and key when a trail is made.
    new AuditTrail(this, 'Trail', { place, isOrganizationTrail: organizationId !== undefined }).node.addDependency(archive, key);
    new TrailTable(this, 'Table', { place, accounts, regions: [...new Set([...regions, GLOBAL_EVENTS])], organizationId, retentionDays });
    new AuditQueries(this, 'Queries', { place, key });
    new UsageQuery(this, 'Usage', { place, key });
  }
}

import * as cloudtrail from 'aws-cdk-lib/aws-cloudtrail';
import { Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type DomainPlace, s3Arn } from '../domain/naming';
import { auditNames } from './audit-names';

/** What a trail is made from. */
export interface AuditTrailProps {
  /** The platform's, whose archive the trail delivers into. */
  readonly place: DomainPlace;
  /** Whether it is the one of the organisation. */
  readonly isOrganizationTrail: boolean;
}

/**
 * Records what is done in all regions: everything that is managed, reads included, since Lake Formation's vending of data is one; and
 * who reads or writes an object in a bucket of the mesh. Buckets are known by how their names begin, so a new product is recorded
 * from its first day.
 */
export class AuditTrail extends Construct {
  readonly trail: cloudtrail.CfnTrail;

  constructor(scope: Construct, id: string, { place, isOrganizationTrail }: AuditTrailProps) {
    super(scope, id);
    this.trail = new cloudtrail.CfnTrail(this, 'Resource', {
      trailName: auditNames.name(place), isLogging: true, isMultiRegionTrail: true, includeGlobalServiceEvents: true, enableLogFileValidation: true, isOrganizationTrail,
      s3BucketName: auditNames.bucket(place, 'audit'), kmsKeyId: auditNames.keyAliasArn(place),
      // Advanced selectors replace the basic ones, so management events are asked for too:
      // https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
      advancedEventSelectors: [
        { name: 'Everything that is managed', fieldSelectors: [{ field: 'eventCategory', equalTo: ['Management'] }] },
        {
          name: 'Objects in buckets of the mesh',
          fieldSelectors: [
            { field: 'eventCategory', equalTo: ['Data'] }, { field: 'resources.type', equalTo: ['AWS::S3::Object'] },
            // A trail that recorded its own deliveries would never end; who reads the archive is in its access log.
            { field: 'resources.ARN', startsWith: [s3Arn(place, `${place.mesh}-`)], notStartsWith: (['audit', 'audit-logs'] as const).map((kind) => s3Arn(place, `${auditNames.bucket(place, kind)}/`)) },
          ],
        },
      ],
    });
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(this.trail).acknowledge({ id: `${pack}::${pack}-CloudTrailCloudWatchLogsEnabled`, reason: 'the archive is queried with Athena, and what must be told at once is told by EventBridge; a second copy in CloudWatch Logs would be a second thing to guard' });
    }
  }
}

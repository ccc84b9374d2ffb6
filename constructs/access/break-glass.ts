import { Duration } from 'aws-cdk-lib';
import type * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { arnIn, domainNames, type DomainPlace } from '../domain/naming';
import { noticesRole, tellsTheMesh } from '../domain/notices';
import { productArns } from '../domain/product-arns';

/** What the ways into the data of a domain are made from. */
export interface BreakGlassProps {
  readonly place: DomainPlace;
  /** ARNs of who may take these roles, `*` for any account. */
  readonly administrators: string[];
}

/** One use of it lasts as long, and not longer. */
const LONGEST = Duration.hours(1);

/**
 * The two roles that buckets and keys of a domain know beside its own: maintenance, for repairs of tables, and break-glass, for when nothing
 * else helps. Both are for administrators alone and last an hour; taking break-glass is told to the platform's security topic within seconds.
 */
export class BreakGlass extends Construct {
  readonly maintenance: iam.Role;
  readonly breakGlass: iam.Role;
  readonly rule: events.CfnRule;

  constructor(scope: Construct, id: string, { place, administrators }: BreakGlassProps) {
    super(scope, id);
    const { buckets, objects, logGroups: [ofJobs] } = productArns(place);
    const why = 'products come and go; the pattern is that of their buckets, whose policies let this role in';
    const bytes = { resources: [objects('raw'), objects('curated')], why };
    const names: Statement = { sid: 'Names', actions: ['s3:ListBucket', 's3:ListBucketVersions', 's3:GetBucketLocation'], resources: buckets, why };
    const key: Statement = {
      sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [arnIn(place, 'kms', 'key/*')], why: 'the key of the domain comes with its foundation, which is deployed later; only that one knows this role',
      conditions: { 'StringEquals': { 'kms:ViaService': `s3.${place.region}.amazonaws.com` }, 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': domainNames.keyAlias(place) } },
    };
    const definitions: Statement = {
      sid: 'Definitions', actions: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables'], why: 'tables of the domain\'s two databases come and go',
      resources: ['catalog', ...[domainNames.publishedDatabase(place), domainNames.internalDatabase(place)].flatMap((database) => [`database/${database}`, `table/${database}/*`])].map((of) => arnIn(place, 'glue', of)),
    };
    this.maintenance = this.role('Maintenance', place, domainNames.maintenanceRoleArn(place), 'Repairs tables when a job cannot', administrators, [
      { sid: 'Tables', actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], resources: [objects('curated', 'tables/*')], why }, names, key, definitions,
    ]);
    this.breakGlass = this.role('BreakGlass', place, domainNames.breakGlassRoleArn(place), 'For an hour, when nothing else helps: whoever takes it is announced', administrators, [
      // What was deleted is copied from its older version, which nobody deletes: docs/operations.md.
      { sid: 'Data', actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'], ...bytes }, names, key, definitions,
      // Spark quotes values of rows there, so no persona reads it: docs/guides/job.md.
      { sid: 'Errors', actions: ['logs:GetLogEvents', 'logs:FilterLogEvents', 'logs:DescribeLogStreams'], resources: [`${ofJobs}/error:*`], why: 'products come and go; the pattern is that of the names of their jobs' },
    ]);
    this.rule = this.announced(place);
  }

  private role(id: string, place: DomainPlace, arn: string, description: string, administrators: string[], statements: Statement[]): iam.Role {
    const roleName = arn.slice(arn.lastIndexOf('/') + 1);
    const role = new iam.Role(this, id, {
      roleName, path: domainNames.platformPath(place), description, maxSessionDuration: LONGEST,
      assumedBy: new iam.AccountPrincipal(place.account).withConditions({
        ArnLike: { 'aws:PrincipalArn': administrators },
        // CloudTrail tells of it in the region in which STS was asked: nowhere else, or nobody would hear.
        StringEquals: { 'aws:RequestedRegion': place.region },
      }),
    });
    exactPolicy(this, `${id}Policy`, { place, name: roleName, roles: [role], description, statements });
    return role;
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html: to take a role is a read, which rules do not hear of unless asked. */
  private announced(place: DomainPlace): events.CfnRule {
    const name = `${domainNames.prefix(place)}-break-glass`;
    const { roleArn } = noticesRole(this, 'Notices', place, `${domainNames.prefix(place)}-notices`);
    return tellsTheMesh(this, 'Rule', place, {
      roleArn, name, description: `Somebody has taken the break-glass role of ${place.domain}`, state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      eventPattern: {
        'source': ['aws.sts'], 'detail-type': ['AWS API Call via CloudTrail'],
        'detail': { eventName: ['AssumeRole'], requestParameters: { roleArn: [domainNames.breakGlassRoleArn(place)] } },
      },
    });
  }
}

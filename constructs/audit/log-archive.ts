import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LogBucket } from '../domain/log-bucket';
import { type DomainPlace, s3Arn } from '../domain/naming';
import { auditNames } from './audit-names';

/** What the archive is made from. */
export interface LogArchiveProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  /** Accounts whose trails write into it. */
  readonly accounts: readonly string[];
  /** The organisation whose trail it is; undefined where each account has its own. */
  readonly organizationId?: string;
  /** ARNs of the roles that may read it, which may be patterns. */
  readonly readers: readonly string[];
  /** ARNs of the roles that may read what was asked, beside those. */
  readonly readersOfResults: readonly string[];
  readonly lock: 'governance' | 'compliance';
  /** Days for which an object can be neither changed nor deleted, and after which it goes. */
  readonly retentionDays: number;
}

const CLOUDTRAIL = new iam.ServicePrincipal('cloudtrail.amazonaws.com');
/** Deleting, and undoing what keeps from deleting. S3's own lifecycle is nobody's request, so it is not refused. */
const DELETING = [
  's3:DeleteBucket', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention', 's3:PutObjectRetention', 's3:PutObjectLegalHold',
];

/**
 * Where trails deliver: locked for as long as it is kept, so that who did something cannot unmake the record of it. Its policy lets
 * CloudTrail write, and refuses reading to everybody but the auditors and deleting to everybody, whatever their own policies say.
 */
export class LogArchive extends Construct {
  readonly bucket: s3.Bucket;
  /** Who asked for what in the archive. Object lock cannot be on a bucket that S3 delivers access logs to. */
  readonly accessLogs: s3.Bucket;
  /** What queries over the archive answer. */
  readonly results: s3.Bucket;

  constructor(scope: Construct, id: string, { place, key, accounts, organizationId, readers, readersOfResults, lock, retentionDays }: LogArchiveProps) {
    super(scope, id);
    this.accessLogs = new LogBucket(this, 'AccessLogs', {
      name: auditNames.bucket(place, 'audit-logs'), account: place.account, buckets: (['audit', 'audit-results'] as const).map((kind) => s3Arn(place, auditNames.bucket(place, kind))),
    }).bucket;
    const retention = Duration.days(retentionDays);
    this.bucket = this.made('Archive', auditNames.bucket(place, 'audit'), key, {
      objectLockEnabled: true,
      objectLockDefaultRetention: lock === 'compliance' ? s3.ObjectLockRetention.compliance(retention) : s3.ObjectLockRetention.governance(retention),
      lifecycleRules: [
        { id: 'kept', expiration: retention, noncurrentVersionExpiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) },
        { id: 'delete-markers', expiredObjectDeleteMarker: true },
      ],
    });
    this.results = this.made('Results', auditNames.bucket(place, 'audit-results'), key, {
      bucketKeyEnabled: true,
      lifecycleRules: [{ id: 'a-month', expiration: Duration.days(30), noncurrentVersionExpiration: Duration.days(1), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    this.delivered(place, accounts, organizationId);
    readBy(this.bucket, readers);
    readBy(this.results, [...readers, ...readersOfResults]);
    this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'NobodyDeletes', effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: DELETING, resources: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
    }));
  }

  /** As CloudTrail asks for it: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html */
  private delivered(place: DomainPlace, accounts: readonly string[], organizationId: string | undefined): void {
    const from = { 'aws:SourceArn': accounts.map((account) => auditNames.trailArn(place, account)) };
    this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'TrailsLook', principals: [CLOUDTRAIL], actions: ['s3:GetBucketAcl'], resources: [this.bucket.bucketArn], conditions: { StringEquals: from },
    }));
    this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'TrailsDeliver', principals: [CLOUDTRAIL], actions: ['s3:PutObject'],
      resources: [...accounts, ...(organizationId === undefined ? [] : [organizationId])].map((folder) => this.bucket.arnForObjects(`AWSLogs/${folder}/*`)),
      conditions: { StringEquals: { ...from, 's3:x-amz-acl': 'bucket-owner-full-control' } },
    }));
  }

  private made(id: string, bucketName: string, encryptionKey: kms.IKey, props: s3.BucketProps): s3.Bucket {
    const bucket = new s3.Bucket(this, id, {
      bucketName, encryption: s3.BucketEncryption.KMS, encryptionKey, versioned: true, enforceSSL: true, minimumTLSVersion: 1.2, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED, serverAccessLogsBucket: s3.Bucket.fromBucketName(this, `${id}Logs`, this.accessLogs.bucketName),
      serverAccessLogsPrefix: `s3/${bucketName}/`, removalPolicy: RemovalPolicy.RETAIN, ...props,
    });
    bucket.node.addDependency(this.accessLogs);
    Annotations.of(bucket).acknowledgeWarning('@aws-cdk/aws-s3:accessLogsPolicyNotAdded', 'the bucket of access logs lets S3 deliver for buckets of these names');
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(bucket).acknowledge({ id: `${pack}::${pack}-S3BucketReplicationEnabled`, reason: 'S3 guards against loss and the lock against deletion; a copy elsewhere would be one more place to guard' });
    }
    return bucket;
  }
}

/** Data for these roles alone, by condition, so that roles may come later. */
function readBy(bucket: s3.Bucket, readers: readonly string[]): void {
  bucket.addToResourcePolicy(new iam.PolicyStatement({
    sid: 'AuditorsAloneRead', effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], resources: [bucket.arnForObjects('*')],
    actions: ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectTorrent'], conditions: { ArnNotLike: { 'aws:PrincipalArn': [...readers] } },
  }));
}

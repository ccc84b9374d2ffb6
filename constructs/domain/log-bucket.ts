import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** What a bucket of logs is made from. */
export interface LogBucketProps {
  readonly name: string;
  /** In which it is, as everything that delivers here. */
  readonly account: string;
  /** ARNs of the buckets whose access is logged here, which may be patterns. */
  readonly buckets: string[];
  /** Pattern of the ARNs of the deliveries of a network's traffic, where that is logged here as well. */
  readonly flowLogs?: string;
}

/**
 * Who asked for what in other buckets, below `s3/<bucket>/`, and the traffic of a network. S3 delivers to buckets that it
 * encrypts itself alone: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
export class LogBucket extends Construct {
  readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, { name, account, buckets, flowLogs }: LogBucketProps) {
    super(scope, id);
    this.bucket = new s3.Bucket(this, 'Resource', {
      bucketName: name,
      encryption: s3.BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      // Delivery by policy, not by access control lists: they are off.
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [{ id: 'a-year', expiration: Duration.days(365), noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    this.deliveredBy('AccessLogs', 'logging.s3.amazonaws.com', 's3/*', { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': buckets } });
    if (flowLogs !== undefined) {
      const from = { StringEquals: { 'aws:SourceAccount': account }, ArnLike: { 'aws:SourceArn': flowLogs } };
      this.deliveredBy('FlowLogs', 'delivery.logs.amazonaws.com', 'network/*', from);
      this.bucket.addToResourcePolicy(new iam.PolicyStatement({
        sid: 'FlowLogsLook', principals: [new iam.ServicePrincipal('delivery.logs.amazonaws.com')], actions: ['s3:GetBucketAcl'], resources: [this.bucket.bucketArn], conditions: from,
      }));
    }
    Validations.of(this.bucket).acknowledge({ id: 'AwsSolutions::AwsSolutions-S1', reason: 'it is the bucket of logs itself: a log of its own deliveries would grow by itself' });
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      const acknowledge = (rule: string, reason: string): void => { Validations.of(this.bucket).acknowledge({ id: `${pack}::${pack}-${rule}`, reason }); };
      acknowledge('S3BucketLoggingEnabled', 'it is the bucket of logs itself: a log of its own deliveries would grow by itself');
      acknowledge('S3BucketReplicationEnabled', 'logs are kept for a year in one place; the trail of the organisation is the record that outlives it');
      acknowledge('S3DefaultEncryptionKMS', 'S3 delivers access logs to buckets that it encrypts with its own keys alone');
    }
  }

  private deliveredBy(sid: string, service: string, prefix: string, conditions: Record<string, unknown>): void {
    this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid, principals: [new iam.ServicePrincipal(service)], actions: ['s3:PutObject'], resources: [this.bucket.arnForObjects(prefix)], conditions,
    }));
  }
}

import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { LogBucket } from '../domain/log-bucket';
import { KEEPING_A_KEY, saidOfKey as said, USING_A_KEY } from '../domain/key-policy';
import { partition } from '../domain/naming';
import { consumerNames, type ConsumerPlace } from './naming';

/** What the results of a consumer's queries are kept in. */
export interface ConsumerResultsProps {
  readonly place: ConsumerPlace;
}

/** A result is a copy of data that a grant may be gone for: it is there to be fetched, and then no more. */
const KEPT = Duration.days(7);
const A_DAY = Duration.days(1);

/** Where Athena writes what a consumer asked for: encrypted with a key that its roles alone use, through S3, and gone within days. */
export class ConsumerResults extends Construct {
  readonly bucket: s3.Bucket;
  readonly key: kms.Key;

  constructor(scope: Construct, id: string, { place }: ConsumerResultsProps) {
    super(scope, id);
    const { account, region } = place;
    const owner = [new iam.AccountPrincipal(account)];
    const roles = `arn:${partition(place)}:iam::${account}:role${consumerNames.path(place)}*`;
    this.key = new kms.Key(this, 'Key', {
      description: `What the consumer ${place.consumer} has asked for`, alias: consumerNames.keyAlias(place), enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN,
      policy: new iam.PolicyDocument({ statements: [
        said('Keeping', KEEPING_A_KEY, owner),
        said('Consumer', USING_A_KEY, owner, { ArnLike: { 'aws:PrincipalArn': roles }, StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` } }),
      ] }),
    });
    Validations.of(this.key).acknowledge({ id: 'mesh-policy::MESH-ACCESS-1', reason: 'it encrypts what the consumer has asked for in its own account; nothing of a product is encrypted with it' });
    const bucketName = consumerNames.resultsBucket(place);
    const { bucket: logs } = new LogBucket(this, 'Logs', { name: consumerNames.logBucket(place), account, buckets: [`arn:${partition(place)}:s3:::${bucketName}`] });
    this.bucket = new s3.Bucket(this, 'Resource', {
      bucketName, encryption: s3.BucketEncryption.KMS, encryptionKey: this.key, bucketKeyEnabled: true, versioned: true, enforceSSL: true, minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: s3.Bucket.fromBucketName(this, 'LogsByName', logs.bucketName), serverAccessLogsPrefix: `s3/${bucketName}/`, removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'results', expiration: KEPT, noncurrentVersionExpiration: A_DAY, abortIncompleteMultipartUploadAfter: A_DAY },
        { id: 'delete-markers', expiredObjectDeleteMarker: true },
      ],
    });
    Annotations.of(this.bucket).acknowledgeWarning('@aws-cdk/aws-s3:accessLogsPolicyNotAdded', 'the bucket of logs says itself that S3 may deliver');
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(this.bucket).acknowledge({ id: `${pack}::${pack}-S3BucketReplicationEnabled`, reason: 'results are asked for again where they are lost, and are gone within days' });
    }
  }
}

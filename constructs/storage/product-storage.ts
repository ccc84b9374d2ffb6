import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type ProductParts } from '../data-product/product-parts';
import { domainNames, productNames } from '../domain/naming';
import { guardData } from './data-access';

/** What a product's storage is made of. */
export interface ProductStorageProps {
  readonly parts: ProductParts;
  /** Empties both buckets within days and lets them go with the stack. Asked for twice before it comes here. */
  readonly deleteData: boolean;
}

/** How long S3 keeps what was overwritten or deleted, for a mistake to be taken back. */
const NONCURRENT = Duration.days(30);
/** Imports are read by the run that asked for them; a run that waits for a person goes on within days. */
const IMPORTS = Duration.days(7);
const A_DAY = Duration.days(1);

/** The buckets of a product: `raw` holds what landed and what runs have read, `curated` its tables and the documents of its runs. */
export class ProductStorage extends Construct {
  readonly raw: s3.Bucket;
  readonly curated: s3.Bucket;

  constructor(scope: Construct, id: string, props: ProductStorageProps) {
    super(scope, id);
    const { retentionSeconds } = props.parts.plan.sla;
    // S3 counts whole days. Without a promise of retention nothing ages, and what landed never does: it is the source, and rows
    // whose file is gone leave the table with the next full.
    const retention = retentionSeconds === null ? undefined : Duration.days(Math.max(1, Math.ceil(retentionSeconds / 86_400)));
    this.raw = this.bucket('Raw', 'raw', props, [
      ...(retention === undefined ? [] : [{ id: 'retention-raw', prefix: 'raw/', expiration: retention }]),
      // Copies of what is somewhere else, and not masked: nobody takes back that one is gone. Of two times the shorter holds:
      // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-conflicts.html
      { id: 'staging', prefix: 'staging/', expiration: A_DAY, noncurrentVersionExpiration: A_DAY },
      { id: 'imports', prefix: 'imports/', expiration: IMPORTS, noncurrentVersionExpiration: A_DAY },
    ]);
    // Tables age by maintenance, which knows what a snapshot still needs; certificates are the record of what was promised.
    this.curated = this.bucket('Curated', 'curated', props, []);
  }

  private bucket(id: string, kind: 'raw' | 'curated', { parts, deleteData }: ProductStorageProps, rules: s3.LifecycleRule[]): s3.Bucket {
    const { place, domain: { key } } = parts;
    const bucketName = productNames.bucket(place, kind);
    const bucket = new s3.Bucket(this, id, {
      bucketName,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      bucketKeyEnabled: true,
      versioned: true,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      serverAccessLogsBucket: s3.Bucket.fromBucketName(this, `${id}Logs`, domainNames.logBucket(place)),
      serverAccessLogsPrefix: `s3/${bucketName}/`,
      removalPolicy: deleteData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
      lifecycleRules: [
        ...(deleteData ? [{ id: 'delete-data', expiration: A_DAY }] : rules),
        { id: 'noncurrent', noncurrentVersionExpiration: deleteData ? A_DAY : NONCURRENT, abortIncompleteMultipartUploadAfter: A_DAY },
        { id: 'delete-markers', expiredObjectDeleteMarker: true },
      ],
    });
    guardData(bucket, kind, place, key);
    if (deleteData) Validations.of(bucket).acknowledge({ id: 'mesh-policy::MESH-KEEP-1', reason: 'its deletion was asked for twice: deleteData, and the product\'s id once more' });
    Annotations.of(bucket).acknowledgeWarning('@aws-cdk/aws-s3:accessLogsPolicyNotAdded', 'the foundation lets S3 deliver into its log bucket');
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(bucket).acknowledge({
        id: `${pack}::${pack}-S3BucketReplicationEnabled`,
        reason: 'versions guard against mistakes, S3 against loss, and raw input comes again from its source; a copy elsewhere would double what residency and erasure have to reach',
      });
    }
    return bucket;
  }
}

import { Annotations, Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { auditNames } from '../audit/audit-names';
import { usesArchiveKey } from '../audit/audit-reading';
import { jsonFile } from '../data-product/plan-file';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { usesKeyCalled } from '../domain/key-policy';
import { LogBucket } from '../domain/log-bucket';
import { arnIn, domainNames, type DomainPlace, s3Arn } from '../domain/naming';
import { HandlerFunction } from '../handlers/handler-function';
import { platformNames } from '../governance/platform-names';
import { observabilityNames } from '../observability/observability-names';
import { type ReviewedProduct, type ReviewedProducts } from './reviewed-product';

/** What the review is made from. */
export interface MonthlyReviewProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly key: kms.IKey;
  readonly products: readonly ReviewedProduct[];
  /** ARNs of the topics of owners. */
  readonly topics: readonly string[];
  /** Whether the trail is asked for reads. */
  readonly countsReads: boolean;
}

/** On the second day, so that what was posted late is there; at an hour at which nobody waits for it. */
const SCHEDULE = 'cron(0 4 2 * ? *)';

/** Reviews each month how products kept their promises: from the metrics that accounts show, by the code of `mesh sla`. Reports are kept, and owners told. */
export class MonthlyReview extends Construct {
  readonly handler: HandlerFunction;
  readonly reports: s3.Bucket;

  constructor(scope: Construct, id: string, { place, key, products, topics, countsReads }: MonthlyReviewProps) {
    super(scope, id);
    this.reports = this.bucket(place, key);
    const platformTopic = platformNames.topicArn(place, 'reviews');
    const content: ReviewedProducts = { mesh: place.mesh, products };
    const { url, digest, arn } = jsonFile(this, place, 'products', content);
    this.handler = new HandlerFunction(this, 'Handler', {
      place, handler: 'review', key, description: 'Reviews each month how products kept their promises', timeout: Duration.minutes(10), failuresTopic: platformNames.topicArn(place, 'incidents'),
      environment: {
        PRODUCTS_URL: url, PRODUCTS_DIGEST: digest, REPORTS_BUCKET: observabilityNames.bucket(place, 'reviews'), PLATFORM_TOPIC: platformTopic,
        ...(countsReads ? { USAGE_BUCKET: auditNames.bucket(place, 'audit-results'), USAGE_PREFIX: auditNames.usagePrefix } : {}),
      },
    });
    this.handler.allow(
      { sid: 'Products', actions: ['s3:GetObject'], resources: [arn] },
      { sid: 'Measures', actions: ['cloudwatch:GetMetricData'], resources: ['*'], why: 'CloudWatch takes no resource for it; accounts show figures of products and of their state machines alone' },
      { sid: 'Reports', actions: ['s3:PutObject'], resources: [s3Arn(place, `${observabilityNames.bucket(place, 'reviews')}/sla/*`)], why: 'a report is named by its month' },
      ...(countsReads ? readsUsage(place) : []),
      { sid: 'OwnersAndPlatform', actions: ['sns:Publish'], resources: [...topics, platformTopic] },
      usesKeyCalled('PlatformKey', place, platformNames.keyAlias(place)),
    );
    this.schedule(place, key);
  }

  private bucket(place: DomainPlace, encryptionKey: kms.IKey): s3.Bucket {
    const bucketName = observabilityNames.bucket(place, 'reviews');
    const logs = new LogBucket(this, 'Logs', { name: observabilityNames.bucket(place, 'reviews-logs'), account: place.account, buckets: [s3Arn(place, bucketName)] }).bucket;
    const bucket = new s3.Bucket(this, 'Reports', {
      bucketName, encryption: s3.BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true, versioned: true, enforceSSL: true, minimumTLSVersion: 1.2,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED, removalPolicy: RemovalPolicy.RETAIN,
      serverAccessLogsBucket: s3.Bucket.fromBucketName(this, 'ReportsLogs', logs.bucketName), serverAccessLogsPrefix: `s3/${bucketName}/`,
      lifecycleRules: [{ id: 'noncurrent', noncurrentVersionExpiration: Duration.days(90), abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    });
    // S3 delivers once the policy is there.
    bucket.node.addDependency(logs.policy!);
    Annotations.of(bucket).acknowledgeWarning('@aws-cdk/aws-s3:accessLogsPolicyNotAdded', 'the bucket of access logs lets S3 deliver for a bucket of this name');
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(bucket).acknowledge({ id: `${pack}::${pack}-S3BucketReplicationEnabled`, reason: 'a report can be made again for as long as there are metrics, and is with its readers by then' });
    }
    Validations.of(bucket).acknowledge({ id: 'NIST.800.53.R5::NIST.800.53.R5-S3BucketDefaultLockEnabled', reason: 'a month may be reviewed again, and the newer report counts; versions show both' });
    return bucket;
  }

  private schedule(place: DomainPlace, key: kms.IKey): void {
    const name = platformNames.role(place, 'review-schedule');
    const role = new iam.Role(this, 'ScheduleRole', {
      roleName: name, path: domainNames.platformPath(place), description: 'Starts the monthly review',
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': place.account, 'aws:SourceArn': arnIn(place, 'scheduler', 'schedule-group/default') } } }),
    });
    exactPolicy(this, 'SchedulePolicy', {
      place, name, roles: [role], description: 'Starts the monthly review',
      statements: [
        { sid: 'Start', actions: ['lambda:InvokeFunction'], resources: [this.handler.function.functionArn] },
        { sid: 'WhatCouldNotStart', actions: ['sqs:SendMessage'], resources: [this.handler.failed.queueArn] },
        { sid: 'Key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] },
      ],
    });
    new scheduler.CfnSchedule(this, 'Schedule', {
      name: platformNames.role(place, 'review'), description: 'How products kept their promises last month', scheduleExpression: SCHEDULE, scheduleExpressionTimezone: 'UTC',
      flexibleTimeWindow: { mode: 'OFF' }, kmsKeyArn: key.keyArn,
      target: {
        arn: this.handler.function.functionArn, roleArn: role.roleArn, input: '{}', deadLetterConfig: { arn: this.handler.failed.queueArn },
        retryPolicy: { maximumRetryAttempts: 5, maximumEventAgeInSeconds: 3_600 },
      },
    });
  }
}

function readsUsage(place: DomainPlace): Statement[] {
  const results = auditNames.bucket(place, 'audit-results');
  return [
    { sid: 'UsageNames', actions: ['s3:ListBucket'], resources: [s3Arn(place, results)], conditions: { StringEquals: { 's3:prefix': auditNames.usagePrefix } } },
    { sid: 'Usage', actions: ['s3:GetObject'], resources: [s3Arn(place, `${results}/${auditNames.usagePrefix}*`)], why: 'Athena names answers by the query\'s id' },
    usesArchiveKey(place),
  ];
}

import * as iam from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';
import { arnIn, domainNames, s3Arn, type DomainPlace } from './naming';
import { exactPolicy, type Statement } from './exact-policy';
import { productArns } from './product-arns';
import { onLock, onPartitions } from './run-table';

/** What the boundary of product roles is made from. */
export interface ProductBoundaryProps {
  readonly place: DomainPlace;
  readonly keyArn: string;
  readonly qualifier: string;
  /** Whether jobs run in a network, for which Glue needs interfaces in it. */
  readonly network: boolean;
}

const PRODUCTS = 'a boundary is the most that any product of the domain may do; each of its roles has a policy with its own resources';
/** Glue marks the sessions that it hands to jobs: https://docs.aws.amazon.com/glue/latest/dg/security_iam_id-based-policy-examples.html#glue-identity-based-policy-context-key-glue */
const IN_A_JOB = { 'glue:CredentialIssuingService': 'glue.amazonaws.com' };
const ATHENA = { 'aws:CalledVia': 'athena.amazonaws.com' };

/** The most that roles of products may do. Their own policies are written by who deploys the product, this one is not. */
export function productBoundary(scope: Construct, id: string, props: ProductBoundaryProps): iam.ManagedPolicy {
  const { place } = props;
  const arn = domainNames.productBoundaryArn(place);
  return exactPolicy(scope, id, {
    place, name: arn.slice(arn.lastIndexOf('/') + 1), description: `The most that roles of products of ${place.domain} may do`,
    statements: [...inJobs(place), ...anywhere(props), ...runs(place), ...imports(place), ...never(place)],
  });
}

/*
 * IAM counts characters, so actions of several services stand together: each meets the resources of its own service alone.
 */

/** Data, and what protects it. */
function inJobs(place: DomainPlace): Statement[] {
  const { objects } = productArns(place);
  const internal = domainNames.internalDatabase(place);
  return [{
    sid: 'Jobs', why: PRODUCTS, conditions: { StringEquals: IN_A_JOB },
    actions: [
      's3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts',
      'glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable', 'secretsmanager:GetSecretValue',
    ],
    resources: [
      objects('raw'), objects('curated'), ...['catalog', `database/${internal}`, `table/${internal}/*`].map((of) => arnIn(place, 'glue', of)),
      arnIn(place, 'secretsmanager', `secret:${domainNames.maskingKey(place)}-??????`), arnIn(place, 'secretsmanager', `secret:${domainNames.connection(place, '*')}`),
    ],
  }];
}

/** Definitions but no rows, code but no data, and the work itself. */
function anywhere({ place, keyArn, qualifier, network }: ProductBoundaryProps): Statement[] {
  const { buckets, objects, logGroups, jobs, topics, roles } = productArns(place);
  // Products that are imported may be of any domain; Lake Formation says which.
  const definitions = ['catalog', 'database/*', 'table/*'].map((of) => arnIn({ ...place, account: '*' }, 'glue', of));
  return [
    {
      sid: 'Work', why: PRODUCTS,
      actions: [
        's3:GetObject', 's3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads', 'kms:Decrypt', 'kms:GenerateDataKey',
        'glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions', 'glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun',
        'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey', 'lambda:InvokeFunction', 'sns:Publish', 'sts:AssumeRole',
        ...(network ? ['glue:GetConnection'] : []),
      ],
      resources: [
        objects('raw', 'imports/*'), s3Arn(place, `cdk-${qualifier}-assets-${place.account}-${place.region}/*`), ...buckets, keyArn, ...definitions, jobs, ...logGroups,
        domainNames.handlerArn(place, 'publisher'), topics, roles('import'),
        ...(network ? [arnIn(place, 'glue', `connection/${domainNames.networkConnection(place)}`)] : []),
      ],
    },
    {
      sid: 'NoArn', resources: ['*'], why: 'measures, traces and what hands logs to a group have no ARN, and what only looks takes none in EC2',
      actions: [
        'cloudwatch:PutMetricData', 'xray:PutTraceSegments', 'xray:PutTelemetryRecords', 'xray:GetSamplingRules', 'xray:GetSamplingTargets',
        'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy',
        'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery', 'logs:DeleteLogDelivery', 'logs:ListLogDeliveries',
        ...(network
          ? ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcAttribute', 'ec2:DescribeVpcEndpoints']
          : []),
      ],
    },
    ...(network ? [{
      sid: 'Interfaces', actions: ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'ec2:CreateTags'], resources: ['network-interface/*', 'subnet/*', 'security-group/*'].map((of) => arnIn(place, 'ec2', of)),
      why: 'Glue makes the interfaces of a job in the subnet of the connection, with ids of their own',
    }] : []),
  ];
}

/** What a run says of itself, its certificate included, is written in jobs; a state machine only moves the lock. */
function runs(place: DomainPlace): Statement[] {
  const resources = [arnIn(place, 'dynamodb', `table/${domainNames.runTable(place)}`)];
  // Releases and holders stand below other keys, where the foundation alone writes.
  const products = `dp_${place.domain}_*`;
  return [
    {
      sid: 'Runs', resources, conditions: { ...onPartitions(products), StringEquals: IN_A_JOB },
      actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ConditionCheckItem'],
    },
    { sid: 'Lock', resources, conditions: onLock(products), actions: ['dynamodb:UpdateItem'] },
  ];
}

/** Another product is unloaded by Athena into the raw bucket; no role ever gets its rows as an answer. */
function imports(place: DomainPlace): Statement[] {
  const { objects, roles, workGroups } = productArns(place);
  const conditions = { ArnLike: { 'aws:PrincipalArn': roles('import') } };
  return [
    { sid: 'Unload', actions: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], resources: [objects('raw', 'imports/*')], why: PRODUCTS },
    {
      sid: 'Query', actions: ['athena:StartQueryExecution', 'athena:GetQueryExecution', 'athena:StopQueryExecution', 'athena:GetWorkGroup', 'athena:GetDataCatalog'],
      resources: [workGroups, arnIn(place, 'athena', 'datacatalog/AwsDataCatalog')], conditions, why: PRODUCTS,
    },
    { sid: 'Granted', actions: ['lakeformation:GetDataAccess'], resources: ['*'], conditions, why: 'Lake Formation takes no resource: its grants say which tables' },
  ];
}

/**
 * Refused even where a bucket's policy, which comes with the product, would allow it: whom a role trusts comes with the product as
 * well, so a role's path alone opens nothing.
 */
function never(place: DomainPlace): Statement[] {
  return [
    {
      sid: 'DataInJobsAlone', effect: iam.Effect.DENY, actions: ['s3:GetObject*', 's3:DeleteObject*'], resources: [productArns(place).allObjects],
      conditions: { StringNotEquals: IN_A_JOB, 'ForAllValues:StringNotEquals': ATHENA },
    },
    {
      sid: 'NothingElse', effect: iam.Effect.DENY, resources: ['*'],
      notActions: [
        's3:*', 'glue:*', 'kms:*', 'logs:*', 'dynamodb:*', 'athena:*', 'xray:*', 'ec2:*', 'cloudwatch:PutMetricData', 'secretsmanager:GetSecretValue', 'lambda:InvokeFunction',
        'sns:Publish', 'sts:AssumeRole', 'lakeformation:GetDataAccess',
      ],
    },
    {
      sid: 'NoOpening', effect: iam.Effect.DENY, resources: ['*'],
      actions: ['s3:Put*Policy', 's3:*Acl', 's3:*Configuration', 'glue:*Policy', 'kms:*Grant', 'kms:Put*', 'athena:GetQueryResults*'],
    },
  ];
}

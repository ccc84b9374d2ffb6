import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { arnIn, domainNames, globalArn, s3Arn, type DomainPlace } from './naming';
import { exactPolicy, type Statement } from './exact-policy';
import { productArns } from './product-arns';

/** What the roles that deploy products are made from. */
export interface ProductExecProps {
  readonly place: DomainPlace;
  readonly keyArn: string;
  /** Of the CDK's bootstrap, whose bucket holds what is deployed. */
  readonly qualifier: string;
}

const PRODUCTS = 'what products of the domain are called is known when they are deployed; the pattern is that of their names';

/**
 * The role that CloudFormation runs stacks of products with. It makes, changes and removes what a product consists of, below the
 * names of the domain's products; it sees no data and opens none, and hands nobody more than the boundary of products.
 *
 * The actions are those that CloudFormation's own schemas name for the types of a product's resources.
 */
export class ProductExec extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, keyArn, qualifier }: ProductExecProps) {
    super(scope, id);
    const name = domainNames.productExecRole(place);
    this.role = new iam.Role(this, 'Resource', {
      roleName: name, path: domainNames.platformPath(place), maxSessionDuration: Duration.hours(1),
      description: `CloudFormation deploys the products of ${place.domain} with it`,
      assumedBy: new iam.ServicePrincipal('cloudformation.amazonaws.com'),
    });
    const policies: [id: string, description: string, statements: Statement[]][] = [
      ['Storage', 'Buckets of products, and what is deployed', storage(place, qualifier)],
      ['Compute', 'Jobs, state machines and schedules of products', compute(place, keyArn)],
      ['Watching', 'Topics, queues, alarms and logs of products', watching(place)],
      ['Roles', 'Roles of products, behind their boundary, and the handlers they ask', roles(place)],
      ['Never', 'What no deployment of a product does', never(place)],
    ];
    for (const [of, description, statements] of policies) {
      exactPolicy(this, of, { place, name: `${name}-${of.toLowerCase()}`, description: `${description} (${place.domain})`, statements, roles: [this.role] });
    }
  }
}

function storage(place: DomainPlace, qualifier: string): Statement[] {
  const { buckets } = productArns(place);
  return [
    {
      sid: 'Buckets', resources: buckets, why: PRODUCTS,
      actions: [
        's3:CreateBucket', 's3:DeleteBucket', 's3:ListBucket', 's3:TagResource', 's3:UntagResource', 's3:ListTagsForResource', 's3:PutBucketTagging', 's3:GetBucketTagging',
        's3:PutEncryptionConfiguration', 's3:GetEncryptionConfiguration', 's3:PutBucketVersioning', 's3:GetBucketVersioning',
        's3:PutBucketPublicAccessBlock', 's3:GetBucketPublicAccessBlock', 's3:PutBucketOwnershipControls', 's3:GetBucketOwnershipControls',
        's3:PutBucketLogging', 's3:GetBucketLogging', 's3:PutLifecycleConfiguration', 's3:GetLifecycleConfiguration',
        's3:PutBucketPolicy', 's3:GetBucketPolicy', 's3:DeleteBucketPolicy',
        // Looked at, never set: CloudFormation reads all that a bucket may have.
        's3:GetAccelerateConfiguration', 's3:GetAnalyticsConfiguration', 's3:GetBucketAbac', 's3:GetBucketAcl', 's3:GetBucketCORS', 's3:GetBucketLocation',
        's3:GetBucketMetadataTableConfiguration', 's3:GetBucketNotification', 's3:GetBucketObjectLockConfiguration', 's3:GetBucketWebsite',
        's3:GetIntelligentTieringConfiguration', 's3:GetInventoryConfiguration', 's3:GetMetricsConfiguration', 's3:GetReplicationConfiguration',
      ],
    },
    {
      sid: 'WhatIsDeployed', actions: ['s3:GetObject'], resources: [s3Arn(place, `cdk-${qualifier}-assets-${place.account}-${place.region}/*`)],
      why: 'assets are named by their content',
    },
    {
      sid: 'WhatTheFoundationSays', actions: ['ssm:GetParameters'],
      resources: [
        ...(['key-arn', 'interface-version'] as const).map((name) => arnIn(place, 'ssm', `parameter${domainNames.parameter(place, name)}`)),
        arnIn(place, 'ssm', `parameter/cdk-bootstrap/${qualifier}/version`),
      ],
    },
  ];
}

function compute(place: DomainPlace, keyArn: string): Statement[] {
  const arns = productArns(place);
  return [
    {
      sid: 'Jobs', resources: [arns.jobs], why: PRODUCTS,
      actions: ['glue:CreateJob', 'glue:UpdateJob', 'glue:DeleteJob', 'glue:GetJob', 'glue:GetTags', 'glue:TagResource', 'glue:UntagResource'],
    },
    {
      sid: 'Rulesets', resources: [arns.rulesets], why: PRODUCTS,
      actions: ['glue:GetDataQualityRuleset', 'glue:UpdateDataQualityRuleset', 'glue:DeleteDataQualityRuleset', 'glue:GetTags', 'glue:TagResource', 'glue:UntagResource'],
    },
    {
      sid: 'WithoutAnArn', resources: ['*'], why: 'Glue takes no resource for it: it says what may be checked',
      actions: ['glue:CreateDataQualityRuleset'],
    },
    {
      sid: 'StateMachines', resources: [arns.stateMachines], why: PRODUCTS,
      actions: [
        'states:CreateStateMachine', 'states:UpdateStateMachine', 'states:DeleteStateMachine', 'states:DescribeStateMachine', 'states:ListTagsForResource',
        'states:TagResource', 'states:UntagResource',
      ],
    },
    {
      sid: 'Schedules', resources: [arns.schedules], why: 'the schedules in the group of the domain, which holds no others',
      actions: ['scheduler:CreateSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule', 'scheduler:GetSchedule'],
    },
    {
      sid: 'WorkGroups', resources: [arns.workGroups], why: PRODUCTS,
      actions: ['athena:CreateWorkGroup', 'athena:UpdateWorkGroup', 'athena:DeleteWorkGroup', 'athena:GetWorkGroup', 'athena:ListTagsForResource', 'athena:TagResource', 'athena:UntagResource'],
    },
    { sid: 'Network', actions: ['glue:PassConnection'], resources: [arnIn(place, 'glue', `connection/${domainNames.networkConnection(place)}`)] },
    { sid: 'KeyToRefer', actions: ['kms:DescribeKey'], resources: [keyArn] },
  ];
}

function watching(place: DomainPlace): Statement[] {
  const arns = productArns(place);
  return [
    {
      sid: 'Topics', resources: [arns.topics], why: PRODUCTS,
      actions: [
        'sns:CreateTopic', 'sns:DeleteTopic', 'sns:GetTopicAttributes', 'sns:SetTopicAttributes', 'sns:GetDataProtectionPolicy', 'sns:ListSubscriptionsByTopic',
        'sns:ListTagsForResource', 'sns:TagResource', 'sns:UntagResource', 'sns:Subscribe',
      ],
    },
    {
      sid: 'Subscriptions', resources: [`${arns.topics}:*`], why: PRODUCTS,
      actions: ['sns:GetSubscriptionAttributes', 'sns:SetSubscriptionAttributes', 'sns:Unsubscribe'],
    },
    {
      sid: 'Queues', resources: [arns.queues], why: PRODUCTS,
      actions: ['sqs:CreateQueue', 'sqs:DeleteQueue', 'sqs:GetQueueAttributes', 'sqs:SetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ListQueueTags', 'sqs:TagQueue', 'sqs:UntagQueue'],
    },
    {
      sid: 'Alarms', resources: [arns.alarms], why: PRODUCTS,
      actions: ['cloudwatch:PutMetricAlarm', 'cloudwatch:PutCompositeAlarm', 'cloudwatch:DeleteAlarms', 'cloudwatch:ListTagsForResource', 'cloudwatch:TagResource', 'cloudwatch:UntagResource'],
    },
    { sid: 'SeesAlarms', actions: ['cloudwatch:DescribeAlarms'], resources: ['*'], why: 'a composite alarm is only found among all' },
    {
      sid: 'Dashboards', resources: [arns.dashboards], why: PRODUCTS,
      actions: ['cloudwatch:PutDashboard', 'cloudwatch:DeleteDashboards', 'cloudwatch:GetDashboard', 'cloudwatch:ListTagsForResource', 'cloudwatch:TagResource', 'cloudwatch:UntagResource'],
    },
    {
      sid: 'Logs', resources: arns.logGroups, why: PRODUCTS,
      actions: [
        'logs:CreateLogGroup', 'logs:DeleteLogGroup', 'logs:PutRetentionPolicy', 'logs:DeleteRetentionPolicy', 'logs:AssociateKmsKey', 'logs:DisassociateKmsKey',
        'logs:ListTagsForResource', 'logs:TagResource', 'logs:UntagResource', 'logs:GetDataProtectionPolicy', 'logs:DescribeIndexPolicies',
      ],
    },
    {
      sid: 'LogDelivery', resources: ['*'], why: 'what hands logs to a group has no ARN; a state machine that logs is refused without: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html',
      actions: [
        'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:PutResourcePolicy', 'logs:CreateLogDelivery', 'logs:GetLogDelivery', 'logs:UpdateLogDelivery',
        'logs:DeleteLogDelivery', 'logs:ListLogDeliveries',
      ],
    },
  ];
}

function roles(place: DomainPlace): Statement[] {
  const arns = productArns(place);
  const bounded = { StringEquals: { 'iam:PermissionsBoundary': domainNames.productBoundaryArn(place) } };
  const below = 'what is below the path of the domain\'s products, and nothing else is';
  return [
    { sid: 'RolesWithBoundary', actions: ['iam:CreateRole', 'iam:PutRolePermissionsBoundary'], resources: [arns.roles()], conditions: bounded, why: below },
    {
      sid: 'OwnPoliciesAlone', actions: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'], resources: [arns.roles()], why: below,
      conditions: { ...bounded, ArnLike: { 'iam:PolicyARN': arns.policies } },
    },
    {
      // Whom a role trusts is said once, when it is made: iam:UpdateAssumeRolePolicy is missing on purpose.
      sid: 'Roles', resources: [arns.roles()], why: below,
      actions: [
        'iam:GetRole', 'iam:DeleteRole', 'iam:UpdateRole', 'iam:UpdateRoleDescription', 'iam:TagRole', 'iam:UntagRole', 'iam:GetRolePolicy', 'iam:ListRolePolicies',
        'iam:ListAttachedRolePolicies', 'iam:ListRoleTags',
      ],
    },
    {
      sid: 'Policies', resources: [arns.policies], why: below,
      actions: [
        'iam:CreatePolicy', 'iam:DeletePolicy', 'iam:CreatePolicyVersion', 'iam:DeletePolicyVersion', 'iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:ListPolicyVersions',
        'iam:ListEntitiesForPolicy', 'iam:TagPolicy', 'iam:UntagPolicy',
      ],
    },
    ...([['Glue', 'job', 'glue'], ['Steps', 'states', 'states']] as const).map(([sid, role, service]): Statement => ({
      sid: `To${sid}`, actions: ['iam:PassRole'], resources: [arns.roles(role)], conditions: { StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } }, why: below,
    })),
    {
      sid: 'ToScheduler', actions: ['iam:PassRole'], resources: [domainNames.schedulerRoleArn(place)],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
    {
      sid: 'AsksHandlers', actions: ['lambda:InvokeFunction'],
      resources: (['tables', 'permissions', 'catalogue', 'publisher'] as const).map((handler) => domainNames.handlerArn(place, handler)),
    },
  ];
}

/**
 * Refused whatever else is allowed: a bucket's policy alone could let this very role read, and a state machine's definition may be
 * any object it can read.
 */
function never(place: DomainPlace): Statement[] {
  const { objects } = productArns(place);
  const deny = iam.Effect.DENY;
  return [
    {
      sid: 'NoData', effect: deny, resources: [objects('raw'), objects('curated'), s3Arn(place, `${domainNames.logBucket(place)}/*`)],
      actions: ['s3:GetObject*', 's3:PutObject*', 's3:DeleteObject*', 's3:RestoreObject', 's3:Replicate*', 's3:AbortMultipartUpload'],
    },
    {
      sid: 'NoOpening', effect: deny, resources: ['*'],
      actions: [
        'lakeformation:*', 'ram:*', 'organizations:*', 'account:*', 'cloudtrail:*', 'config:*', 'sso:*', 'identitystore:*', 'datazone:*', 'dynamodb:*', 'secretsmanager:*', 'sts:*',
        'glue:*Table', 'glue:*Tables', 'glue:*TableVersion*', 'glue:*Database*', 'glue:*Partition*', 'glue:*ResourcePolicy', 'glue:GetConnection*', 'glue:CreateConnection', 'glue:UpdateConnection', 'glue:DeleteConnection', 'glue:*Catalog*', 'glue:StartJobRun',
        's3:PutReplicationConfiguration', 's3:PutBucketAcl', 's3:PutAccountPublicAccessBlock', 's3:*AccessPoint*', 's3:*AccessGrant*',
        'kms:*Grant*', 'kms:PutKeyPolicy', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:ScheduleKeyDeletion', 'kms:DisableKey*',
        'lambda:Create*', 'lambda:Update*', 'lambda:Add*', 'lambda:Put*', 'lambda:Delete*', 'lambda:Remove*', 'lambda:Publish*',
        'states:StartExecution', 'sqs:ReceiveMessage',
      ],
    },
    { sid: 'NoUnbounding', effect: deny, actions: ['iam:DeleteRolePermissionsBoundary'], resources: ['*'] },
    {
      sid: 'NoRolesElsewhere', effect: deny,
      actions: ['iam:Create*', 'iam:Put*', 'iam:Attach*', 'iam:Update*', 'iam:Add*', 'iam:Delete*', 'iam:Detach*', 'iam:Set*', 'iam:Upload*'],
      resources: [globalArn(place, 'iam', `role${domainNames.platformPath(place)}*`), globalArn(place, 'iam', `policy${domainNames.platformPath(place)}*`),
        globalArn(place, 'iam', 'user/*'), globalArn(place, 'iam', 'group/*'), globalArn(place, 'iam', 'saml-provider/*'), globalArn(place, 'iam', 'oidc-provider/*')],
    },
  ];
}

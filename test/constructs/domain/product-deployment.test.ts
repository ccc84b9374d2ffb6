import { removeFolders } from '../../plan/mesh-folder';
import { allowed, type Ask, type Principal } from '../../support/iam/evaluate';
import { deployMesh } from './deployed-mesh';

/* The other half of the matrix: nothing is missing that products need. */

const deployment = deployMesh();
afterAll(removeFolders);

const ACCOUNT = '222222222222';
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/mesh-platform/sales/mesh-sales-product-boundary`;
const exec = deployment.role(`arn:aws:iam::${ACCOUNT}:role/mesh-platform/sales/mesh-sales-product-exec`);

/**
 * What CloudFormation calls to make, change, look at and remove a resource with what our templates say of it: `handlers` of the
 * schemas in its registry, without what our templates never set.
 */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Bucket': [
    's3:CreateBucket', 's3:DeleteBucket', 's3:ListBucket', 's3:PutBucketLogging', 's3:PutBucketOwnershipControls', 's3:PutBucketPublicAccessBlock', 's3:PutBucketTagging',
    's3:PutBucketVersioning', 's3:PutEncryptionConfiguration', 's3:PutLifecycleConfiguration', 's3:TagResource', 's3:UntagResource', 's3:GetEncryptionConfiguration', 's3:GetBucketPublicAccessBlock',
  ],
  'AWS::S3::BucketPolicy': ['s3:PutBucketPolicy', 's3:GetBucketPolicy', 's3:DeleteBucketPolicy'],
  'AWS::Glue::Job': ['glue:CreateJob', 'glue:GetJob', 'glue:UpdateJob', 'glue:DeleteJob', 'glue:GetTags', 'glue:TagResource', 'glue:UntagResource'],
  'AWS::Glue::DataQualityRuleset': ['glue:CreateDataQualityRuleset', 'glue:GetDataQualityRuleset', 'glue:UpdateDataQualityRuleset', 'glue:DeleteDataQualityRuleset'],
  'AWS::StepFunctions::StateMachine': ['states:CreateStateMachine', 'states:DescribeStateMachine', 'states:UpdateStateMachine', 'states:DeleteStateMachine', 'states:TagResource', 'states:ListTagsForResource'],
  'AWS::Scheduler::Schedule': ['scheduler:CreateSchedule', 'scheduler:GetSchedule', 'scheduler:UpdateSchedule', 'scheduler:DeleteSchedule'],
  'AWS::SNS::Topic': ['sns:CreateTopic', 'sns:GetTopicAttributes', 'sns:SetTopicAttributes', 'sns:DeleteTopic', 'sns:TagResource', 'sns:ListSubscriptionsByTopic', 'sns:ListTagsForResource'],
  'AWS::SNS::TopicPolicy': ['sns:SetTopicAttributes'],
  'AWS::SNS::Subscription': ['sns:Subscribe'],
  'AWS::SQS::Queue': ['sqs:CreateQueue', 'sqs:GetQueueAttributes', 'sqs:SetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:DeleteQueue', 'sqs:TagQueue', 'sqs:ListQueueTags'],
  'AWS::SQS::QueuePolicy': ['sqs:SetQueueAttributes'],
  'AWS::CloudWatch::Alarm': ['cloudwatch:PutMetricAlarm', 'cloudwatch:DescribeAlarms', 'cloudwatch:DeleteAlarms', 'cloudwatch:TagResource', 'cloudwatch:ListTagsForResource'],
  'AWS::CloudWatch::CompositeAlarm': ['cloudwatch:PutCompositeAlarm', 'cloudwatch:DescribeAlarms', 'cloudwatch:DeleteAlarms', 'cloudwatch:TagResource', 'cloudwatch:ListTagsForResource'],
  'AWS::Logs::LogGroup': ['logs:CreateLogGroup', 'logs:DescribeLogGroups', 'logs:PutRetentionPolicy', 'logs:AssociateKmsKey', 'logs:DeleteLogGroup', 'logs:TagResource', 'logs:ListTagsForResource'],
  'AWS::Athena::WorkGroup': ['athena:CreateWorkGroup', 'athena:GetWorkGroup', 'athena:UpdateWorkGroup', 'athena:DeleteWorkGroup', 'athena:TagResource', 'athena:ListTagsForResource'],
  'AWS::IAM::Role': ['iam:CreateRole', 'iam:GetRole', 'iam:DeleteRole', 'iam:AttachRolePolicy', 'iam:DetachRolePolicy', 'iam:ListAttachedRolePolicies', 'iam:ListRolePolicies', 'iam:TagRole', 'iam:UntagRole'],
  'AWS::IAM::ManagedPolicy': ['iam:CreatePolicy', 'iam:GetPolicy', 'iam:GetPolicyVersion', 'iam:CreatePolicyVersion', 'iam:DeletePolicyVersion', 'iam:DeletePolicy', 'iam:ListPolicyVersions', 'iam:ListEntitiesForPolicy'],
};
/** A custom resource is a call of its handler. */
const CUSTOM = ['lambda:InvokeFunction'];

describe('the exec role makes what products consist of', () => {
  const made = deployment.resources(({ account, stack }) => account === ACCOUNT && !stack.endsWith('-foundation'));
  const types = [...new Set(made.map(({ type }) => type))].filter((type) => type !== 'AWS::CDK::Metadata');

  test('two products are there', () => {
    expect(made.length).toBeGreaterThan(20);
  });

  test.each(types)('%s', (type) => {
    const calls = type.startsWith('Custom::') ? CUSTOM : CALLS[type];
    if (calls === undefined) throw new Error(`say here what CloudFormation calls for ${type}, and give it to the exec role`);
    const policy = `arn:aws:iam::${ACCOUNT}:policy/mesh/sales/orders-v1/any`;
    const context = { 'aws:ResourceAccount': ACCOUNT, 'iam:PermissionsBoundary': BOUNDARY, 'iam:PolicyARN': policy };
    const missing = made.filter((each) => each.type === type)
      .flatMap(({ arn }) => calls.filter((action) => !allowed(exec, { action, resource: arn, context }, {})).map((action) => `${action} on ${arn}`));
    expect(missing).toEqual([]);
  });

  test.each(deployment.passedRoles())('hands %s to %s', (role, service) => {
    expect(allowed(exec, { action: 'iam:PassRole', resource: role, context: { 'iam:PassedToService': service } }, {})).toBe(true);
  });

  test('the parameters that a product\'s template reads', () => {
    for (const parameter of ['mesh/sales/key-arn', 'mesh/sales/interface-version', 'cdk-bootstrap/hnb659fds/version']) {
      expect(allowed(exec, { action: 'ssm:GetParameters', resource: `arn:aws:ssm:eu-west-1:${ACCOUNT}:parameter/${parameter}` }, {})).toBe(true);
    }
  });
});

describe('the boundary takes nothing from what the roles of products are given', () => {
  /** What a role's sessions bring along when it does its work. */
  const AT_WORK: Readonly<Record<string, Principal['session']>> = {
    job: { 'glue:CredentialIssuingService': 'glue.amazonaws.com' }, states: {}, import: { 'aws:CalledVia': ['athena.amazonaws.com'] },
  };
  const OF_BUCKETS = ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'];
  const roles = deployment.roles().filter((arn) => arn.includes(':role/mesh/'));

  test('jobs, state machines and imports have some', () => {
    expect([...new Set(roles.map((arn) => arn.split('-').at(-1)))].sort()).toEqual(['import', 'job', 'states']);
  });

  test.each(roles)('%s', (arn) => {
    const role: Principal = { ...deployment.role(arn), session: AT_WORK[arn.split('-').at(-1)!] };
    const asks = role.identity.flatMap(({ Statement }) => Statement).filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action = [], Resource = [], Condition = {} }) => {
      const context = Object.fromEntries(Object.entries(Condition).filter(([operator]) => operator !== 'Null' && !operator.includes('Not')).flatMap(([, keys]) => Object.entries(keys).map(([key, values]) => [key, [[values].flat()[0]].map(String).map(exact)])));
      return [Action].flat().flatMap((action) => [Resource].flat()
        .filter((resource) => resource === '*' || serviceOf(action) === resource.split(':')[2])
        .filter((resource) => serviceOf(action) !== 's3' || OF_BUCKETS.includes(action) === !resource.includes('/'))
        .map((resource): Ask => ({ action, resource: exact(resource), context })));
    });
    expect(asks.length).toBeGreaterThan(5);
    expect(asks.filter((ask) => !allowed({ ...role, boundary: undefined }, ask, {})).map(told)).toEqual([]);
    expect(asks.filter((ask) => !allowed(role, ask, {})).map(told)).toEqual([]);
  });

  /** One of those that a pattern means. */
  function exact(pattern: string): string {
    return pattern === '*' ? pattern : pattern.replace(':*:', `:${ACCOUNT}:`).replaceAll('*', 'x').replaceAll('?', 'x');
  }
  function serviceOf(action: string): string {
    return action.split(':')[0];
  }
  function told({ action, resource }: Ask): string {
    return `${action} on ${resource}`;
  }
});

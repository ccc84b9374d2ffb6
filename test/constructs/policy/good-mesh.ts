import { App, CfnResource, Duration, RemovalPolicy, Stack, Tags } from 'aws-cdk-lib';
import * as athena from 'aws-cdk-lib/aws-athena';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as stepfunctions from 'aws-cdk-lib/aws-stepfunctions';

/** A template and the account it is for. */
export interface Deployed {
  readonly name: string;
  readonly account: string;
  readonly body: { Resources: Record<string, MutableResource>; Outputs?: Record<string, unknown>; Metadata?: Record<string, unknown> };
}

export interface MutableResource {
  Type: string;
  Properties: Record<string, unknown>;
  Metadata?: Record<string, unknown>;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

export const ACCOUNT = '111122223333';
const env = { account: ACCOUNT, region: 'eu-west-1' };
const KEY = `arn:aws:kms:eu-west-1:${ACCOUNT}:key/00000000-0000-0000-0000-000000000000`;

/** The templates that an app synthesises. */
export function templatesOf(app: App): Deployed[] {
  return app.synth().stacks.map((stack) => ({ name: stack.stackName, account: stack.environment.account, body: structuredClone(stack.template) as Deployed['body'] }));
}

/** A mesh in small: foundation, product and grants, each with one of everything that the rules look at. */
export function smallMesh(): App {
  const app = new App();
  foundation(new Stack(app, 'sales-foundation', { env }));
  product(new Stack(app, 'sales-orders-v1', { env }));
  grants(new Stack(app, 'sales-orders-v1-grants', { env }));
  Tags.of(app).add('owner', 'sales-data@shoply.example');
  Tags.of(app).add('cost-centre', 'CC-1001');
  return app;
}

function foundation(stack: Stack): void {
  const key = new kms.Key(stack, 'Key', {
    enableKeyRotation: true, removalPolicy: RemovalPolicy.RETAIN,
    policy: new iam.PolicyDocument({ statements: [
      new iam.PolicyStatement({ principals: [new iam.AccountPrincipal(ACCOUNT)], actions: ['kms:DescribeKey', 'kms:Decrypt'], resources: ['*'], conditions: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/mesh/sales/*` } } }),
    ] }),
  });
  const settings = new lakeformation.CfnDataLakeSettings(stack, 'Settings', {
    mutationType: 'APPEND', admins: [{ dataLakePrincipalIdentifier: `arn:aws:iam::${ACCOUNT}:role/mesh-platform/sales/mesh-sales-permissions` }], createDatabaseDefaultPermissions: [], createTableDefaultPermissions: [],
  });
  const database = new glue.CfnDatabase(stack, 'Database', { catalogId: ACCOUNT, databaseInput: { name: 'sales', createTableDefaultPermissions: [] } });
  database.applyRemovalPolicy(RemovalPolicy.RETAIN);
  database.addResourceDependency(settings);
  new lakeformation.CfnResource(stack, 'Location', { resourceArn: 'arn:aws:s3:::elsewhere/tables', useServiceLinkedRole: false, roleArn: `arn:aws:iam::${ACCOUNT}:role/mesh-platform/sales/mesh-sales-lake` });
  new dynamodb.Table(stack, 'Runs', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING }, pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true }, deletionProtection: true,
    encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey: key, removalPolicy: RemovalPolicy.RETAIN,
  });
  const secret = new secretsmanager.Secret(stack, 'MaskingKey', { encryptionKey: kms.Key.fromKeyArn(stack, 'KeyAsItIs', KEY), removalPolicy: RemovalPolicy.RETAIN });
  secret.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.AccountPrincipal(ACCOUNT)], actions: ['secretsmanager:GetSecretValue'], resources: ['*'], conditions: { ArnLike: { 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/mesh/sales/*-job` } },
  }));
  const logBucket = new s3.Bucket(stack, 'Logs', {
    encryption: s3.BucketEncryption.S3_MANAGED, enforceSSL: true, versioned: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, removalPolicy: RemovalPolicy.RETAIN,
  });
  logBucket.addToResourcePolicy(new iam.PolicyStatement({
    principals: [new iam.ServicePrincipal('logging.s3.amazonaws.com')], actions: ['s3:PutObject'], resources: [logBucket.arnForObjects('s3/*')], conditions: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
  }));
  const role = new iam.Role(stack, 'Handler', { roleName: 'mesh-sales-tables', path: '/mesh-platform/sales/', assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  new iam.ManagedPolicy(stack, 'HandlerPolicy', { roles: [role], statements: [
    new iam.PolicyStatement({ actions: ['glue:GetTable'], resources: [`arn:aws:glue:eu-west-1:${ACCOUNT}:table/sales/*`] }),
    new iam.PolicyStatement({ actions: ['lakeformation:BatchGrantPermissions'], resources: ['*'] }),
    new iam.PolicyStatement({ actions: ['iam:PassRole'], resources: [`arn:aws:iam::${ACCOUNT}:role/mesh-platform/sales/mesh-sales-lake`], conditions: { StringEquals: { 'iam:PassedToService': 'lakeformation.amazonaws.com' } } }),
  ] });
  const handler = new lambda.CfnFunction(stack, 'Function', { code: { zipFile: '' }, role: role.roleArn, environment: { variables: { MESH_PLACE: '{}' } }, kmsKeyArn: KEY });
  new lambda.CfnPermission(stack, 'Invoke', { functionName: handler.ref, action: 'lambda:InvokeFunction', principal: 'events.amazonaws.com', sourceAccount: ACCOUNT });
  new ec2.CfnSecurityGroup(stack, 'Jobs', { groupDescription: 'jobs', securityGroupIngress: [{ ipProtocol: 'tcp', cidrIp: '10.0.0.0/16' }] });
}

function product(stack: Stack): void {
  const key = kms.Key.fromKeyArn(stack, 'Key', KEY);
  const own = 'arn:aws:iam::111122223333:role/mesh/sales/orders-v1/*';
  const curated = new s3.Bucket(stack, 'Curated', {
    bucketName: 'shop-111122223333-eu-west-1-sales-orders-v1-curated', encryption: s3.BucketEncryption.KMS, encryptionKey: key, enforceSSL: true, versioned: true,
    blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, serverAccessLogsBucket: s3.Bucket.fromBucketName(stack, 'LogBucket', 'shop-logs'), removalPolicy: RemovalPolicy.RETAIN,
  });
  curated.addToResourcePolicy(new iam.PolicyStatement({
    effect: iam.Effect.DENY, principals: [new iam.AnyPrincipal()], actions: ['s3:GetObject*', 's3:PutObject*'], resources: [curated.arnForObjects('*')], conditions: { ArnNotLike: { 'aws:PrincipalArn': [own] } },
  }));
  const role = new iam.Role(stack, 'JobRole', {
    path: '/mesh/sales/orders-v1/', assumedBy: new iam.ServicePrincipal('glue.amazonaws.com'),
    permissionsBoundary: iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Boundary', `arn:aws:iam::${ACCOUNT}:policy/mesh-platform/sales/mesh-sales-product-boundary`),
  });
  new iam.ManagedPolicy(stack, 'JobPolicy', { path: '/mesh/sales/orders-v1/', roles: [role], statements: [
    new iam.PolicyStatement({ actions: ['s3:GetObject', 's3:PutObject'], resources: [curated.arnForObjects('*')] }),
    new iam.PolicyStatement({ actions: ['cloudwatch:PutMetricData'], resources: ['*'], conditions: { StringEquals: { 'cloudwatch:namespace': 'Mesh' } } }),
    new iam.PolicyStatement({ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }),
  ] });
  const security = new glue.CfnSecurityConfiguration(stack, 'Security', { name: 'mesh-sales-orders-v1', encryptionConfiguration: {
    cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn: KEY }, jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn: KEY }, s3Encryptions: [{ s3EncryptionMode: 'SSE-KMS', kmsKeyArn: KEY }],
  } });
  new glue.CfnJob(stack, 'Etl', { command: { name: 'glueetl' }, role: role.roleArn, securityConfiguration: security.name, tags: { 'owner': 'sales-data@shoply.example', 'cost-centre': 'CC-1001' } });
  const logGroup = new logs.LogGroup(stack, 'Log', { encryptionKey: key, retention: logs.RetentionDays.ONE_YEAR });
  const machine = new stepfunctions.CfnStateMachine(stack, 'States', {
    roleArn: role.roleArn, definitionString: '{}', loggingConfiguration: { level: 'ALL', destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: logGroup.logGroupArn } }] },
  });
  const queue = new sqs.Queue(stack, 'DeadLetters', { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: key, enforceSSL: true, retentionPeriod: Duration.days(14) });
  new scheduler.CfnSchedule(stack, 'Full', {
    flexibleTimeWindow: { mode: 'OFF' }, scheduleExpression: 'cron(0 5 * * ? *)', target: { arn: machine.attrArn, roleArn: `arn:aws:iam::${ACCOUNT}:role/mesh-platform/sales/mesh-sales-scheduler`, deadLetterConfig: { arn: queue.queueArn } },
  });
  new sns.Topic(stack, 'Owner', { masterKey: key, enforceSSL: true });
  new athena.CfnWorkGroup(stack, 'Imports', { name: 'mesh-sales-orders-v1', workGroupConfiguration: {
    enforceWorkGroupConfiguration: true, resultConfiguration: { outputLocation: 's3://x/', encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: KEY } },
  } });
  new CfnResource(stack, 'Tables', { type: 'Custom::MeshTables', properties: { ServiceToken: 'arn', Domain: 'sales', Environment: '', Entity: 'orders', Major: '1' } });
}

function grants(stack: Stack): void {
  stack.templateOptions.metadata = { 'mesh:stack': 'grants' };
  const filter = new lakeformation.CfnDataCellsFilter(stack, 'Analyst', {
    tableCatalogId: ACCOUNT, databaseName: 'sales', tableName: 'orders_v1', name: 'analyst-1', columnNames: ['order_id', 'total_amount'], rowFilter: { allRowsWildcard: {} },
  });
  filter.addMetadata('mesh:grant', { clearance: 'internal', columns: { order_id: 'public', total_amount: 'internal', customer_email: 'confidential' } });
  const grant = new lakeformation.CfnPrincipalPermissions(stack, 'ToReporting', {
    principal: { dataLakePrincipalIdentifier: 'arn:aws:iam::777788889999:role/reporting' }, permissions: ['SELECT'], permissionsWithGrantOption: [],
    resource: { dataCellsFilter: { tableCatalogId: ACCOUNT, databaseName: 'sales', tableName: 'orders_v1', name: 'analyst-1' } },
  });
  grant.addResourceDependency(filter);
}

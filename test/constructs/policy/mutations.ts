import { type Deployed, type MutableResource } from './good-mesh';

/** One way to break a good template, and the rule that has to say so. */
export interface Mutation {
  readonly how: string;
  readonly rule: string;
  /** Breaks it, and says whether it found what it breaks. */
  readonly apply: (template: Deployed) => boolean;
}

type Statement = Record<string, unknown>;

const NAMESPACE = { KmsKeyId: 'key', ManageAdminPassword: true, AdminPasswordSecretKmsKeyId: 'key', LogExports: ['connectionlog', 'useractivitylog', 'userlog'] };
const DATA_SET = { ImportMode: 'DIRECT_QUERY', DataSetUsageConfiguration: { DisableUseAsImportedSource: true }, Permissions: [] as Statement[] };
const REPLICA = { Region: 'eu-west-1', SSESpecification: { KMSMasterKeyId: 'key' }, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }, DeletionProtectionEnabled: true };
const GLOBAL_TABLE = { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' }, Replicas: [REPLICA] };
const KEPT = { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' };
const STRANGER = 'arn:aws:iam::777788889999:role/reporting';
const PRODUCT = (template: Deployed): boolean => of(template, 'Custom::MeshTables').length > 0;

function of(template: Deployed, type: string): MutableResource[] {
  return Object.values(template.body.Resources).filter((resource) => resource.Type === type);
}

/** Changes the properties of the first resource of a type. */
function change(type: string, how: (properties: Record<string, unknown>, resource: MutableResource) => void, where: (template: Deployed, resource: MutableResource) => boolean = () => true): Mutation['apply'] {
  return (template) => {
    const resource = of(template, type).find((one) => where(template, one));
    if (resource === undefined) return false;
    how(resource.Properties, resource);
    return true;
  };
}

const without = (type: string, property: string, where?: (template: Deployed, resource: MutableResource) => boolean): Mutation['apply'] =>
  change(type, (properties) => { delete properties[property]; }, where);
const having = (property: string) => (_: Deployed, resource: MutableResource): boolean => resource.Properties[property] !== undefined;

/** Adds a statement to the first policy of a type; what it is about is all that the policy is about. */
function say(type: string, document: string, statement: Statement, where?: (template: Deployed, resource: MutableResource) => boolean): Mutation['apply'] {
  return change(type, (properties) => {
    const policy = properties[document] as { Statement: Statement[] };
    policy.Statement.push({ Effect: 'Allow', ...statement });
  }, where);
}

function add(type: string, properties: Record<string, unknown>, where: (template: Deployed) => boolean = () => true, more: Partial<MutableResource> = {}): Mutation['apply'] {
  return (template) => {
    if (!where(template)) return false;
    template.body.Resources.Added = { Type: type, Properties: properties, ...more };
    return true;
  };
}

/** Takes away the statements that `which` finds. */
function unsay(type: string, which: (statement: Statement) => boolean): Mutation['apply'] {
  return (template) => {
    for (const resource of of(template, type)) {
      const policy = resource.Properties.PolicyDocument as { Statement: Statement[] };
      const kept = policy.Statement.filter((statement) => !which(statement));
      if (kept.length === policy.Statement.length) continue;
      policy.Statement = kept;
      return true;
    }
    return false;
  };
}

const isTls = (statement: Statement): boolean => JSON.stringify(statement).includes('aws:SecureTransport');
const isEncryptedByKey = (_: Deployed, resource: MutableResource): boolean => JSON.stringify(resource.Properties.BucketEncryption).includes('aws:kms');
const inProduct = (template: Deployed): boolean => PRODUCT(template);
const inGrants = (template: Deployed): boolean => template.body.Metadata?.['mesh:stack'] === 'grants';
const tags = [{ Key: 'owner', Value: 'a' }, { Key: 'cost-centre', Value: 'b' }];
const grant = (more: Record<string, unknown>): Record<string, unknown> => ({
  Principal: { DataLakePrincipalIdentifier: STRANGER }, Permissions: ['SELECT'], Resource: { DataCellsFilter: { TableCatalogId: '1', DatabaseName: 'sales', TableName: 'orders_v1', Name: 'x' } }, ...more,
});

export const MUTATIONS: Mutation[] = [
  // Consumers, in policies of stores and keys.
  { how: 'a consumer\'s role may read a bucket', rule: 'MESH-ACCESS-1', apply: say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: { AWS: STRANGER }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::x/*' }) },
  { how: 'a consumer\'s account may use a key', rule: 'MESH-ACCESS-1', apply: say('AWS::KMS::Key', 'KeyPolicy', { Principal: { AWS: 'arn:aws:iam::777788889999:root' }, Action: 'kms:Decrypt', Resource: '*' }) },
  { how: 'a role of the account that is nobody\'s may read a bucket', rule: 'MESH-ACCESS-1', apply: (template) => say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: { AWS: `arn:aws:iam::${template.account}:role/reporting` }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::x/*' })(template) },
  { how: 'a consumer is let in by a condition on who asks', rule: 'MESH-ACCESS-1', apply: (template) => say('AWS::KMS::Key', 'KeyPolicy', { Principal: { AWS: `arn:aws:iam::${template.account}:root` }, Action: 'kms:Decrypt', Resource: '*', Condition: { ArnLike: { 'aws:PrincipalArn': ['arn:aws:iam::777788889999:role/*'] } } })(template) },
  { how: 'a consumer may read a secret', rule: 'MESH-ACCESS-1', apply: say('AWS::SecretsManager::ResourcePolicy', 'ResourcePolicy', { Principal: { AWS: STRANGER }, Action: 'secretsmanager:GetSecretValue', Resource: '*' }) },
  { how: 'a consumer may send to a queue', rule: 'MESH-ACCESS-1', apply: say('AWS::SQS::QueuePolicy', 'PolicyDocument', { Principal: { AWS: '777788889999' }, Action: 'sqs:SendMessage', Resource: 'arn:aws:sqs:eu-west-1:1:q' }) },
  { how: 'a consumer\'s account is let in by a condition, as everybody of it', rule: 'MESH-ACCESS-1', apply: say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::x/*', Condition: { StringEquals: { 'aws:PrincipalAccount': '777788889999' } } }) },
  { how: 'a consumer is let in by a condition that is written otherwise', rule: 'MESH-ACCESS-1', apply: (template) => say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: { AWS: `arn:aws:iam::${template.account}:root` }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::x/*', Condition: { 'ForAnyValue:StringLike': { 'AWS:PrincipalArn': [STRANGER] } } })(template) },
  { how: 'everybody of the organisation may use a key, as consumers may', rule: 'MESH-ACCESS-1', apply: say('AWS::KMS::Key', 'KeyPolicy', { Principal: { AWS: '*' }, Action: 'kms:Decrypt', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-shoply' } } }) },
  ...['AWS::SNS::TopicInlinePolicy', 'AWS::SQS::QueueInlinePolicy', 'AWS::S3Express::BucketPolicy'].map((type): Mutation => (
    { how: `a consumer is let in by a ${type}`, rule: 'MESH-ACCESS-1', apply: add(type, { PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 'sns:Publish', Resource: 'x' }] } }) })),
  { how: 'a consumer may use the copy of a key in another region', rule: 'MESH-ACCESS-1', apply: add('AWS::KMS::ReplicaKey', { KeyPolicy: { Statement: [{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 'kms:Decrypt', Resource: '*' }] } }) },
  { how: 'a consumer may read a table by the policy of a copy', rule: 'MESH-ACCESS-1', apply: add('AWS::DynamoDB::GlobalTable', { ...GLOBAL_TABLE, Replicas: [{ ...REPLICA, ResourcePolicy: { PolicyDocument: { Statement: [{ Effect: 'Allow', Principal: { AWS: STRANGER }, Action: 'dynamodb:GetItem', Resource: '*' }] } } }] }, undefined, KEPT) },
  { how: 'a service that serves the world may read a bucket', rule: 'MESH-ACCESS-4', apply: say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: { Service: 'cloudfront.amazonaws.com' }, Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::x/*' }) },
  // Everybody.
  { how: 'everybody may read a bucket', rule: 'MESH-ACCESS-2', apply: say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::x/*' }) },
  { how: 'everybody may use a key', rule: 'MESH-ACCESS-2', apply: say('AWS::KMS::Key', 'KeyPolicy', { Principal: { AWS: '*' }, Action: 'kms:Decrypt', Resource: '*' }) },
  { how: 'everybody may publish, with a condition that narrows nothing', rule: 'MESH-ACCESS-2', apply: say('AWS::SNS::TopicPolicy', 'PolicyDocument', { Principal: { AWS: '*' }, Action: 'sns:Publish', Resource: 'x', Condition: { Bool: { 'aws:SecureTransport': 'true' } } }) },
  { how: 'everybody may call a function', rule: 'MESH-ACCESS-2', apply: change('AWS::Lambda::Permission', (properties) => { properties.Principal = '*'; }) },
  { how: 'a function has an address that anybody may ask', rule: 'MESH-ACCESS-3', apply: add('AWS::Lambda::Url', { AuthType: 'NONE', TargetFunctionArn: 'x' }) },
  { how: 'a security group is open to the world', rule: 'MESH-ACCESS-3', apply: change('AWS::EC2::SecurityGroup', (properties) => { properties.SecurityGroupIngress = [{ IpProtocol: 'tcp', CidrIp: '0.0.0.0/0' }]; }) },
  { how: 'a database has a public address', rule: 'MESH-ACCESS-3', apply: add('AWS::RedshiftServerless::Workgroup', { PubliclyAccessible: true, EnhancedVpcRouting: true }) },
  // Copies, and who is shown what is behind them.
  { how: 'a warehouse is encrypted with a key of AWS\'s', rule: 'MESH-COPY-1', apply: add('AWS::RedshiftServerless::Namespace', { ...NAMESPACE, KmsKeyId: undefined }) },
  { how: 'a warehouse has a password that somebody has written down', rule: 'MESH-COPY-1', apply: add('AWS::RedshiftServerless::Namespace', { ...NAMESPACE, ManageAdminPassword: undefined, AdminUserPassword: 'Shoply123' }) },
  { how: 'a warehouse does not log what is asked of it', rule: 'MESH-COPY-1', apply: add('AWS::RedshiftServerless::Namespace', { ...NAMESPACE, LogExports: ['userlog'] }) },
  { how: 'a warehouse reads past its network', rule: 'MESH-COPY-2', apply: add('AWS::RedshiftServerless::Workgroup', { PubliclyAccessible: false, EnhancedVpcRouting: false }) },
  { how: 'a data set is copied into SPICE', rule: 'MESH-COPY-3', apply: add('AWS::QuickSight::DataSet', { ...DATA_SET, ImportMode: 'SPICE' }) },
  { how: 'a data set may be the source of a copy', rule: 'MESH-COPY-3', apply: add('AWS::QuickSight::DataSet', { ...DATA_SET, DataSetUsageConfiguration: undefined }) },
  { how: 'a copy is refreshed', rule: 'MESH-COPY-3', apply: add('AWS::QuickSight::RefreshSchedule', {}) },
  { how: 'QuickSight queries as it does everywhere in the account', rule: 'MESH-COPY-4', apply: add('AWS::QuickSight::DataSource', { DataSourceParameters: { AthenaParameters: { WorkGroup: 'mesh-reporting' } } }) },
  { how: 'an author may make data sets of their own', rule: 'MESH-COPY-4', apply: add('AWS::QuickSight::DataSource', { DataSourceParameters: { AthenaParameters: { RoleArn: STRANGER } }, Permissions: DATA_SET.Permissions }) },
  { how: 'everybody of a namespace sees a data set', rule: 'MESH-COPY-5', apply: add('AWS::QuickSight::DataSet', { ...DATA_SET, Permissions: [{ Principal: 'arn:aws:quicksight:eu-west-1:222222222222:namespace/default', Actions: ['quicksight:DescribeDataSet'] }] }) },
  { how: 'a group of another account sees a data set', rule: 'MESH-COPY-5', apply: add('AWS::QuickSight::DataSet', { ...DATA_SET, Permissions: [{ Principal: 'arn:aws:quicksight:eu-west-1:777788889999:group/default/analysts', Actions: ['quicksight:DescribeDataSet'] }] }) },
  { how: 'a dashboard is for whoever has its link', rule: 'MESH-COPY-5', apply: add('AWS::QuickSight::Dashboard', { LinkSharingConfiguration: { Permissions: [] } }) },
  // Grants.
  { how: 'a product grants', rule: 'MESH-LAKE-1', apply: add('AWS::LakeFormation::PrincipalPermissions', grant({}), inProduct) },
  { how: 'a product makes a filter', rule: 'MESH-LAKE-1', apply: add('AWS::LakeFormation::DataCellsFilter', { ColumnNames: ['order_id'] }, inProduct, { Metadata: { 'mesh:grant': { clearance: 'public', columns: { order_id: 'public' } } } }) },
  { how: 'a consumer is granted a plain SELECT', rule: 'MESH-LAKE-2', apply: add('AWS::LakeFormation::PrincipalPermissions', grant({ Resource: { Table: { DatabaseName: 'sales', Name: 'orders_v1' } } }), inGrants) },
  { how: 'a consumer is granted columns without a filter', rule: 'MESH-LAKE-2', apply: add('AWS::LakeFormation::PrincipalPermissions', grant({ Resource: { TableWithColumns: { DatabaseName: 'sales', Name: 'orders_v1', ColumnNames: ['order_id'] } } }), inGrants) },
  { how: 'a consumer is granted data by tag', rule: 'MESH-LAKE-2', apply: add('AWS::LakeFormation::PrincipalPermissions', grant({ Resource: { LFTagPolicy: { ResourceType: 'TABLE', Expression: [] } } }), inGrants) },
  { how: 'a consumer may change a table', rule: 'MESH-LAKE-2', apply: add('AWS::LakeFormation::PrincipalPermissions', grant({ Permissions: ['DESCRIBE', 'ALTER'], Resource: { Table: { DatabaseName: 'sales', Name: 'orders_v1' } } }), inGrants) },
  { how: 'a consumer may pass a grant on', rule: 'MESH-LAKE-3', apply: change('AWS::LakeFormation::PrincipalPermissions', (properties) => { properties.PermissionsWithGrantOption = ['SELECT']; }) },
  { how: 'a filter lets all columns through', rule: 'MESH-LAKE-4', apply: change('AWS::LakeFormation::DataCellsFilter', (properties) => { properties.ColumnWildcard = {}; }) },
  { how: 'a filter lists a column above the clearance of its role', rule: 'MESH-LAKE-5', apply: change('AWS::LakeFormation::DataCellsFilter', (properties) => { properties.ColumnNames = ['order_id', 'customer_email']; }) },
  { how: 'a filter lists a column whose class nobody knows', rule: 'MESH-LAKE-5', apply: change('AWS::LakeFormation::DataCellsFilter', (properties) => { properties.ColumnNames = ['order_id', 'birthday']; }) },
  { how: 'a filter does not say for which clearance it is', rule: 'MESH-LAKE-5', apply: change('AWS::LakeFormation::DataCellsFilter', (_, resource) => { delete resource.Metadata; }) },
  { how: 'a handler\'s grant is above the clearance it names', rule: 'MESH-LAKE-5', apply: add('Custom::MeshGrants', {}, inGrants, { Metadata: { 'mesh:grant': { clearance: 'internal', columns: { customer_email: 'restricted' } } } }) },
  { how: 'everybody whom IAM lets is granted a filter', rule: 'MESH-LAKE-6', apply: add('AWS::LakeFormation::PrincipalPermissions', grant({ Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' } }), inGrants) },
  { how: 'new tables are everybody\'s whom IAM lets', rule: 'MESH-LAKE-6', apply: change('AWS::LakeFormation::DataLakeSettings', (properties) => { properties.CreateTableDefaultPermissions = [{ Principal: { DataLakePrincipalIdentifier: 'IAM_ALLOWED_PRINCIPALS' }, Permissions: ['ALL'] }]; }) },
  { how: 'a database gives what the account gives by default', rule: 'MESH-LAKE-6', apply: change('AWS::Glue::Database', (properties) => { delete (properties.DatabaseInput as Statement).CreateTableDefaultPermissions; }) },
  { how: 'other administrators are taken away', rule: 'MESH-LAKE-7', apply: change('AWS::LakeFormation::DataLakeSettings', (properties) => { properties.MutationType = 'REPLACE'; }) },
  { how: 'a location is registered with Lake Formation\'s own role', rule: 'MESH-LAKE-8', apply: change('AWS::LakeFormation::Resource', (properties) => { properties.UseServiceLinkedRole = true; }) },
  { how: 'a location is registered in hybrid mode', rule: 'MESH-LAKE-8', apply: change('AWS::LakeFormation::Resource', (properties) => { properties.HybridAccessEnabled = true; }) },
  { how: 'a product\'s role may grant', rule: 'MESH-LAKE-9', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: 'lakeformation:GrantPermissions', Resource: 'arn:aws:glue:eu-west-1:1:table/sales/orders_v1' }, inProduct) },
  { how: 'a product shares with another account', rule: 'MESH-LAKE-9', apply: add('AWS::RAM::ResourceShare', { Name: 'x', Principals: ['777788889999'] }, inProduct) },
  // Actions and resources.
  { how: 'a role may do everything of a service', rule: 'MESH-IAM-1', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: 's3:*', Resource: 'arn:aws:s3:::x/*' }) },
  { how: 'a role may do everything', rule: 'MESH-IAM-1', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: '*', Resource: 'arn:aws:s3:::x/*' }) },
  { how: 'a role may do everything in Lake Formation', rule: 'MESH-IAM-1', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: ['lakeformation:*'], Resource: '*' }, inProduct) },
  { how: 'a bucket\'s policy allows a pattern of actions', rule: 'MESH-IAM-1', apply: (template) => say('AWS::S3::BucketPolicy', 'PolicyDocument', { Principal: { AWS: `arn:aws:iam::${template.account}:role/mesh/sales/orders-v1/x` }, Action: 's3:Get*', Resource: 'arn:aws:s3:::x/*' })(template) },
  { how: 'a role may read every object there is', rule: 'MESH-IAM-2', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: ['s3:GetObject'], Resource: '*' }) },
  { how: 'a role may read every bucket there is', rule: 'MESH-IAM-2', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: ['s3:GetObject'], Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':s3:::*']] } }) },
  ...['AWS::IAM::RolePolicy', 'AWS::IAM::UserPolicy', 'AWS::IAM::GroupPolicy'].map((type): Mutation => (
    { how: `an ${type} allows everything of a service`, rule: 'MESH-IAM-1', apply: add(type, { PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::x/*' }] } }) })),
  { how: 'one action with resources hides among those without', rule: 'MESH-IAM-2', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: ['xray:PutTraceSegments', 'dynamodb:GetItem'], Resource: ['*'] }) },
  { how: 'a role may pass on any role', rule: 'MESH-IAM-3', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: 'iam:PassRole', Resource: '*', Condition: { StringEquals: { 'iam:PassedToService': 'glue.amazonaws.com' } } }) },
  { how: 'a role may pass a role on to any service', rule: 'MESH-IAM-3', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { Action: 'iam:PassRole', Resource: 'arn:aws:iam::1:role/x' }) },
  { how: 'a role may do all but what is named', rule: 'MESH-IAM-4', apply: say('AWS::IAM::ManagedPolicy', 'PolicyDocument', { NotAction: ['iam:CreateUser'], Resource: 'arn:aws:s3:::x/*' }) },
  { how: 'a product\'s role is outside its path', rule: 'MESH-IAM-5', apply: change('AWS::IAM::Role', (properties) => { properties.Path = '/'; }, inProduct) },
  { how: 'a product\'s role is in the path of another product', rule: 'MESH-IAM-5', apply: change('AWS::IAM::Role', (properties) => { properties.Path = '/mesh/sales/returns-v1/'; }, inProduct) },
  { how: 'a product\'s role has no boundary', rule: 'MESH-IAM-6', apply: without('AWS::IAM::Role', 'PermissionsBoundary', inProduct) },
  { how: 'a product\'s role has a boundary of its own', rule: 'MESH-IAM-6', apply: change('AWS::IAM::Role', (properties) => { properties.PermissionsBoundary = 'arn:aws:iam::aws:policy/AdministratorAccess'; }, inProduct) },
  { how: 'a product\'s role trusts another account', rule: 'MESH-IAM-7', apply: say('AWS::IAM::Role', 'AssumeRolePolicyDocument', { Principal: { AWS: 'arn:aws:iam::777788889999:root' }, Action: 'sts:AssumeRole' }, inProduct) },
  { how: 'a product\'s role trusts everybody in the account', rule: 'MESH-IAM-7', apply: (template) => say('AWS::IAM::Role', 'AssumeRolePolicyDocument', { Principal: { AWS: `arn:aws:iam::${template.account}:root` }, Action: 'sts:AssumeRole' }, inProduct)(template) },
  { how: 'a product\'s role trusts people of a federation', rule: 'MESH-IAM-7', apply: say('AWS::IAM::Role', 'AssumeRolePolicyDocument', { Principal: { Federated: 'arn:aws:iam::1:saml-provider/x' }, Action: 'sts:AssumeRoleWithSAML' }, inProduct) },
  { how: 'there is a user', rule: 'MESH-IAM-8', apply: add('AWS::IAM::User', {}) },
  { how: 'a role has a policy that AWS writes', rule: 'MESH-IAM-9', apply: change('AWS::IAM::Role', (properties) => { properties.ManagedPolicyArns = ['arn:aws:iam::aws:policy/service-role/AWSGlueServiceRole']; }) },
  // Stores.
  { how: 'a bucket is encrypted by S3', rule: 'MESH-S3-1', apply: change('AWS::S3::Bucket', (properties) => { properties.BucketEncryption = { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] }; }, isEncryptedByKey) },
  { how: 'a bucket is not encrypted', rule: 'MESH-S3-1', apply: without('AWS::S3::Bucket', 'BucketEncryption') },
  { how: 'a bucket keeps no versions', rule: 'MESH-S3-2', apply: change('AWS::S3::Bucket', (properties) => { properties.VersioningConfiguration = { Status: 'Suspended' }; }) },
  { how: 'a bucket may become public', rule: 'MESH-S3-3', apply: change('AWS::S3::Bucket', (properties) => { (properties.PublicAccessBlockConfiguration as Statement).RestrictPublicBuckets = false; }) },
  { how: 'a bucket is a website', rule: 'MESH-S3-3', apply: change('AWS::S3::Bucket', (properties) => { properties.WebsiteConfiguration = { IndexDocument: 'index.html' }; }) },
  { how: 'a bucket takes requests without TLS', rule: 'MESH-S3-4', apply: unsay('AWS::S3::BucketPolicy', isTls) },
  { how: 'a bucket does not log access', rule: 'MESH-S3-5', apply: without('AWS::S3::Bucket', 'LoggingConfiguration', having('LoggingConfiguration')) },
  { how: 'a product\'s bucket is open to whom IAM lets', rule: 'MESH-S3-6', apply: (template) => inProduct(template) && unsay('AWS::S3::BucketPolicy', (statement) => JSON.stringify(statement).includes('ArnNotLike'))(template) },
  { how: 'a table is not encrypted with the domain\'s key', rule: 'MESH-DDB-1', apply: without('AWS::DynamoDB::Table', 'SSESpecification') },
  { how: 'a table cannot be taken back', rule: 'MESH-DDB-2', apply: without('AWS::DynamoDB::Table', 'PointInTimeRecoverySpecification') },
  { how: 'a table may be deleted', rule: 'MESH-DDB-3', apply: change('AWS::DynamoDB::Table', (properties) => { properties.DeletionProtectionEnabled = false; }) },
  ...([['MESH-DDB-1', { SSESpecification: undefined }], ['MESH-DDB-2', { PointInTimeRecoverySpecification: undefined }], ['MESH-DDB-3', { DeletionProtectionEnabled: false }]] as const).map(([rule, more]): Mutation => (
    { how: `a copy of a table breaks ${rule}`, rule, apply: add('AWS::DynamoDB::GlobalTable', { ...GLOBAL_TABLE, Replicas: [REPLICA, { ...REPLICA, ...more }] }, undefined, KEPT) })),
  { how: 'a table with copies goes with its stack', rule: 'MESH-KEEP-1', apply: add('AWS::DynamoDB::GlobalTable', GLOBAL_TABLE, undefined, { ...KEPT, DeletionPolicy: 'Delete' }) },
  ...['AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::KMS::Key', 'AWS::Glue::Database', 'AWS::SecretsManager::Secret'].map((type): Mutation => (
    { how: `a ${type} goes with its stack`, rule: 'MESH-KEEP-1', apply: change(type, (_, resource) => { resource.DeletionPolicy = 'Delete'; }) })),
  { how: 'a bucket goes when it is replaced', rule: 'MESH-KEEP-1', apply: change('AWS::S3::Bucket', (_, resource) => { delete resource.UpdateReplacePolicy; }) },
  // Encryption and what else is in every template.
  { how: 'a key does not rotate', rule: 'MESH-KMS-1', apply: without('AWS::KMS::Key', 'EnableKeyRotation') },
  { how: 'a queue is not encrypted with the domain\'s key', rule: 'MESH-SQS-1', apply: without('AWS::SQS::Queue', 'KmsMasterKeyId') },
  { how: 'a queue takes requests without TLS', rule: 'MESH-SQS-2', apply: unsay('AWS::SQS::QueuePolicy', isTls) },
  { how: 'a topic is not encrypted', rule: 'MESH-SNS-1', apply: without('AWS::SNS::Topic', 'KmsMasterKeyId') },
  { how: 'a topic takes requests without TLS', rule: 'MESH-SNS-2', apply: unsay('AWS::SNS::TopicPolicy', isTls) },
  { how: 'a secret is not encrypted with the domain\'s key', rule: 'MESH-SECRET-1', apply: without('AWS::SecretsManager::Secret', 'KmsKeyId') },
  { how: 'a log group is not encrypted with the domain\'s key', rule: 'MESH-LOGS-1', apply: without('AWS::Logs::LogGroup', 'KmsKeyId') },
  { how: 'a log group keeps its logs for ever', rule: 'MESH-LOGS-2', apply: without('AWS::Logs::LogGroup', 'RetentionInDays') },
  { how: 'the environment of a function is not encrypted', rule: 'MESH-LAMBDA-1', apply: without('AWS::Lambda::Function', 'KmsKeyArn', having('Environment')) },
  { how: 'a job has no security configuration', rule: 'MESH-GLUE-1', apply: without('AWS::Glue::Job', 'SecurityConfiguration') },
  { how: 'a security configuration leaves logs as they are', rule: 'MESH-GLUE-2', apply: change('AWS::Glue::SecurityConfiguration', (properties) => { delete (properties.EncryptionConfiguration as Statement).CloudWatchEncryption; }) },
  { how: 'a workgroup lets queries choose where results go', rule: 'MESH-ATHENA-1', apply: change('AWS::Athena::WorkGroup', (properties) => { (properties.WorkGroupConfiguration as Statement).EnforceWorkGroupConfiguration = false; }) },
  { how: 'a state machine does not log', rule: 'MESH-STATES-1', apply: without('AWS::StepFunctions::StateMachine', 'LoggingConfiguration') },
  { how: 'a state machine logs nothing', rule: 'MESH-STATES-1', apply: change('AWS::StepFunctions::StateMachine', (properties) => { (properties.LoggingConfiguration as Statement).Level = 'OFF'; }) },
  { how: 'a schedule has no dead-letter queue', rule: 'MESH-SCHEDULE-1', apply: change('AWS::Scheduler::Schedule', (properties) => { delete (properties.Target as Statement).DeadLetterConfig; }) },
  { how: 'a stack exports a value', rule: 'MESH-CFN-1', apply: ({ body }: Deployed): boolean => { body.Outputs = { ...body.Outputs, Name: { Value: 'x', Export: { Name: 'x' } } }; return true; } },
  { how: 'a stack imports a value', rule: 'MESH-CFN-1', apply: change('AWS::Scheduler::Schedule', (properties) => { properties.GroupName = { 'Fn::ImportValue': 'x' }; }) },
  { how: 'a bucket is nobody\'s', rule: 'MESH-TAG-1', apply: change('AWS::S3::Bucket', (properties) => { properties.Tags = tags.slice(1); }) },
  { how: 'nobody pays for a job', rule: 'MESH-TAG-2', apply: change('AWS::Glue::Job', (properties) => { properties.Tags = { owner: 'a' }; }) },
];

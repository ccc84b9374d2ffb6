import { eachOf, type Finding, type Rule } from '../rule';
import { resourcePolicies, type Statement } from '../statements';
import { asList, at, knownText, referredId, type Resource, type Template } from '../template';

const PUBLIC_ACCESS = ['BlockPublicAcls', 'BlockPublicPolicy', 'IgnorePublicAcls', 'RestrictPublicBuckets'];
const DYNAMODB = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];
const RETAINED = ['AWS::S3::Bucket', ...DYNAMODB, 'AWS::KMS::Key', 'AWS::Glue::Database', 'AWS::Glue::Table', 'AWS::SecretsManager::Secret'];

/** What keeps data keeps it encrypted, in versions, logged, and whatever becomes of the stack. */
export const STORE_RULES: Rule[] = [
  {
    id: 'MESH-S3-1', description: 'A bucket is not encrypted with a key of the mesh', fix: 'encrypt it with the domain\'s key (aws:kms); only a bucket that S3 delivers logs to may use AES256',
    check: eachOf(['AWS::S3::Bucket'], 'BucketEncryption', (bucket, template) => {
      const by = at(asList(at(bucket.properties, 'BucketEncryption', 'ServerSideEncryptionConfiguration'))[0], 'ServerSideEncryptionByDefault');
      return !((at(by, 'SSEAlgorithm') === 'aws:kms' && at(by, 'KMSMasterKeyID') !== undefined) || (at(by, 'SSEAlgorithm') === 'AES256' && takesLogs(bucket, template)));
    }),
  },
  {
    id: 'MESH-S3-2', description: 'A bucket keeps no versions', fix: 'enable versioning: a mistake can be taken back',
    check: eachOf(['AWS::S3::Bucket'], 'VersioningConfiguration', ({ properties }) => at(properties, 'VersioningConfiguration', 'Status') !== 'Enabled'),
  },
  {
    id: 'MESH-S3-3', description: 'A bucket does not block public access', fix: 'set all four settings of PublicAccessBlockConfiguration, and no AccessControl or website',
    check: eachOf(['AWS::S3::Bucket'], 'PublicAccessBlockConfiguration', ({ properties }) => PUBLIC_ACCESS.some((setting) => at(properties, 'PublicAccessBlockConfiguration', setting) !== true)
      || /^Public|^Authenticated/.test(knownText(properties.AccessControl)) || properties.WebsiteConfiguration !== undefined),
  },
  {
    id: 'MESH-S3-4', description: 'A bucket takes requests without TLS', fix: 'deny s3:* to everybody where aws:SecureTransport is false',
    check: eachOf(['AWS::S3::Bucket'], 'BucketPolicy', (bucket, template) => !isTlsOnly(bucket, template, 'AWS::S3::BucketPolicy', 's3:*')),
  },
  {
    id: 'MESH-S3-5', description: 'Nobody sees who asks for what in a bucket', fix: 'log access into the domain\'s log bucket',
    check: eachOf(['AWS::S3::Bucket'], 'LoggingConfiguration', (bucket, template) => bucket.properties.LoggingConfiguration === undefined && !takesLogs(bucket, template)),
  },
  {
    id: 'MESH-S3-6', description: 'A product\'s bucket gives its data to whomever IAM allows', fix: 'deny s3:GetObject* to all principals but the product\'s path and the domain\'s own roles, by ArnNotLike on aws:PrincipalArn',
    check: (template) => (template.product === undefined ? [] : template.of('AWS::S3::Bucket').filter((bucket) => !isGuarded(bucket, template)).map(({ id }) => ({ resource: id, at: 'Properties/BucketPolicy' }))),
  },
  {
    id: 'MESH-DDB-1', description: 'A DynamoDB table is not encrypted with a key of the mesh', fix: 'set SSESpecification with the domain\'s key',
    check: eachOf(DYNAMODB, 'SSESpecification', (table) => at(table.properties, 'SSESpecification', 'SSEEnabled') !== true || copiesOf(table).some((copy) => at(copy, 'SSESpecification', 'KMSMasterKeyId') === undefined)),
  },
  {
    id: 'MESH-DDB-2', description: 'A DynamoDB table cannot be restored to an earlier point in time', fix: 'enable point-in-time recovery',
    check: eachOf(DYNAMODB, 'PointInTimeRecoverySpecification', (table) => copiesOf(table).some((copy) => at(copy, 'PointInTimeRecoverySpecification', 'PointInTimeRecoveryEnabled') !== true)),
  },
  {
    id: 'MESH-DDB-3', description: 'A DynamoDB table can be deleted with one call', fix: 'enable deletion protection',
    check: eachOf(DYNAMODB, 'DeletionProtectionEnabled', (table) => copiesOf(table).some((copy) => at(copy, 'DeletionProtectionEnabled') !== true)),
  },
  {
    id: 'MESH-KEEP-1', description: 'A store is deleted with its stack', fix: 'retain it, on deletion and on replacement; where a deletion was asked for twice, acknowledge this rule beside the construct',
    check: (template) => template.of(...RETAINED).filter((store) => !isLink(store)).flatMap(({ id, deletionPolicy, updateReplacePolicy }): Finding[] => [
      ...(deletionPolicy?.startsWith('Retain') === true ? [] : [{ resource: id, at: 'DeletionPolicy' }]),
      ...(updateReplacePolicy === 'Retain' ? [] : [{ resource: id, at: 'UpdateReplacePolicy' }]),
    ]),
  },
];

/** A database that leads to another account's holds nothing. */
function isLink({ properties }: Resource): boolean {
  return at(properties, 'DatabaseInput', 'TargetDatabase') !== undefined;
}

/** A table of DynamoDB, or each of its copies, where a global table has its settings. */
function copiesOf({ type, properties }: Resource): unknown[] {
  return type === 'AWS::DynamoDB::Table' ? [properties] : asList(properties.Replicas);
}

/** Whether S3 delivers access logs to it, which it does to buckets that it encrypts itself alone. */
function takesLogs(bucket: Resource, template: Template): boolean {
  return policiesOf(bucket, template, 'AWS::S3::BucketPolicy').some(({ isAllow, principals }) => isAllow && principals.some(({ name }) => name === 'logging.s3.amazonaws.com'));
}

function isGuarded(bucket: Resource, template: Template): boolean {
  return policiesOf(bucket, template, 'AWS::S3::BucketPolicy').some(({ isAllow, actions, principals, conditions }) => !isAllow && principals.some(({ kind }) => kind === '*')
    && actions.some((action) => ['s3:GetObject*', 's3:GetObject', 's3:*'].includes(action)) && at(conditions, 'ArnNotLike', 'aws:PrincipalArn') !== undefined);
}

/** Whether a policy denies everything to everybody who comes without TLS. */
export function isTlsOnly(resource: Resource, template: Template, type: string, ...actions: string[]): boolean {
  return policiesOf(resource, template, type).some(({ isAllow, principals, conditions, actions: denied }) => !isAllow && principals.some(({ kind }) => kind === '*')
    && actions.some((action) => denied.includes(action)) && String(at(conditions, 'Bool', 'aws:SecureTransport')) === 'false');
}

function policiesOf({ id, properties }: Resource, template: Template, type: string): Statement[] {
  const isOf = (value: unknown): boolean => referredId(value) === id || (typeof value === 'string' && [properties.BucketName, properties.QueueName, properties.TopicName].includes(value));
  return resourcePolicies(template).filter(({ resource }) => resource.type === type
    && [resource.properties.Bucket, ...asList(resource.properties.Queues), ...asList(resource.properties.Topics)].some(isOf));
}

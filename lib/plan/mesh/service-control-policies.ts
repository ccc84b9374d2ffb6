import { type Mesh } from './mesh';
import { administratorsOf } from './mesh-access';

/** A statement that refuses. */
export interface ScpStatement {
  readonly Sid: string;
  readonly Effect: 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[] | '*';
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** A service control policy of AWS Organizations, for the accounts of a mesh. */
export interface ServiceControlPolicy {
  readonly name: string;
  /** What it keeps. */
  readonly description: string;
  readonly document: { readonly Version: '2012-10-17'; readonly Statement: readonly ScpStatement[] };
}

/** What a document may have at most, as it is sent: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html */
export const LONGEST_SCP = 5120;

const role = (name: string): string => `arn:*:iam::*:role/${name}`;
/** CloudFormation runs the platform's stacks with it; of an account's roles the CDK's bootstrap alone is called so. */
const DEPLOYER = role('cdk-*-cfn-exec-role-*');
/** Hands the platform's stacks to CloudFormation. */
const HANDING_OVER = role('cdk-*-deploy-role-*');
const PRODUCT_DEPLOYER = role('mesh-platform/*-product-exec');
const PLATFORM = role('mesh-platform/*');
/** Jobs and state machines. */
const PRODUCTS = role('mesh/*');
/** Administrators of accounts by their own roles, and as IAM Identity Center lets them in. */
const ADMINS = [role('mesh-platform/*-admin'), role('aws-reserved/sso.amazonaws.com/*AWSReservedSSO_mesh-*-admin_*')];
/** Refuses everything: whom it is attached to has lost all that it could: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html */
const DENY_ALL = 'arn:*:iam::aws:policy/AWSDenyAll';

const unless = (...who: string[]): { ArnNotLike: Record<string, string[]> } => ({ ArnNotLike: { 'aws:PrincipalArn': who } });
const below = (...paths: string[]): string[] => paths.flatMap((path) => ['role', 'policy'].map((kind) => `arn:*:iam::*:${kind}/${path}`));
const deny = (Sid: string, Action: string[], Resource: string[] | '*', Condition?: ScpStatement['Condition']): ScpStatement => ({ Sid, Effect: 'Deny', Action, Resource, ...(Condition === undefined ? {} : { Condition }) });

const ATTACHING = ['iam:Attach*', 'iam:Detach*'];
const CHANGING_ROLES = ['iam:Create*', 'iam:Delete*', 'iam:Put*', 'iam:Set*', 'iam:Tag*', 'iam:Untag*', 'iam:Update*'];
const CHANGING_ITEMS = ['dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:BatchWriteItem', 'dynamodb:PartiQL*'];

/**
 * What keeps the accounts of a mesh as the platform has deployed them, whoever is administrator in one of them: attach them to the
 * organisational unit of the mesh. They allow nothing, and leave out AWS's own service-linked roles and the management account.
 */
export function serviceControlPolicies({ name, definition }: Mesh): ServiceControlPolicy[] {
  const administrators = administratorsOf(definition.access).map((arn) => arn.replace(/^arn:aws[a-z-]*:/, 'arn:*:'));
  return [
    policy('mesh-roles', 'Roles, and with what the platform deploys, stay as they are', [
      deny('RolesOfThePlatform', CHANGING_ROLES, below('mesh-platform/*'), unless(DEPLOYER)),
      // Sessions are ended by what refuses everything; an exception of a refusal is by who asks, or by what for, so that it takes two.
      deny('PoliciesOfThePlatform', ATTACHING, below('mesh-platform/*'), unless(DEPLOYER, ...ADMINS, ...administrators)),
      deny('NoneButToEndSessions', ATTACHING, below('mesh-platform/*'), { ArnNotLike: { 'aws:PrincipalArn': [DEPLOYER], 'iam:PolicyARN': [DENY_ALL] } }),
      deny('RolesOfProductsAndConsumers', [...ATTACHING, ...CHANGING_ROLES], below('mesh/*', 'mesh-consumer/*'), unless(DEPLOYER, PRODUCT_DEPLOYER)),
      // Whoever could make a role of these names would be taken for the deployer.
      deny('RolesOfTheBootstrap', [...ATTACHING, ...CHANGING_ROLES], below('cdk-*'), unless(...administrators)),
      deny('DeploysAlone', ['iam:PassRole'], [DEPLOYER], unless(HANDING_OVER, ...administrators)),
      // A stack is changed with the role that it was deployed with, whoever asks.
      deny('StacksOfThePlatform', ['cloudformation:*Stack', 'cloudformation:*ChangeSet', 'cloudformation:SetStackPolicy', 'cloudformation:UpdateTerminationProtection'],
        ['governance', '*-governance', 'access-*', '*-access-*', 'audit*', '*-audit*', 'observability*', '*-observability*', '*-foundation', '*-policy', '*-grants', '*-roles', '*-consumption', 'CDKToolkit'].map((stack) => `arn:*:cloudformation:*:*:stack/${stack}/*`),
        unless(HANDING_OVER, ...administrators)),
    ]),
    policy('mesh-data', 'Nobody opens data but the platform', [
      deny('Keys', ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey*', 'kms:ReplicateKey', 'kms:TagResource', 'kms:UntagResource'], '*',
        { ...unless(DEPLOYER), Null: { 'aws:ResourceTag/mesh:domain': 'false' } }),
      deny('Aliases', ['kms:UpdateAlias', 'kms:DeleteAlias'], ['arn:*:kms:*:*:alias/mesh-*'], unless(DEPLOYER)),
      deny('Lake', ['lakeformation:*Grant*', 'lakeformation:*Revoke*', 'lakeformation:Register*', 'lakeformation:Deregister*', 'lakeformation:Add*', 'lakeformation:Remove*', 'lakeformation:Create*', 'lakeformation:Update*', 'lakeformation:Delete*'],
        '*', unless(DEPLOYER, PLATFORM)),
      // Administrators may deploy them anyway; a role that is gone is taken out by hand: docs/operations.md.
      deny('LakeSettings', ['lakeformation:PutDataLakeSettings'], '*', unless(DEPLOYER, ...administrators)),
      deny('Sharing', ['glue:PutResourcePolicy', 'glue:DeleteResourcePolicy', 'ram:*ResourceShare', 'ram:*ResourceSharePermission'], '*', unless(DEPLOYER, PLATFORM)),
      deny('Buckets', ['s3:PutBucketPolicy', 's3:DeleteBucketPolicy', 's3:PutBucketAcl', 's3:PutBucketPublicAccessBlock', 's3:PutReplicationConfiguration', 's3:PutBucketVersioning', 's3:PutEncryptionConfiguration', 's3:PutBucketObjectLockConfiguration', 's3:DeleteBucket'],
        [`arn:*:s3:::${name}-*`], unless(DEPLOYER, PRODUCT_DEPLOYER)),
      deny('Tables', ['dynamodb:DeleteTable', 'dynamodb:UpdateTable', 'dynamodb:UpdateContinuousBackups', 'dynamodb:PutResourcePolicy'], ['arn:*:dynamodb:*:*:table/mesh-*'], unless(DEPLOYER)),
      deny('Bindings', CHANGING_ITEMS, ['arn:*:dynamodb:*:*:table/mesh-*bindings'], unless(PLATFORM)),
      // Certificates, and which code was accepted: the publisher believes them.
      deny('Runs', CHANGING_ITEMS, ['arn:*:dynamodb:*:*:table/mesh-*-runs'], unless(PLATFORM, PRODUCTS)),
      // What connections are is for who keeps their sources, and rotates.
      deny('MaskingKeys', ['secretsmanager:DeleteSecret', 'secretsmanager:PutSecretValue', 'secretsmanager:UpdateSecret'], ['arn:*:secretsmanager:*:*:secret:mesh-*-masking-key-*'], unless(DEPLOYER)),
      deny('Secrets', ['secretsmanager:PutResourcePolicy', 'secretsmanager:DeleteResourcePolicy'], ['arn:*:secretsmanager:*:*:secret:mesh-*'], unless(DEPLOYER)),
    ]),
    policy('mesh-watch', 'What watches over the mesh keeps watching', [
      deny('Hooks', ['cloudformation:DeactivateType', 'cloudformation:DeregisterType', 'cloudformation:SetTypeConfiguration', 'cloudformation:SetTypeDefaultVersion'], '*', unless(DEPLOYER)),
      deny('Trails', ['cloudtrail:StopLogging', 'cloudtrail:DeleteTrail', 'cloudtrail:UpdateTrail', 'cloudtrail:PutEventSelectors', 'cloudtrail:PutInsightSelectors'], '*', unless(DEPLOYER)),
      deny('Handlers', ['lambda:Add*', 'lambda:Create*', 'lambda:Delete*', 'lambda:Put*', 'lambda:Remove*', 'lambda:Update*'], ['arn:*:lambda:*:*:function:mesh-*'], unless(DEPLOYER)),
      deny('Notices', ['events:DeleteRule', 'events:DisableRule', 'events:PutRule', 'events:PutTargets', 'events:RemoveTargets', 'events:PutPermission', 'events:RemovePermission', 'events:DeleteEventBus', 'events:DeleteArchive'],
        ['arn:*:events:*:*:rule/mesh*', 'arn:*:events:*:*:event-bus/mesh*', 'arn:*:events:*:*:archive/mesh*'], unless(DEPLOYER)),
      deny('TheOrganization', ['organizations:LeaveOrganization'], '*'),
    ]),
  ];
}

function policy(name: string, description: string, Statement: ScpStatement[]): ServiceControlPolicy {
  return { name, description, document: { Version: '2012-10-17', Statement } };
}

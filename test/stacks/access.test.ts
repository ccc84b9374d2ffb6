import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { participants } from '../../lib/plan/mesh/mesh-accounts';
import { serviceControlPolicies } from '../../lib/plan/mesh/service-control-policies';
import { DomainFoundationStack } from '../../lib/stacks/domain-foundation-stack';
import { removeFolders } from '../plan/mesh-folder';
import { allowed, type Ask, type Policy, type Principal } from '../support/iam/evaluate';
import { deploymentOf, FULL_MESH, GROUPS, meshOf, PLATFORM_MESH, platformStacks } from './platform-mesh';

const app = new App({ treeMetadata: false });
const stacks = platformStacks(app, FULL_MESH);
const foundation = new DomainFoundationStack(app, { mesh: meshOf(FULL_MESH), domain: 'sales' });
const deployment = deploymentOf(app, [...stacks, foundation]);
const template = (name: string): Template => Template.fromStack(stacks.find(({ stackName }) => stackName === name)!);
afterAll(removeFolders);

const SALES = '222222222222';
const iam = (name: string, account = SALES): string => `arn:aws:iam::${account}:role/${name}`;
const own = (name: string): string => iam(`mesh-platform/sales/mesh-sales-${name}`);
const EVERYTHING: Policy = { Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
const anybody = (name = 'Administrator', account = SALES): Principal => ({ arn: iam(name, account), identity: [EVERYTHING] });
const REGION = { 'aws:RequestedRegion': 'eu-west-1' };
const becomes = (who: Principal, arn: string, context: Ask['context'] = REGION): boolean => allowed(who, { action: 'sts:AssumeRole', resource: arn, context }, deployment.door(arn));

describe('access to an account', () => {
  test('is as it was: a domain\'s, a consumer\'s and the platform\'s', () => {
    expect(Object.fromEntries(['access-sales', 'access-reporting', 'access-platform'].map((name) => [name, template(name).toJSON()]))).toMatchSnapshot();
  });

  test('is by a role for each persona: those who deal with products where there are some, the platform\'s everywhere', () => {
    const roles = (name: string): string[] => Object.values(template(name).findResources('AWS::IAM::Role')).map(({ Properties }) => (Properties as { RoleName: string }).RoleName.replace(/^mesh-\w+-/, '')).sort();
    expect(roles('access-sales')).toEqual(['admin', 'auditor', 'break-glass', 'engineer', 'lake-admin', 'maintenance', 'notices', 'owner', 'steward']);
    expect(roles('access-reporting')).toEqual(['admin', 'auditor', 'lake-admin']);
    expect(roles('access-platform')).toEqual(['admin', 'auditor', 'lake-admin']);
  });

  test('settings of Lake Formation come first, add to what is there and say whose read it was', () => {
    template('access-reporting').hasResourceProperties('AWS::LakeFormation::DataLakeSettings', {
      MutationType: 'APPEND', Parameters: { CROSS_ACCOUNT_VERSION: '4', SET_SOURCE_IDENTITY: 'TRUE' },
      Admins: [
        { DataLakePrincipalIdentifier: 'arn:aws:iam::444444444444:role/cdk-hnb659fds-cfn-exec-role-444444444444-eu-west-1' },
        { DataLakePrincipalIdentifier: 'arn:aws:iam::444444444444:role/mesh-platform/reporting/mesh-reporting-lake-admin' },
      ],
    });
  });

  test('a consumer that is called like a domain is the same only in the same place', () => {
    const both = (account: string): string => `${PLATFORM_MESH.replace('consumers:\n', `consumers:\n  sales: {account: "${account}"}\n`)}`;
    expect(participants(meshOf(both(SALES)), 'prod').find(({ name }) => name === 'sales')?.kinds).toEqual(['domain', 'consumer']);
    expect(() => participants(meshOf(both('999999999999')), 'prod')).toThrow('the consumer sales is called like the domain, and is in another account or region; give it a name of its own');
    expect(() => participants(meshOf(PLATFORM_MESH.replace('  ml:', '  platform:')), 'prod')).toThrow('the consumer platform is called like the platform; give it a name of its own');
  });
});

/*
 * Who may do what in a domain's account once access and foundation are deployed. Below each act stands everybody who may; everybody else is refused.
 */
const PERSONAS = Object.fromEntries(['admin', 'owner', 'engineer', 'steward', 'auditor', 'lake-admin', 'maintenance', 'break-glass'].map((name) => [name, deployment.role(own(name))]));
const BUCKET = `arn:aws:s3:::shoply-${SALES}-eu-west-1-sales-orders-v1-curated`;
const MATRIX: readonly [what: string, ask: Ask, who: readonly string[]][] = [
  ['reads a table\'s files', { action: 's3:GetObject', resource: `${BUCKET}/tables/orders/data/1.parquet` }, ['break-glass', 'maintenance']],
  ['reads what landed', { action: 's3:GetObject', resource: `${BUCKET.replace('curated', 'raw')}/landing/1.csv` }, ['break-glass']],
  ['reads the files of another domain', { action: 's3:GetObject', resource: 'arn:aws:s3:::shoply-333333333333-eu-central-1-web-shop-carts-v1-curated/tables/x' }, []],
  ['is handed data by Lake Formation', { action: 'lakeformation:GetDataAccess', resource: '*' }, []],
  ['sees the rows of a query', { action: 'athena:GetQueryResults', resource: `arn:aws:athena:eu-west-1:${SALES}:workgroup/any` }, []],
  ['grants', { action: 'lakeformation:BatchGrantPermissions', resource: '*' }, ['lake-admin']],
  ['changes the settings of Lake Formation', { action: 'lakeformation:PutDataLakeSettings', resource: '*' }, []],
  ['sees what is granted', { action: 'lakeformation:ListPermissions', resource: '*' }, ['admin', 'auditor', 'lake-admin']],
  ['looks an event up in the trail', { action: 'cloudtrail:LookupEvents', resource: '*' }, ['admin', 'auditor']],
  ['starts a run', { action: 'states:StartExecution', resource: `arn:aws:states:eu-west-1:${SALES}:stateMachine:mesh-sales-orders-v1` }, ['engineer']],
  ['reads what a job says', { action: 'logs:GetLogEvents', resource: `arn:aws:logs:eu-west-1:${SALES}:log-group:/aws-glue/jobs/mesh-sales-orders-v1/mesh-sales-role/mesh-sales-orders-v1-job/output:log-stream:jr_1` }, ['engineer']],
  ['reads what Spark quotes of rows', { action: 'logs:GetLogEvents', resource: `arn:aws:logs:eu-west-1:${SALES}:log-group:/aws-glue/jobs/mesh-sales-orders-v1/mesh-sales-role/mesh-sales-orders-v1-job/error:log-stream:jr_1` }, ['break-glass']],
  ['deploys a product', { action: 'sts:AssumeRole', resource: own('product-deploy') }, ['engineer']],
  ['deploys what is the platform\'s', { action: 'sts:AssumeRole', resource: iam(`cdk-hnb659fds-deploy-role-${SALES}-eu-west-1`) }, ['admin']],
  ['takes break-glass', { action: 'sts:AssumeRole', resource: own('break-glass') }, ['admin']],
  ['speaks for the domain in the catalogue', { action: 'sts:AssumeRole', resource: iam('mesh-platform/sales/mesh-sales-catalogue-owner', '111111111111') }, ['owner']],
  ['publishes for it there', { action: 'sts:AssumeRole', resource: iam('mesh-platform/sales/mesh-sales-catalogue-publisher', '111111111111') }, []],
  ['makes a role', { action: 'iam:CreateRole', resource: iam('any') }, []],
  ['publishes a table', { action: 'glue:UpdateTable', resource: `arn:aws:glue:eu-west-1:${SALES}:table/sales/orders_v1` }, []],
  ['reads the masking key', { action: 'secretsmanager:GetSecretValue', resource: deployment.find('AWS::SecretsManager::Secret', SALES) }, []],
];

describe('who may do what in a domain\'s account', () => {
  test.each(MATRIX)('%s', (_what, ask, who) => {
    const isOfTheMesh = ask.action === 'sts:AssumeRole' && ask.resource.includes('/mesh-platform/');
    const guard = isOfTheMesh ? deployment.door(ask.resource) : deployment.guard(ask.resource);
    const may = Object.entries(PERSONAS).filter(([, principal]) => allowed(principal, { ...ask, context: { ...REGION, ...ask.context } }, guard)).map(([name]) => name);
    expect(may.sort()).toEqual([...who].sort());
  });

  test('none of their policies allows an action by a pattern', () => {
    for (const principal of Object.values(PERSONAS)) {
      for (const { Action } of principal.identity.flatMap(({ Statement }) => Statement)) expect([Action].flat().filter((action) => action?.includes('*'))).toEqual([]);
    }
  });
});

describe('the platform\'s administrator', () => {
  const admin = deployment.role(iam('mesh-platform/platform/mesh-platform-admin', '111111111111'));
  // Whatever a role trusts the platform's account with, as those of a bootstrap with --trust do.
  const trusting: Policy = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Principal: { AWS: 'arn:aws:iam::111111111111:root' } }] };
  const takes = (resource: string, account: string): boolean => allowed(admin, { action: 'sts:AssumeRole', resource, context: { ...REGION, 'aws:ResourceAccount': account } }, { policy: trusting });

  test('deploys into every account of the mesh and into no other', () => {
    for (const role of [`cdk-hnb659fds-deploy-role-${SALES}-eu-west-1`, `cdk-hnb659fds-file-publishing-role-${SALES}-eu-west-1`, 'mesh-platform/sales/mesh-sales-product-deploy']) {
      expect([role, takes(iam(role), SALES), takes(iam(role, '999999999999'), '999999999999')]).toEqual([role, true, false]);
    }
  });

  test('takes no other role of theirs', () => {
    for (const role of [`cdk-hnb659fds-cfn-exec-role-${SALES}-eu-west-1`, 'mesh-platform/sales/mesh-sales-break-glass', 'mesh-platform/sales/mesh-sales-lake-admin']) expect([role, takes(iam(role), SALES)]).toEqual([role, false]);
  });
});

describe('break-glass', () => {
  const arn = own('break-glass');

  test('is taken by administrators alone, for an hour, and where it is heard', () => {
    expect(becomes(deployment.role(own('admin')), arn)).toBe(true);
    expect(becomes(anybody(`aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_mesh-sales-admin_0123456789abcdef`), arn)).toBe(true);
    for (const who of [anybody(), deployment.role(own('engineer')), deployment.role(own('owner')), anybody('mesh/sales/orders-v1/admin'), anybody('aws-reserved/sso.amazonaws.com/AWSReservedSSO_Other_0123456789abcdef'), anybody('mesh-platform/web_shop/mesh-web-shop-admin', '333333333333')]) {
      expect([who.arn, becomes(who, arn)]).toEqual([who.arn, false]);
    }
    // STS asked in another region, or by its global address, would be recorded there.
    expect(becomes(deployment.role(own('admin')), arn, { 'aws:RequestedRegion': 'us-east-1' })).toBe(false);
    template('access-sales').hasResourceProperties('AWS::IAM::Role', { RoleName: 'mesh-sales-break-glass', MaxSessionDuration: 3600 });
  });

  test('is announced whenever it is taken: to take a role is a read, which a rule hears of only when it is told to', () => {
    template('access-sales').hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      EventPattern: { 'source': ['aws.sts'], 'detail-type': ['AWS API Call via CloudTrail'], 'detail': { eventName: ['AssumeRole'], requestParameters: { roleArn: [arn] } } },
      Targets: [{ Id: 'Mesh', Arn: 'arn:aws:events:eu-west-1:111111111111:event-bus/mesh', RoleArn: Match.anyValue() }],
    });
    const told = { action: 'events:PutEvents', resource: 'arn:aws:events:eu-west-1:111111111111:event-bus/mesh', context: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } };
    expect(allowed(deployment.role(own('notices')), told, { policy: busPolicy() })).toBe(true);
    for (const who of [anybody(), anybody('mesh/sales/orders-v1/mesh-sales-orders-v1-job')]) expect(allowed(who, told, { policy: busPolicy() })).toBe(false);
  });

  test('administrators are whom mesh.yaml names, in each account its own', () => {
    expect(becomes(anybody('PlatformTeam'), own('admin'))).toBe(true);
    expect(becomes(anybody(), own('admin'))).toBe(false);
    expect(becomes(anybody('PlatformTeam', '333333333333'), own('admin'))).toBe(false);
  });
});

describe('people in IAM Identity Center', () => {
  const sets = Object.values(template('access-platform').findResources('AWS::SSO::PermissionSet')).map(({ Properties }) => Properties as { Name: string; CustomerManagedPolicyReferences: { Name: string; Path: string }[] });

  test('have a permission set for each persona that a group is named for, in each account', () => {
    expect(sets.map(({ Name }) => Name).sort()).toEqual([
      ...['ml', 'platform', 'reporting', 'sales', 'web-shop'].flatMap((name) => [`mesh-${name}-admin`, `mesh-${name}-auditor`]), 'mesh-sales-engineer', 'mesh-sales-owner',
    ].sort());
    template('access-platform').hasResourceProperties('AWS::SSO::Assignment', { PrincipalId: GROUPS.engineer, PrincipalType: 'GROUP', TargetId: SALES, TargetType: 'AWS_ACCOUNT' });
  });

  test('have the policies that the roles have: in their accounts before they are assigned', () => {
    const made = stacks.flatMap((stack) => Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'))).map(({ Properties }) => `${(Properties as { Path: string }).Path}${(Properties as { ManagedPolicyName: string }).ManagedPolicyName}`);
    for (const { CustomerManagedPolicyReferences: [{ Name, Path }] } of sets) expect(made).toContain(`${Path}${Name}`);
    const platform = stacks.find(({ stackName }) => stackName === 'access-platform')!;
    expect(platform.dependencies.map(({ stackName }) => stackName).sort()).toEqual(['access-ml', 'access-reporting', 'access-sales', 'access-web-shop']);
  });

  test('a name that is longer than it takes is refused, with what to do', () => {
    expect(() => platformStacks(new App({ treeMetadata: false }), FULL_MESH.replaceAll('reporting', 'management_reporting_of_all'))).toThrow(
      'the name of a permission set must be at most 32 characters, got mesh-management-reporting-of-all-admin with 38; shorten the name management_reporting_of_all in mesh.yaml');
  });
});

describe('service control policies', () => {
  const controls = serviceControlPolicies(meshOf(FULL_MESH)).map(({ document }) => document as unknown as Policy);
  const under = (who: Principal): Principal => ({ ...who, controls });
  const KEY = deployment.find('AWS::KMS::Key', SALES);
  const OF_THE_MESH = { 'aws:ResourceTag/mesh:domain': 'sales' };
  const CHANGES: readonly [what: string, ask: Ask][] = [
    ['whom a role of the platform trusts', { action: 'iam:UpdateAssumeRolePolicy', resource: own('break-glass') }],
    ['what a product\'s role may do', { action: 'iam:AttachRolePolicy', resource: iam('mesh/sales/orders-v1/mesh-sales-orders-v1-job') }],
    ['a policy of the platform', { action: 'iam:CreatePolicyVersion', resource: `arn:aws:iam::${SALES}:policy/mesh-platform/sales/mesh-sales-product-boundary` }],
    ['the roles of the bootstrap', { action: 'iam:CreateRole', resource: iam('cdk-fake-cfn-exec-role-1') }],
    ['who runs stacks with the platform\'s role', { action: 'iam:PassRole', resource: iam(`cdk-hnb659fds-cfn-exec-role-${SALES}-eu-west-1`) }],
    ['a foundation, with the role it was deployed with', { action: 'cloudformation:UpdateStack', resource: `arn:aws:cloudformation:eu-west-1:${SALES}:stack/sales-foundation/1` }],
    ['the policy of a key', { action: 'kms:PutKeyPolicy', resource: KEY, context: OF_THE_MESH }],
    ['whose a key is', { action: 'kms:UntagResource', resource: KEY, context: OF_THE_MESH }],
    ['who sees data', { action: 'lakeformation:GrantPermissions', resource: '*' }],
    ['the settings of Lake Formation', { action: 'lakeformation:PutDataLakeSettings', resource: '*' }],
    ['with whom is shared', { action: 'ram:CreateResourceShare', resource: '*' }],
    ['the policy of a bucket', { action: 's3:PutBucketPolicy', resource: BUCKET }],
    ['the table of runs', { action: 'dynamodb:DeleteTable', resource: `arn:aws:dynamodb:eu-west-1:${SALES}:table/mesh-sales-runs` }],
    ['who has which access', { action: 'dynamodb:PutItem', resource: `arn:aws:dynamodb:eu-west-1:${SALES}:table/mesh-bindings` }],
    ['the masking key', { action: 'secretsmanager:PutSecretValue', resource: deployment.find('AWS::SecretsManager::Secret', SALES) }],
    ['the code of a handler', { action: 'lambda:UpdateFunctionCode', resource: `arn:aws:lambda:eu-west-1:${SALES}:function:mesh-sales-publisher` }],
    ['the hook', { action: 'cloudformation:DeactivateType', resource: '*' }],
    ['the trail', { action: 'cloudtrail:StopLogging', resource: `arn:aws:cloudtrail:eu-west-1:${SALES}:trail/mesh-platform-audit` }],
    ['who hears of break-glass', { action: 'events:DisableRule', resource: `arn:aws:events:eu-west-1:${SALES}:rule/mesh-sales-break-glass` }],
    ['the organisation of the account', { action: 'organizations:LeaveOrganization', resource: '*' }],
  ];

  test.each(CHANGES)('an administrator of an account does not change %s', (_what, ask) => {
    const guard = ask.resource === BUCKET || ask.resource === KEY ? deployment.guard(ask.resource) : {};
    expect([allowed(anybody(), ask, guard), allowed(under(anybody()), ask, guard)]).toEqual([true, false]);
  });

  test('the platform\'s deployment goes on, and so does that of products', () => {
    const deployer = `cdk-hnb659fds-cfn-exec-role-${SALES}-eu-west-1`;
    const handingOver = `cdk-hnb659fds-deploy-role-${SALES}-eu-west-1`;
    const whoMay = ({ action, resource }: Ask): string => (action === 'dynamodb:PutItem' ? 'mesh-platform/platform/mesh-platform-subscriptions' : action === 'iam:PassRole' || action.startsWith('cloudformation:Update') ? handingOver : resource.includes('cdk-fake') ? 'PlatformTeam' : deployer);
    for (const [what, ask] of CHANGES.filter(([, { action }]) => action !== 'organizations:LeaveOrganization')) {
      expect([what, allowed(under(anybody(whoMay(ask))), ask, ask.resource === KEY ? deployment.guard(KEY) : {})]).toEqual([what, true]);
    }
    expect(allowed(under(deployment.role(own('product-exec'))), { action: 's3:PutBucketPolicy', resource: BUCKET })).toBe(true);
    for (const role of ['permissions', 'lake-admin']) expect(allowed(under(deployment.role(own(role))), { action: 'lakeformation:BatchGrantPermissions', resource: '*' })).toBe(true);
  });

  test('what is not the mesh\'s is nobody\'s business: other keys, buckets, roles and functions of the account', () => {
    for (const ask of [{ action: 'kms:PutKeyPolicy', resource: `arn:aws:kms:eu-west-1:${SALES}:key/other` }, { action: 's3:PutBucketPolicy', resource: 'arn:aws:s3:::someone-elses' },
      { action: 'iam:CreateRole', resource: iam('Application') }, { action: 'lambda:UpdateFunctionCode', resource: `arn:aws:lambda:eu-west-1:${SALES}:function:application` }]) {
      expect([ask.action, allowed(under(anybody()), ask)]).toEqual([ask.action, true]);
    }
  });

  test('allow nothing', () => {
    expect(new Set(controls.flatMap(({ Statement }) => Statement.map(({ Effect }) => Effect)))).toEqual(new Set(['Deny']));
  });
});

/** Whom the bus of the mesh takes events from. */
function busPolicy(): Policy {
  const [{ Properties }] = Object.values(template('governance').findResources('AWS::Events::EventBusPolicy'));
  const { Statement } = Properties as { Statement: Policy['Statement'][number] };
  return { Statement: [{ ...Statement, Resource: '*' }] };
}

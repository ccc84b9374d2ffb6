import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { participants } from '../../lib/plan/mesh/mesh-accounts';
import { serviceControlPolicies } from '../../lib/plan/mesh/service-control-policies';
import { DomainFoundationStack } from '../../lib/stacks/domain-foundation-stack';
import { deployMesh } from '../constructs/domain/deployed-mesh';
import { removeFolders } from '../plan/mesh-folder';
import { allowed, type Ask, type Policy, type Principal } from '../support/iam/evaluate';
import { deploymentOf, FULL_MESH, GROUPS, meshOf, PLATFORM_MESH, platformStacks } from './platform-mesh';

const app = new App({ treeMetadata: false });
const stacks = platformStacks(app, FULL_MESH);
const foundation = new DomainFoundationStack(app, { mesh: meshOf(FULL_MESH), domain: 'sales' });
const deployment = deploymentOf(app, [...stacks, foundation]);
/** With products, whose buckets say who reads them. */
const products = deployMesh();
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
    expect(() => participants(meshOf(both('999999999999')), 'prod')).toThrow('the consumer sales has the same name as the domain, and is in another account or region; give it a name of its own');
    expect(() => participants(meshOf(PLATFORM_MESH.replace('  ml:', '  platform:')), 'prod')).toThrow('the consumer platform has the same name as the platform; give it a name of its own');
  });
});

/*
 * Who may do what in a domain's account once access and foundation are deployed. Below each act stands everybody who may; everybody else is refused.
 */
const PERSONAS = Object.fromEntries(['admin', 'owner', 'engineer', 'steward', 'auditor', 'lake-admin', 'maintenance', 'break-glass'].map((name) => [name, deployment.role(own(name))]));
const BUCKET = `arn:aws:s3:::shoply-${SALES}-eu-west-1-sales-orders-v1-curated`;
const KEY = deployment.find('AWS::KMS::Key', SALES);
const inSales = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:${SALES}:${resource}`;
const handler = (name: string): string => inSales('lambda', `function:mesh-sales-${name}`);
/** Of a request that a service makes to the domain's key. */
const via = (service: string): Ask['context'] => ({ 'kms:ViaService': `${service}.eu-west-1.amazonaws.com`, 'kms:ResourceAliases': ['alias/mesh-sales'] });
const runs = (action: string, key?: string): Ask => ({ action: `dynamodb:${action}`, resource: inSales('dynamodb', 'table/mesh-sales-runs'), ...(key === undefined ? {} : { context: { 'dynamodb:LeadingKeys': [key] } }) });
const DENY_ALL = { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AWSDenyAll' };
const EVERY_POLICY = { 'iam:PolicyARN': 'arn:aws:iam::aws:policy/AdministratorAccess' };
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
  ['uploads what a product is deployed with', { action: 'sts:AssumeRole', resource: iam(`cdk-hnb659fds-file-publishing-role-${SALES}-eu-west-1`) }, ['admin', 'engineer']],
  ['looks around in the account, as the CDK does', { action: 'sts:AssumeRole', resource: iam(`cdk-hnb659fds-lookup-role-${SALES}-eu-west-1`) }, ['admin']],

  // What was deleted by mistake comes back as a copy of its older version; nothing that S3 keeps is deleted for good.
  ['reads what a deleted file was', { action: 's3:GetObjectVersion', resource: `${BUCKET}/tables/orders/data/1.parquet` }, ['break-glass']],
  ['writes it anew', { action: 's3:PutObject', resource: `${BUCKET}/tables/orders/data/1.parquet` }, ['break-glass', 'maintenance']],
  ['encrypts what it writes', { action: 'kms:GenerateDataKey', resource: KEY, context: via('s3') }, ['break-glass', 'maintenance']],
  ['ends a version of a file, or its delete marker', { action: 's3:DeleteObjectVersion', resource: `${BUCKET}/tables/orders/data/1.parquet` }, []],

  // Handlers that people ask, what handlers and schedules could not do, and why.
  ...['grants', 'catalogue', 'publisher'].map((name): [string, Ask, string[]] => [`asks the handler ${name}`, { action: 'lambda:InvokeFunction', resource: handler(name) }, ['admin']]),
  ...['tables', 'permissions', 'policy'].map((name): [string, Ask, string[]] => [`asks the handler ${name}`, { action: 'lambda:InvokeFunction', resource: handler(name) }, []]),
  ['asks a handler of another domain', { action: 'lambda:InvokeFunction', resource: 'arn:aws:lambda:eu-central-1:333333333333:function:mesh-web-shop-grants' }, []],
  ...['ReceiveMessage', 'DeleteMessage'].flatMap((action): [string, Ask, string[]][] => [
    [`${action} of what a handler could not do`, { action: `sqs:${action}`, resource: inSales('sqs', 'mesh-sales-grants-failed') }, ['admin']],
    [`${action} of what a schedule could not start`, { action: `sqs:${action}`, resource: inSales('sqs', 'mesh-sales-orders-v1-schedules') }, ['admin', 'engineer']],
    [`${action} of another queue`, { action: `sqs:${action}`, resource: inSales('sqs', 'payroll') }, []],
  ]),
  ['puts something into a queue', { action: 'sqs:SendMessage', resource: inSales('sqs', 'mesh-sales-grants-failed') }, []],
  ['reads the log of a handler', { action: 'logs:FilterLogEvents', resource: inSales('logs', 'log-group:/aws/lambda/mesh-sales-grants:log-stream:1') }, ['admin']],
  ['decrypts what a queue holds', { action: 'kms:Decrypt', resource: KEY, context: via('sqs') }, ['admin', 'engineer']],
  ['decrypts what runs say', { action: 'kms:Decrypt', resource: KEY, context: via('dynamodb') }, ['admin']],
  ['decrypts data', { action: 'kms:Decrypt', resource: KEY, context: via('s3') }, ['break-glass', 'maintenance']],
  ['decrypts a secret', { action: 'kms:Decrypt', resource: KEY, context: via('secretsmanager') }, []],
  ['decrypts by itself', { action: 'kms:Decrypt', resource: KEY, context: { 'kms:ResourceAliases': ['alias/mesh-sales'] } }, []],
  ['encrypts for a queue', { action: 'kms:GenerateDataKey', resource: KEY, context: via('sqs') }, []],
  ['reads what runs say', runs('Query', 'dp_sales_orders#v1'), ['admin']],
  ['reads which code was accepted', runs('Query', 'releases'), ['admin']],
  ['reads what is offered to consumers', runs('Query', 'grants'), []],
  ['reads the whole table of runs', runs('Scan'), []],
  ['writes what a run says', runs('UpdateItem', 'dp_sales_orders#v1'), []],

  // Ends sessions, and does nothing else to a role.
  ...['break-glass', 'maintenance'].map((name): [string, Ask, string[]] => [`ends sessions of ${name}`, { action: 'iam:AttachRolePolicy', resource: own(name), context: DENY_ALL }, ['admin']]),
  ['ends sessions of a handler', { action: 'iam:AttachRolePolicy', resource: own('grants'), context: DENY_ALL }, []],
  ['gives break-glass more', { action: 'iam:AttachRolePolicy', resource: own('break-glass'), context: EVERY_POLICY }, []],
  ['lets sessions of break-glass begin again', { action: 'iam:DetachRolePolicy', resource: own('break-glass'), context: DENY_ALL }, []],
  ['writes a policy of its own into break-glass', { action: 'iam:PutRolePolicy', resource: own('break-glass') }, []],
];

describe('who may do what in a domain\'s account', () => {
  test.each(MATRIX)('%s', (_what, ask, who) => {
    const isOfTheMesh = ask.action === 'sts:AssumeRole' && ask.resource.includes('/mesh-platform/');
    const guard = isOfTheMesh ? deployment.door(ask.resource) : (ask.action.startsWith('s3:') ? products : deployment).guard(ask.resource);
    const may = Object.entries(PERSONAS).filter(([, principal]) => allowed(principal, { ...ask, context: { ...REGION, ...ask.context } }, guard)).map(([name]) => name);
    expect(may.sort()).toEqual([...who].sort());
  });

  test('policies are no longer than IAM takes, with the longest domain that its buckets can have, which consumes as well', () => {
    const long = PLATFORM_MESH.replaceAll('shoply', 'm').replace(/  sales: \{/, '  a_domain_with_a_longer_na: {region: ap-southeast-1, ')
      .replace('consumers:\n', 'consumers:\n  a_domain_with_a_longer_na: {account: "222222222222", region: ap-southeast-1}\n');
    expect(platformStacks(new App({ treeMetadata: false }), long).map(({ stackName }) => stackName)).toContain('dev-access-a-domain-with-a-longer-na');
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

  test('asks the handlers in every account of the mesh that answer people, which let its account ask', () => {
    const asks = (resource: string, context: Ask['context'] = {}, guard = deployment.guard(resource)): boolean => allowed(admin, { action: 'lambda:InvokeFunction', resource, context: { ...REGION, ...context } }, guard);
    const there = { 'aws:ResourceAccount': SALES };
    for (const name of ['grants', 'catalogue', 'publisher']) {
      expect([name, asks(handler(name), there), asks(handler(name), there, {})]).toEqual([name, true, false]);
      const elsewhere = handler(name).replace(SALES, '999999999999');
      const open = { policy: { Statement: [{ Effect: 'Allow' as const, Action: 'lambda:InvokeFunction', Resource: elsewhere, Principal: { AWS: '111111111111' } }] } };
      expect([name, asks(elsewhere, { 'aws:ResourceAccount': '999999999999' }, open)]).toEqual([name, false]);
    }
    for (const name of ['tables', 'permissions']) expect([name, asks(handler(name), there)]).toEqual([name, false]);
    const inPlatform = (name: string): string => `arn:aws:lambda:eu-west-1:111111111111:function:mesh-platform-${name}`;
    for (const [name, may] of [['subscriptions', true], ['review', true], ['governance', false]] as const) expect([name, asks(inPlatform(name), { 'aws:ResourceAccount': '111111111111' })]).toEqual([name, may]);
  });

  test('reads what its own handlers could not do, through SQS alone, and nothing in the accounts of others', () => {
    const key = deployment.resources(({ stack }) => stack === 'governance').find(({ type, arn }) => type === 'AWS::KMS::Key' && arn.includes('GovernanceKey'))!.arn;
    const decrypts = (service: string): boolean => allowed(admin, { action: 'kms:Decrypt', resource: key, context: { 'kms:ViaService': `${service}.eu-west-1.amazonaws.com`, 'kms:ResourceAliases': ['alias/mesh-platform'] } }, deployment.guard(key));
    expect([decrypts('sqs'), decrypts('dynamodb'), decrypts('s3')]).toEqual([true, false, false]);
    for (const name of ['governance', 'subscriptions', 'review']) expect(allowed(admin, { action: 'sqs:ReceiveMessage', resource: `arn:aws:sqs:eu-west-1:111111111111:mesh-platform-${name}-failed` })).toBe(true);
    const open = { policy: { Statement: [{ Effect: 'Allow' as const, Action: 'sqs:*', Resource: '*', Principal: { AWS: '111111111111' } }] } };
    expect(allowed(admin, { action: 'sqs:ReceiveMessage', resource: inSales('sqs', 'mesh-sales-grants-failed') }, open)).toBe(false);
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

  /** Who comes by a permission set has the policy of the persona, under an ARN of its own. */
  const session = (persona: string): Principal => ({ ...deployment.role(own(persona)), arn: iam(`aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_mesh-sales-${persona}_0123456789abcdef`) });

  test('take the role of their persona where it is known by its ARN, as the key and the roles of the catalogue do', () => {
    const decrypt: Ask = { action: 'kms:Decrypt', resource: KEY, context: via('sqs') };
    for (const persona of ['admin', 'engineer', 'owner', 'steward']) expect([persona, becomes(session(persona), own(persona)), allowed(session(persona), decrypt, deployment.guard(KEY))]).toEqual([persona, true, false]);
    for (const persona of ['engineer', 'owner', 'steward']) expect([persona, becomes(session(persona), own('admin'))]).toEqual([persona, false]);
    expect(becomes(session('auditor'), own('auditor'))).toBe(false);
  });

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
  const OF_THE_MESH = { 'aws:ResourceTag/mesh:domain': 'sales' };
  const RUN_TABLE = inSales('dynamodb', 'table/mesh-sales-runs');
  const CHANGES: readonly [what: string, ask: Ask][] = [
    ['whom a role of the platform trusts', { action: 'iam:UpdateAssumeRolePolicy', resource: own('break-glass') }],
    ['what a role of the platform may do', { action: 'iam:AttachRolePolicy', resource: own('break-glass'), context: EVERY_POLICY }],
    ['what it may do, by a policy of its own', { action: 'iam:PutRolePolicy', resource: own('break-glass') }],
    ['what a product\'s role may do', { action: 'iam:AttachRolePolicy', resource: iam('mesh/sales/orders-v1/mesh-sales-orders-v1-job') }],
    ['a policy of the platform', { action: 'iam:CreatePolicyVersion', resource: `arn:aws:iam::${SALES}:policy/mesh-platform/sales/mesh-sales-product-boundary` }],
    ['the roles of the bootstrap', { action: 'iam:CreateRole', resource: iam('cdk-fake-cfn-exec-role-1') }],
    ['who runs stacks with the platform\'s role', { action: 'iam:PassRole', resource: iam(`cdk-hnb659fds-cfn-exec-role-${SALES}-eu-west-1`) }],
    ['a foundation, with the role it was deployed with', { action: 'cloudformation:UpdateStack', resource: `arn:aws:cloudformation:eu-west-1:${SALES}:stack/sales-foundation/1` }],
    ['how products are watched, with the role it was deployed with', { action: 'cloudformation:UpdateStack', resource: `arn:aws:cloudformation:eu-west-1:${SALES}:stack/observability-link-${SALES}-eu-west-1/1` }],
    ['the policy of a key', { action: 'kms:PutKeyPolicy', resource: KEY, context: OF_THE_MESH }],
    ['whose a key is', { action: 'kms:UntagResource', resource: KEY, context: OF_THE_MESH }],
    ['who sees data', { action: 'lakeformation:GrantPermissions', resource: '*' }],
    ['the settings of Lake Formation', { action: 'lakeformation:PutDataLakeSettings', resource: '*' }],
    ['with whom is shared', { action: 'ram:CreateResourceShare', resource: '*' }],
    ['the policy of a bucket', { action: 's3:PutBucketPolicy', resource: BUCKET }],
    ['the table of runs', { action: 'dynamodb:DeleteTable', resource: RUN_TABLE }],
    ['who has which access', { action: 'dynamodb:PutItem', resource: `arn:aws:dynamodb:eu-west-1:${SALES}:table/mesh-bindings` }],
    ['which code is released', { action: 'dynamodb:PutItem', resource: RUN_TABLE }],
    ['the certificate of a run', { action: 'dynamodb:UpdateItem', resource: RUN_TABLE }],
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
    const whoMay = ({ action, resource }: Ask): string => (resource === RUN_TABLE && action === 'dynamodb:UpdateItem' ? 'mesh/sales/orders-v1/mesh-sales-orders-v1-job' : action === 'dynamodb:PutItem' ? 'mesh-platform/platform/mesh-platform-subscriptions' : action === 'iam:PassRole' || action.startsWith('cloudformation:Update') ? handingOver : resource.includes('cdk-fake') ? 'PlatformTeam' : deployer);
    for (const [what, ask] of CHANGES.filter(([, { action }]) => action !== 'organizations:LeaveOrganization')) {
      expect([what, allowed(under(anybody(whoMay(ask))), ask, ask.resource === KEY ? deployment.guard(KEY) : {})]).toEqual([what, true]);
    }
    expect(allowed(under(deployment.role(own('product-exec'))), { action: 's3:PutBucketPolicy', resource: BUCKET })).toBe(true);
    for (const role of ['permissions', 'lake-admin']) expect(allowed(under(deployment.role(own(role))), { action: 'lakeformation:BatchGrantPermissions', resource: '*' })).toBe(true);
  });

  test('sessions of the platform\'s roles are ended by administrators, in whatever way they come, by what refuses everything and nothing else', () => {
    const administrators = [anybody('PlatformTeam'), anybody('mesh-platform/sales/mesh-sales-admin'), anybody('aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_mesh-sales-admin_0123456789abcdef')];
    const others = [anybody(), anybody('mesh-platform/sales/mesh-sales-break-glass'), anybody('mesh-platform/sales/mesh-sales-engineer'), anybody('mesh/sales/orders-v1/mesh-sales-admin')];
    for (const role of ['break-glass', 'maintenance', 'admin']) {
      for (const action of ['iam:AttachRolePolicy', 'iam:DetachRolePolicy']) {
        const may = (who: Principal, context: Ask['context']): boolean => allowed(under(who), { action, resource: own(role), context });
        for (const who of administrators) expect([who.arn, may(who, DENY_ALL), may(who, EVERY_POLICY), may(who, {})]).toEqual([who.arn, true, false, false]);
        for (const who of others) expect([who.arn, may(who, DENY_ALL), may(who, EVERY_POLICY)]).toEqual([who.arn, false, false]);
      }
    }
    // As the persona may by its own policy, too.
    expect(allowed(under(deployment.role(own('admin'))), { action: 'iam:AttachRolePolicy', resource: own('break-glass'), context: DENY_ALL })).toBe(true);
  });

  test('a role that is gone is taken out of the settings of Lake Formation by administrators, who may not grant by them', () => {
    expect(allowed(under(anybody('PlatformTeam')), { action: 'lakeformation:PutDataLakeSettings', resource: '*' })).toBe(true);
    expect(allowed(under(anybody('PlatformTeam')), { action: 'lakeformation:GrantPermissions', resource: '*' })).toBe(false);
    expect(allowed(under(anybody('mesh-platform/sales/mesh-sales-admin')), { action: 'lakeformation:PutDataLakeSettings', resource: '*' })).toBe(false);
  });

  test('connections are rotated by whoever the account lets; who reads them is the platform\'s to say', () => {
    const connection = inSales('secretsmanager', 'secret:mesh-sales-connection-shop-AbCdEf');
    for (const action of ['PutSecretValue', 'UpdateSecret', 'DeleteSecret', 'RotateSecret']) expect([action, allowed(under(anybody()), { action: `secretsmanager:${action}`, resource: connection })]).toEqual([action, true]);
    for (const action of ['PutResourcePolicy', 'DeleteResourcePolicy']) {
      for (const resource of [connection, deployment.find('AWS::SecretsManager::Secret', SALES)]) expect([action, allowed(under(anybody()), { action: `secretsmanager:${action}`, resource })]).toEqual([action, false]);
    }
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

import { App, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { bindingKey, bindingsTable } from '../../constructs/grants/binding';
import { MeshPolicy } from '../../constructs/policy/mesh-policy';
import { removeFolders } from '../plan/mesh-folder';
import { allowed, type Ask, type Principal } from '../support/iam/evaluate';
import { deploymentOf, FULL_MESH, GROUPS, meshOf, PLATFORM_MESH, platformStacks } from './platform-mesh';
import { GovernanceStack } from '../../lib/stacks/governance-stack';
import { addPacks } from '../support/findings';

/** With a finding that nobody has answered, the synth throws and says which. */
function checked(): App {
  const made = new App({ treeMetadata: false });
  addPacks(made, new MeshPolicy());
  return made;
}

const app = checked();
const stacks = platformStacks(app, PLATFORM_MESH);
const deployment = deploymentOf(app, stacks);
/** Everybody who is a role of these stacks. */
const everybody = deployment.roles().map((arn) => deployment.role(arn));
const named = (name: string): Stack => stacks.find(({ stackName }) => stackName === name)!;
const template = Template.fromStack(named('governance'));

const full = Template.fromStack(new GovernanceStack(new App({ treeMetadata: false }), { mesh: meshOf(FULL_MESH), environment: 'prod', vocabulary: undefined }));
const first = Template.fromStack(new GovernanceStack(new App({ treeMetadata: false }), { mesh: meshOf(`${PLATFORM_MESH}governance: {version: V1}\n`), environment: 'prod', vocabulary: undefined }));
afterAll(removeFolders);

const PLATFORM = '111111111111';
const SALES = '222222222222';
const iam = (account: string, name: string): string => `arn:aws:iam::${account}:${name}`;
const EVERYTHING = { Statement: [{ Effect: 'Allow' as const, Action: '*', Resource: '*' }] };
/** The worst that can stand in an account: a role that its policies let do everything. */
const anybody = (account: string, name = 'role/Administrator'): Principal => ({ arn: iam(account, name), identity: [EVERYTHING] });
const becomes = (who: Principal, arn: string, context: Ask['context'] = {}): boolean => allowed(who, { action: 'sts:AssumeRole', resource: arn, context }, deployment.door(arn));

describe('stacks of the platform', () => {
  test('are one of governance and one of access for each account, in every environment', () => {
    expect(stacks.map(({ stackName }) => stackName)).toEqual(['', 'dev-'].flatMap((env) => ['access-platform', 'access-sales', 'access-web-shop', 'access-reporting', 'access-ml', 'governance'].map((name) => `${env}${name}`)));
    expect(stacks.map(({ account, region }) => `${account} ${region}`).slice(0, 6)).toEqual([`${PLATFORM} eu-west-1`, `${SALES} eu-west-1`, '333333333333 eu-central-1', '444444444444 eu-west-1', '555555555555 eu-west-1', `${PLATFORM} eu-west-1`]);
    expect(stacks.every(({ terminationProtection }) => terminationProtection)).toBe(true);
  });

  test('of governance are as they were, with all that a mesh may say and with nothing', () => {
    expect({ least: template.toJSON(), full: full.toJSON() }).toMatchSnapshot();
  });

  test('retain what cannot be made again, the catalogue with it', () => {
    for (const type of ['AWS::KMS::Key', 'AWS::DynamoDB::Table', 'AWS::DataZone::Domain', 'AWS::DataZone::DomainUnit', 'AWS::Logs::LogGroup']) {
      const found = Object.values(template.findResources(type));
      expect([type, found.length > 0]).toEqual([type, true]);
      for (const { DeletionPolicy, UpdateReplacePolicy } of found) expect([type, DeletionPolicy, UpdateReplacePolicy]).toEqual([type, 'Retain', 'Retain']);
    }
  });
});

test('four packs of cdk-nag and the mesh\'s own policy find nothing that is not answered, in governance and in access', () => {
  const bare = checked();
  platformStacks(bare, FULL_MESH.replace(', dev: {}', '').replace('  organization', '  version: V1\n  organization'));
  expect(() => bare.synth()).not.toThrow();
});

describe('the catalogue', () => {
  test('is a domain of version 2 with a key of its own, and of version 1 where the mesh says so', () => {
    template.hasResourceProperties('AWS::DataZone::Domain', { Name: 'shoply', DomainVersion: 'V2', KmsKeyIdentifier: { 'Fn::GetAtt': [Match.stringLikeRegexp('CatalogueKey'), 'Arn'] }, ServiceRole: Match.anyValue(), SingleSignOn: Match.absent() });
    first.hasResourceProperties('AWS::DataZone::Domain', { DomainVersion: 'V1', ServiceRole: Match.absent() });
    first.resourceCountIs('AWS::DataZone::ProjectProfile', 0);
    full.hasResourceProperties('AWS::DataZone::Domain', { SingleSignOn: { Type: 'IAM_IDC', UserAssignment: 'MANUAL', IdcInstanceArn: 'arn:aws:sso:::instance/ssoins-0123456789abcdef' } });
  });

  test('trusts DataZone with its roles for this account alone', () => {
    for (const name of ['execution', 'service']) {
      const trust = deployment.trust(iam(PLATFORM, `role/mesh-platform/platform/mesh-platform-catalogue-${name}`));
      expect(trust.length).toBeGreaterThan(0);
      for (const { Principal, Condition } of trust) expect([Principal, Condition?.StringEquals]).toEqual([{ Service: 'datazone.amazonaws.com' }, { 'aws:SourceAccount': PLATFORM }]);
    }
  });

  test('has a unit for each domain, owned by who answers for it', () => {
    template.resourceCountIs('AWS::DataZone::DomainUnit', 2);
    template.hasResourceProperties('AWS::DataZone::DomainUnit', { Name: 'sales', Description: 'What was sold.', ParentDomainUnitIdentifier: { 'Fn::GetAtt': [Match.anyValue(), 'RootDomainUnitId'] } });
    template.resourceCountIs('AWS::DataZone::Owner', 2);
    // Of whom the catalogue has a profile: it knows no other groups.
    const [profile] = Object.keys(full.findResources('AWS::DataZone::GroupProfile', { Properties: { GroupIdentifier: GROUPS.owner } }));
    full.hasResourceProperties('AWS::DataZone::Owner', { EntityType: 'DOMAIN_UNIT', Owner: { Group: { GroupIdentifier: { 'Fn::GetAtt': [profile, 'Id'] } } } });
    full.resourceCountIs('AWS::DataZone::Owner', 3);
  });

  test('grants at its root name one principal for the whole mesh, however many domains there are: 20 are all that a unit takes', () => {
    const grants = (of: Template): [string, unknown][] => Object.values(of.findResources('AWS::DataZone::PolicyGrant')).map(({ Properties }) => {
      const { PolicyType, Principal } = Properties as { PolicyType: string; Principal: Record<string, unknown> };
      return [PolicyType, Object.keys(Principal)[0]];
    });
    expect(grants(template).sort()).toEqual([['ADD_TO_PROJECT_MEMBER_POOL', 'User'], ['CREATE_FORM_TYPE', 'Project'], ['CREATE_GLOSSARY', 'Project'], ['CREATE_PROJECT_FROM_PROJECT_PROFILE', 'User']]);
    expect(grants(first).map(([type]) => type)).toContain('CREATE_PROJECT');
    template.hasResourceProperties('AWS::DataZone::PolicyGrant', {
      PolicyType: 'ADD_TO_PROJECT_MEMBER_POOL', Principal: { User: { AllUsersGrantFilter: {} } }, Detail: { AddToProjectMemberPool: { IncludeChildDomainUnits: true } }, EntityIdentifier: { 'Fn::GetAtt': [Match.anyValue(), 'RootDomainUnitId'] },
    });
  });

  test('gets its words after the platform\'s project, and that after everybody may make projects', () => {
    const [[, words]] = Object.entries(template.findResources('Custom::MeshCatalogueWords'));
    const [[project, { DependsOn }]] = Object.entries(template.findResources('Custom::MeshPlatformProject'));
    expect(words.Properties).toMatchObject({ ProjectId: { 'Fn::GetAtt': [project, 'ProjectId'] }, WordsUrl: expect.stringMatching(/^s3:\/\/cdk-hnb659fds-assets-111111111111-eu-west-1\/.*\.json$/) as string });
    expect(words.DependsOn).toEqual(expect.arrayContaining([expect.stringContaining('GlossariesGrant'), expect.stringContaining('FormTypesGrant')]));
    expect(DependsOn).toEqual(expect.arrayContaining([expect.stringContaining('MembersGrant'), expect.stringContaining('ProjectsGrant')]));
  });
});

describe('what is shared', () => {
  test('is the catalogue and its parameters, with the accounts of domains and consumers', () => {
    const accounts = [SALES, '333333333333', '444444444444', '555555555555'];
    template.hasResourceProperties('AWS::RAM::ResourceShare', {
      Name: 'DataZone-shoply', Principals: accounts, AllowExternalPrincipals: true, PermissionArns: ['arn:aws:ram::aws:permission/AWSRAMPermissionsAmazonDatazoneDomainExtendedServiceAccess'],
    });
    template.hasResourceProperties('AWS::RAM::ResourceShare', { Name: 'mesh-parameters', Principals: accounts, PermissionArns: ['arn:aws:ram::aws:permission/AWSRAMDefaultPermissionSSMParameterReadOnly'] });
    first.hasResourceProperties('AWS::RAM::ResourceShare', { Name: 'DataZone-shoply', PermissionArns: ['arn:aws:ram::aws:permission/AWSRAMDefaultPermissionAmazonDataZoneDomain'] });
    full.hasResourceProperties('AWS::RAM::ResourceShare', { AllowExternalPrincipals: false });
  });

  test('is waited for: the stack is not done before every account has it, so that who comes after can rely on it', () => {
    const shares = Object.keys(template.findResources('AWS::RAM::ResourceShare'));
    const waited = Object.values(template.findResources('Custom::MeshShare')).map(({ Properties }) => (Properties as { ShareArn: { 'Fn::GetAtt': [string] } }).ShareArn['Fn::GetAtt'][0]);
    expect(waited.sort()).toEqual(shares.sort());
  });

  test('parameters have the names that the domains read, in the tier that RAM shares', () => {
    const parameters = Object.values(template.findResources('AWS::SSM::Parameter')).map(({ Properties }) => Properties as { Name: string; Tier: string });
    expect(parameters.map(({ Name }) => Name).sort()).toEqual([
      '/mesh/catalogue/domain-id', '/mesh/catalogue/domain-unit-id/sales', '/mesh/catalogue/domain-unit-id/web_shop', '/mesh/catalogue/project-profile-id/sales', '/mesh/catalogue/project-profile-id/web_shop',
    ]);
    expect(new Set(parameters.map(({ Tier }) => Tier))).toEqual(new Set(['Advanced']));
  });
});

describe('who speaks for a domain in the catalogue', () => {
  const publisher = iam(PLATFORM, 'role/mesh-platform/sales/mesh-sales-catalogue-publisher');
  const sales = (role: string): Principal => anybody(SALES, `role/mesh-platform/sales/mesh-sales-${role}`);

  test.each([
    ['its catalogue handler', sales('catalogue'), true], ['its publisher', sales('publisher'), true], ['another of its handlers', sales('tables'), false],
    ['what decides of subscriptions', anybody(PLATFORM, 'role/mesh-platform/platform/mesh-platform-subscriptions'), true], ['an administrator of the platform\'s account', anybody(PLATFORM), false],
    ['its owner', sales('owner'), false], ['an administrator of its account', anybody(SALES), false], ['a role of its products', anybody(SALES, 'role/mesh/sales/orders-v1/mesh-sales-publisher'), false],
    ['the publisher of another domain', anybody('333333333333', 'role/mesh-platform/web_shop/mesh-web-shop-publisher'), false],
    ['a role of that name in another account', anybody('333333333333', 'role/mesh-platform/sales/mesh-sales-publisher'), false],
  ])('%s becomes the publisher: %#', (_who, who, may) => {
    expect(becomes(who, publisher)).toBe(may);
  });

  test('people of the domain become its owner or its steward, each by the role for it', () => {
    const may = (of: string, who: Principal): boolean => becomes(who, iam(PLATFORM, `role/mesh-platform/sales/mesh-sales-catalogue-${of}`));
    expect([may('owner', sales('owner')), may('steward', sales('steward'))]).toEqual([true, true]);
    expect([may('owner', sales('steward')), may('owner', sales('engineer')), may('steward', sales('owner')), may('owner', anybody(SALES))]).toEqual([false, false, false, false]);
  });

  test('the owner says who may use its products, and the publisher where a contract has said so: nobody else does', () => {
    const decides = everybody.filter((who) => allowed(who, { action: 'datazone:AcceptSubscriptionRequest', resource: '*' }));
    expect(decides.map(({ arn }) => arn.replace(/.*\/mesh-/, '')).sort()).toEqual(['', 'dev-'].flatMap((env) => ['sales', 'web-shop'].flatMap((domain) => ['owner', 'publisher'].map((of) => `${env}${domain}-catalogue-${of}`))).sort());
  });
});

describe('bindings', () => {
  const table = `arn:aws:dynamodb:eu-west-1:${PLATFORM}:table/mesh-bindings`;

  test('lie where grants look for them, encrypted, protected, and to be taken back to any second', () => {
    expect(bindingsTable({ environment: null })).toBe('mesh-bindings');
    const key = bindingKey({ domain: 'sales', entity: 'orders', major: 1, environment: null } as never, 'reporting', 'analyst');
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'mesh-bindings', DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      KeySchema: Object.keys(key).map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })), SSESpecification: Match.objectLike({ SSEType: 'KMS' }),
    });
  });

  test('are written by what decides of subscriptions, read by each domain for itself, and by no persona', () => {
    const actions = ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem', 'dynamodb:ExportTableToPointInTime'];
    const may = (partition: string): string[] => everybody.flatMap((who) => actions
      .filter((action) => allowed(who, { action, resource: table, context: { 'dynamodb:LeadingKeys': [partition] } })).map((action) => `${who.arn.replace(/.*\//, '')} ${action.replace('dynamodb:', '')}`)).sort();
    const decides = ['GetItem', 'PutItem', 'Query', 'UpdateItem'].map((action) => `mesh-platform-subscriptions ${action}`);
    const partition = (domain: string, entity: string): string => bindingKey({ domain, entity, major: 1, environment: null } as never, 'reporting', 'analyst').pk;
    expect(may(partition('sales', 'orders'))).toEqual([...decides, 'mesh-sales-bindings Query'].sort());
    // Ids of products of `sales_eu` begin as those of `sales` do, dp_sales_: their bindings are not its to read.
    expect(may(partition('sales_eu', 'orders'))).toEqual(decides);
    expect(may('anything else')).toEqual(decides);
  });

  test('are decrypted by roles of the platform alone, through the table', () => {
    const key = deployment.resources(({ stack }) => stack === 'governance').find(({ type, arn }) => type === 'AWS::KMS::Key' && !arn.includes('Catalogue'))!.arn;
    const decrypts = (who: Principal, context: Ask['context']): boolean => allowed(who, { action: 'kms:Decrypt', resource: key, context }, deployment.guard(key));
    const via = { 'kms:ViaService': 'dynamodb.eu-west-1.amazonaws.com' };
    expect(decrypts(anybody(PLATFORM, 'role/mesh-platform/sales/mesh-sales-bindings'), via)).toBe(true);
    expect([decrypts(anybody(PLATFORM, 'role/mesh-platform/sales/mesh-sales-bindings'), {}), decrypts(anybody(PLATFORM), via), decrypts(anybody(SALES, 'role/mesh-platform/sales/x'), via)]).toEqual([false, false, false]);
  });
});

describe('announcements', () => {
  test('are put by the platform\'s roles in accounts of the mesh, and by nobody else', () => {
    const statement = (of: Template): Record<string, unknown> => (Object.values(of.findResources('AWS::Events::EventBusPolicy'))[0].Properties as { Statement: Record<string, unknown> }).Statement;
    expect(Object.keys(template.findResources('AWS::Events::EventBusPolicy'))).toHaveLength(1);
    expect((statement(template).Principal as { AWS: unknown[] }).AWS).toHaveLength(5);
    expect(statement(template).Condition).toEqual({ ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::*:role/mesh-platform/*' } });
    expect(statement(full)).toMatchObject({ Principal: { AWS: '*' }, Action: 'events:PutEvents', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' }, ArnLike: { 'aws:PrincipalArn': 'arn:*:iam::*:role/mesh-platform/*' } } });
  });

  test('are encrypted, and kept for replays', () => {
    template.hasResourceProperties('AWS::Events::EventBus', { Name: 'mesh', KmsKeyIdentifier: Match.anyValue() });
    template.hasResourceProperties('AWS::Events::Archive', { ArchiveName: 'mesh', RetentionDays: 90, KmsKeyIdentifier: Match.anyValue() });
  });

  test('each purpose has a topic; who is named is told', () => {
    const topics = Object.values(template.findResources('AWS::SNS::Topic')).map(({ Properties }) => (Properties as { TopicName: string }).TopicName);
    expect(topics.sort()).toEqual(['incidents', 'reviews', 'security', 'subscriptions'].map((purpose) => `mesh-platform-${purpose}`));
    full.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'security@shoply.com' });
    template.resourceCountIs('AWS::SNS::Subscription', 0);
  });

  test('that somebody has taken break-glass goes to security, with who it was', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventBusName: Match.anyValue(), State: 'ENABLED',
      EventPattern: { 'source': ['aws.sts'], 'detail-type': ['AWS API Call via CloudTrail'], 'detail': { eventName: ['AssumeRole'], requestParameters: { roleArn: [{ suffix: '-break-glass' }] } } },
      Targets: [Match.objectLike({ Arn: { Ref: Match.stringLikeRegexp('security') }, RoleArn: Match.anyValue(), InputTransformer: Match.objectLike({ InputTemplate: Match.stringLikeRegexp('has taken') }) })],
    });
  });
});

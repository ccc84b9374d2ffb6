import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { DataDomain } from '../../../constructs/domain/data-domain';
import { DomainFoundation, type DomainFoundationProps } from '../../../constructs/domain/domain-foundation';
import { LONGEST_POLICY, policySize } from '../../../constructs/domain/exact-policy';
import { NetworkSource } from '../../../constructs/domain/network-source';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { ownCode } from '../../../constructs/publishing/accepted-code';
import { parseMesh } from '../../../lib/plan/mesh/mesh';
import { DomainFoundationStack } from '../../../lib/stacks/domain-foundation-stack';
import { removeFolders } from '../../plan/mesh-folder';
import { foundations, MESH, meshFolder } from './foundations';
import { addPacks } from '../../support/findings';

const { mesh } = meshFolder();
const { sales, webShop } = foundations(new App(), mesh);
const template = Template.fromStack(sales);
const networked = Template.fromStack(webShop);
afterAll(removeFolders);

/** The foundation of a domain with this name in one account. */
function foundation(domainName: string, props: Partial<DomainFoundationProps> = {}, meshName = 'shoply'): Stack {
  const stack = new Stack(new App(), 'Stack', { env: { account: '222222222222', region: 'ap-southeast-1' } });
  const domain = DataDomain.fromDataDomainAttributes(stack, 'Domain', { domainName, meshName, account: '222222222222', region: 'ap-southeast-1', platformAccount: '111111111111' });
  new DomainFoundation(stack, 'Foundation', { domain, ...props });
  return stack;
}

describe('the stack', () => {
  test('is called after environment and domain, and lies in the account and region of the domain', () => {
    const dev = new DomainFoundationStack(new App(), { mesh, domain: 'web_shop', environment: 'dev' });
    expect([sales.stackName, webShop.stackName, dev.stackName]).toEqual(['sales-foundation', 'web-shop-foundation', 'dev-web-shop-foundation']);
    expect([dev.account, dev.region]).toEqual(['333333333334', 'eu-central-1']);
    expect(sales.terminationProtection).toBe(true);
  });

  test('has the tags of its domain', () => {
    template.hasResourceProperties('AWS::KMS::Key', { Tags: Match.arrayWith([{ Key: 'cost-centre', Value: 'CC-1001' }, { Key: 'mesh:domain', Value: 'sales' }, { Key: 'owner', Value: 'sales-data@shoply.com' }]) });
  });

  test('reads nothing that it makes itself', () => {
    for (const parameter of Object.values(template.findParameters('*'))) expect(parameter.Default).not.toMatch(/^\/mesh\//);
  });

  test('of two domains is as it was', () => {
    expect({ sales: template.toJSON(), webShop: networked.toJSON() }).toMatchSnapshot();
  });
});

describe('what holds data or its keys', () => {
  const KEPT = ['AWS::KMS::Key', 'AWS::S3::Bucket', 'AWS::DynamoDB::Table', 'AWS::SecretsManager::Secret', 'AWS::Glue::Database', 'AWS::Logs::LogGroup'];

  test.each(KEPT)('%s stays when the stack goes', (type) => {
    const found = [template, networked].flatMap((of) => Object.entries(of.findResources(type)));
    expect(found.length).toBeGreaterThan(0);
    // The secret goes with the attempt that made it, since the next one could not take it over.
    const onDeletion = type === 'AWS::SecretsManager::Secret' ? 'RetainExceptOnCreate' : 'Retain';
    for (const [id, resource] of found) expect([id, resource.DeletionPolicy, resource.UpdateReplacePolicy]).toEqual([id, onDeletion, 'Retain']);
  });

  test('the key rotates', () => {
    template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
    template.hasResourceProperties('AWS::KMS::Alias', { AliasName: 'alias/mesh-sales' });
  });

  test('nobody is added to the policy of the key by using it', () => {
    const stack = foundation('sales');
    const before = Template.fromStack(stack).findResources('AWS::KMS::Key');
    const { key } = stack.node.findChild('Foundation') as DomainFoundation;
    key.grantDecrypt(new iam.AccountPrincipal('999999999999'));
    expect(Template.fromStack(stack).findResources('AWS::KMS::Key')).toEqual(before);
  });

  test('the table of runs can be taken back and does not forget', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      TableName: 'mesh-sales-runs', BillingMode: 'PAY_PER_REQUEST', DeletionProtectionEnabled: true,
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }, SSESpecification: Match.objectLike({ SSEEnabled: true, SSEType: 'KMS' }),
      TimeToLiveSpecification: Match.absent(),
    });
  });

  test('the masking key is 32 bytes in hex, and never another', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: 'mesh-sales-masking-key',
      GenerateSecretString: { PasswordLength: 64, ExcludeUppercase: true, ExcludePunctuation: true, IncludeSpace: false, ExcludeCharacters: 'ghijklmnopqrstuvwxyz' },
    });
    template.resourceCountIs('AWS::SecretsManager::RotationSchedule', 0);
  });

  test('S3 delivers the access logs of products\' buckets, and of no others', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'shoply-222222222222-eu-west-1-sales-logs', OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] }, AccessControl: Match.absent(),
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({
          Sid: 'AccessLogs', Effect: 'Allow', Principal: { Service: 'logging.s3.amazonaws.com' }, Action: 's3:PutObject',
          Condition: {
            StringEquals: { 'aws:SourceAccount': '222222222222' },
            ArnLike: { 'aws:SourceArn': ['arn:aws:s3:::shoply-222222222222-eu-west-1-sales-*-v*-raw', 'arn:aws:s3:::shoply-222222222222-eu-west-1-sales-*-v*-curated'] },
          },
        })]),
      },
    });
  });
});

describe('the lake', () => {
  test('settings are appended and give nothing by default', () => {
    template.hasResourceProperties('AWS::LakeFormation::DataLakeSettings', {
      MutationType: 'APPEND', CreateDatabaseDefaultPermissions: [], CreateTableDefaultPermissions: [], AllowExternalDataFiltering: false, AllowFullTableExternalDataAccess: false,
      Parameters: { CROSS_ACCOUNT_VERSION: '4', SET_SOURCE_IDENTITY: 'TRUE' },
      Admins: [
        { DataLakePrincipalIdentifier: 'arn:aws:iam::222222222222:role/cdk-hnb659fds-cfn-exec-role-222222222222-eu-west-1' },
        { DataLakePrincipalIdentifier: 'arn:aws:iam::222222222222:role/mesh-platform/sales/mesh-sales-permissions' },
        { DataLakePrincipalIdentifier: 'arn:aws:iam::222222222222:role/mesh-platform/sales/mesh-sales-grants' },
      ],
    });
  });

  test.each(['sales', 'sales_internal'])('the database %s is made after the settings and gives nothing itself', (name) => {
    const [settings] = Object.keys(template.findResources('AWS::LakeFormation::DataLakeSettings'));
    template.hasResource('AWS::Glue::Database', { DependsOn: [settings], Properties: { DatabaseInput: { Name: name, CreateTableDefaultPermissions: [] } } });
  });

  test('who deploys may be named', () => {
    const deployer = 'arn:aws:iam::222222222222:role/Platform';
    Template.fromStack(foundation('sales', { deployers: [deployer] })).hasResourceProperties('AWS::LakeFormation::DataLakeSettings', {
      Admins: [{ DataLakePrincipalIdentifier: deployer }, Match.anyValue(), Match.anyValue()],
    });
  });

  test('no grant stands in the foundation: the handler makes those of products, the platform the others', () => {
    template.resourceCountIs('AWS::LakeFormation::PrincipalPermissions', 0);
    template.resourceCountIs('AWS::LakeFormation::Permissions', 0);
  });
});

describe('the network', () => {
  test('is not there unless it is asked for', () => {
    template.resourceCountIs('AWS::EC2::VPC', 0);
    template.resourceCountIs('AWS::Glue::Connection', 0);
  });

  test('has endpoints for what jobs call, and no way to the internet', () => {
    const services = Object.values(networked.findResources('AWS::EC2::VPCEndpoint')).map(({ Properties }) => JSON.stringify((Properties as { ServiceName: unknown }).ServiceName)).join(' ');
    for (const service of ['s3', 'dynamodb', 'glue', 'logs', 'monitoring', 'secretsmanager', 'kms', 'sts', 'athena', 'lakeformation', 'events']) expect(services).toMatch(new RegExp(`\\.${service}"`));
    networked.resourceCountIs('AWS::EC2::InternetGateway', 0);
    networked.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  test('lets jobs reach one another, AWS and PostgreSQL, and nobody reach them', () => {
    networked.hasResourceProperties('AWS::EC2::SecurityGroup', {
      GroupDescription: 'Jobs of the domain',
      SecurityGroupEgress: [443, 5432].map((port) => Match.objectLike({ CidrIp: '0.0.0.0/0', FromPort: port, ToPort: port, IpProtocol: 'tcp' })),
      SecurityGroupIngress: Match.absent(),
    });
    for (const rule of Object.values(networked.findResources('AWS::EC2::SecurityGroupIngress'))) expect(rule.Properties).toHaveProperty('SourceSecurityGroupId');
  });

  test('is where Glue puts jobs by the connection of the domain', () => {
    networked.hasResourceProperties('AWS::Glue::Connection', {
      ConnectionInput: { Name: 'mesh-web-shop-network', ConnectionType: 'NETWORK', PhysicalConnectionRequirements: { SubnetId: Match.anyValue(), AvailabilityZone: Match.anyValue(), SecurityGroupIdList: [Match.anyValue()] } },
    });
    networked.hasResourceProperties('AWS::EC2::FlowLog', { LogDestinationType: 's3', TrafficType: 'ALL' });
  });

  test('goes out by NAT gateways when it has some', () => {
    const out = Template.fromStack(foundation('sales', { network: NetworkSource.cidr('10.0.0.0/20', { natGateways: 1 }) }));
    out.resourceCountIs('AWS::EC2::NatGateway', 1);
    out.hasResourceProperties('AWS::EC2::Subnet', { MapPublicIpOnLaunch: false });
  });

  test('may be one that is there, whose endpoints are its own', () => {
    const there = Template.fromStack(foundation('sales', { network: NetworkSource.vpc('vpc-12345') }));
    there.resourceCountIs('AWS::EC2::VPC', 0);
    there.resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    there.resourceCountIs('AWS::Glue::Connection', 1);
  });

  test.each([
    ['10.0.0.0/8', /16 to 24 bits, got 10\.0\.0\.0\/8; write it as 10\.0\.0\.0\/16/],
    ['ten', /16 to 24 bits, got ten/],
  ])('the block %s is refused', (block, message) => {
    expect(() => NetworkSource.cidr(block)).toThrow(message);
  });

  test('a VPC is told by its id', () => {
    expect(() => NetworkSource.vpc('10.0.0.0/16')).toThrow('vpcId must be the id of a VPC, got 10.0.0.0/16; write it as vpc-0a1b2c3d');
  });
});

describe('the handlers', () => {
  const functions = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => (Properties as { FunctionName: string }).FunctionName);

  test.each(['tables', 'permissions', 'catalogue', 'publisher'])('%s is where products look for it, with a role of its own that nothing else has', (handler) => {
    expect(functions).toContain(`mesh-sales-${handler}`);
    template.hasResourceProperties('AWS::IAM::Role', { RoleName: `mesh-sales-${handler}`, Path: '/mesh-platform/sales/' });
  });

  test('the project of the domain is asked of the catalogue, once that is there', () => {
    const [[, project]] = Object.entries(template.findResources('Custom::MeshCatalogueProject'));
    expect(project.Properties).toMatchObject({ ServiceToken: 'arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-catalogue', InterfaceVersion: '1', Domain: 'sales', Environment: '' });
    expect(project.DependsOn).toEqual(expect.arrayContaining([expect.stringContaining('Catalogue')]));
  });

  test('the publisher hears of executions of products that did not end themselves, as they are told', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        'source': ['aws.states'], 'detail-type': ['Step Functions Execution Status Change'],
        'detail': { status: ['ABORTED', 'TIMED_OUT', 'FAILED'], stateMachineArn: [{ wildcard: 'arn:aws:states:eu-west-1:222222222222:stateMachine:mesh-sales-*-v*' }] },
      },
      Targets: [Match.objectLike({ Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('Publisher'), 'Arn'] }, DeadLetterConfig: Match.anyValue(), InputTransformer: Match.absent() })],
    });
  });

  test('other code may be accepted beside the package\'s own, and code be refused: of a domain, and of a mesh, as mesh.yaml says', () => {
    const [own, old] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const told = (stack: Stack): unknown[] => Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
      .map(({ Properties }) => (Properties as { Environment: { Variables: Record<string, string> } }).Environment.Variables)
      .flatMap(({ ACCEPTED_CODE, REFUSED_CODE }) => (ACCEPTED_CODE === undefined ? [] : [[ACCEPTED_CODE.split(',').slice(ownCode().length), REFUSED_CODE === undefined ? undefined : JSON.parse(REFUSED_CODE) as unknown]]));
    expect(told(foundation('sales', { acceptedCode: [own], refusedCode: { [old]: 'it is old' } }))).toEqual([[[own], { [old]: 'it is old' }]]);

    const written = parseMesh(`${MESH.replace('sales: {', `sales: {acceptedCode: ["${own}"], `)}refusedCode: {"${old}": it is old}\n`, 'mesh.yaml');
    if (!written.ok) throw new Error(JSON.stringify(written.problems));
    const made = foundations(new App(), written.mesh);
    expect([told(made.sales), told(made.webShop)]).toEqual([[[[own], { [old]: 'it is old' }]], [[[], { [old]: 'it is old' }]]]);
    expect(told(sales)).toEqual([[[], undefined]]);
  });
});

describe('what products are told', () => {
  test('the ARN of the key and the version of the interface', () => {
    const [key] = Object.keys(template.findResources('AWS::KMS::Key'));
    template.hasResourceProperties('AWS::SSM::Parameter', { Name: '/mesh/sales/key-arn', Value: { 'Fn::GetAtt': [key, 'Arn'] } });
    template.hasResourceProperties('AWS::SSM::Parameter', { Name: '/mesh/sales/interface-version', Value: '1' });
  });

  test('nothing is exported', () => {
    expect(template.findOutputs('*')).toEqual({});
  });
});

describe('names and sizes', () => {
  test('no policy is longer than IAM takes, with the longest domain that its buckets can have', () => {
    const policies = Template.fromStack(foundation('a_domain_with_a_longer_na', { network: NetworkSource.cidr('10.0.0.0/16') }, 'm')).findResources('AWS::IAM::ManagedPolicy');
    const sizes = Object.values(policies).map(({ Properties }) => policySize((Properties as { PolicyDocument: unknown }).PolicyDocument));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LONGEST_POLICY);
    expect(Math.max(...sizes)).toBeGreaterThan(4000);
  });

  test('a domain whose name is too long is refused before anything is made', () => {
    expect(() => foundation('everything_that_was_sold')).toThrow(
      'the name of a bucket must be at most 63 characters, got shoply-222222222222-ap-southeast-1-everything-that-was-sold-logs with 64; shorten the name of the domain everything_that_was_sold or of the mesh shoply');
    expect(() => foundation('the_department_of_everything_that_is_sold')).toThrow(
      'the name of a role must be at most 64 characters, got mesh-the-department-of-everything-that-is-sold-catalogue-publisher with 66; shorten the name of the domain');
  });

  test('no action that is allowed is a wildcard', () => {
    const allowed = [template, networked].flatMap((of) => Object.values(of.findResources('AWS::IAM::ManagedPolicy')))
      .flatMap(({ Properties }) => (Properties as { PolicyDocument: { Statement: { Effect: string; Action?: string | string[] }[] } }).PolicyDocument.Statement)
      .filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action ?? ['NotAction']).flat();
    expect(allowed.length).toBeGreaterThan(200);
    expect(allowed.filter((action) => action.includes('*') || action === 'NotAction')).toEqual([]);
  });

  test('a role has at most the ten policies that IAM attaches', () => {
    const attached = new Map<string, number>();
    for (const { Properties } of Object.values(template.findResources('AWS::IAM::ManagedPolicy'))) {
      for (const role of (Properties as { Roles?: { Ref: string }[] }).Roles ?? []) attached.set(role.Ref, (attached.get(role.Ref) ?? 0) + 1);
    }
    expect(Math.max(...attached.values())).toBeLessThanOrEqual(10);
  });
});

describe('the packs of cdk-nag and our own policy', () => {
  const checked = (change: (stack: DomainFoundationStack) => void = () => undefined): App => {
    const app = new App();
    addPacks(app, new MeshPolicy());
    change(new DomainFoundationStack(app, { mesh, domain: 'sales' }));
    new DomainFoundationStack(app, { mesh, domain: 'web_shop' });
    return app;
  };

  test('find nothing that is not acknowledged, without and with a network', () => {
    expect(() => checked().synth()).not.toThrow();
  });

  test('would find something', () => {
    const app = checked((stack) => {
      new iam.ManagedPolicy(stack, 'Open', { statements: [new iam.PolicyStatement({ actions: ['s3:*'], resources: ['*'] })] });
    });
    expect(() => app.synth()).toThrow(/AwsSolutions-IAM5/);
  });
});

import * as path from 'node:path';
import { App, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Dashboards } from '../../../constructs/consumer/dashboards';
import { ConsumerRoles } from '../../../constructs/consumer/consumer-roles';
import { Warehouse } from '../../../constructs/consumer/warehouse';
import { type ReadTable } from '../../../constructs/grants/read-tables';
import { martOf } from '../../../constructs/marts/mart';
import { Consumption } from '../../../constructs/consumer/consumption';
import { type ConsumerPlace } from '../../../constructs/consumer/naming';
import { type DomainPlace } from '../../../constructs/domain/naming';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { scannedPerQuery } from '../../../lib/plan/mesh/mesh-consumers';
import { loadMesh } from '../../../lib/plan/mesh/mesh';
import { ConsumerStacks } from '../../../lib/stacks/consumer-stacks';
import { ConsumptionStack } from '../../../lib/stacks/consumption-stack';
import { type PlatformStacks } from '../../../lib/stacks/platform-stacks';
import { FIXTURE } from '../../stacks/mesh-app';
import { meshOf, PLATFORM_MESH } from '../../stacks/platform-mesh';
import { removeFolders } from '../../plan/mesh-folder';
import { askedBy } from '../../support/asked-actions';
import { addPacks } from '../../support/findings';

const place: ConsumerPlace = { mesh: 'shop', environment: null, consumer: 'reporting', account: '666666666666', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1' };
const domain = (name: string, account: string, region = 'eu-west-1'): DomainPlace => ({ mesh: 'shop', environment: null, domain: name, account, region, platformAccount: '111111111111', platformRegion: 'eu-west-1' });

/** A stack of what a consumer queries with, held against the mesh's policy and all packs. */
function consumption(purpose = 'consumption'): { app: App; template: Template } {
  const app = new App({ treeMetadata: false });
  const stack = new Stack(app, 'reporting-consumption', { env: { account: place.account, region: place.region } });
  stack.templateOptions.metadata = { 'mesh:stack': purpose };
  new Consumption(stack, 'Consumption', {
    place, roles: ['analyst', 'etl'], readers: ['arn:aws:iam::666666666666:role/mesh/reporting/figures-v1/mesh-reporting-figures-v1-import'], scannedPerQuery: scannedPerQuery({ scannedPerQuery: '20 GB' }),
    domains: [domain('sales', '222222222222'), domain('crm', '333333333333', 'eu-central-1'), domain('reports', '666666666666')],
  });
  for (const tag of ['owner', 'cost-centre']) Tags.of(stack).add(tag, 'reporting');
  addPacks(app, new MeshPolicy());
  return { app, template: Template.fromStack(stack) };
}

describe('what a consumer queries with', () => {
  const { app, template } = consumption();

  test('is a workgroup whose limits and whose place for results nobody talks it out of', () => {
    template.hasResourceProperties('AWS::Athena::WorkGroup', {
      Name: 'mesh-reporting',
      WorkGroupConfiguration: {
        EnforceWorkGroupConfiguration: true, BytesScannedCutoffPerQuery: 20 * 1024 ** 3, PublishCloudWatchMetricsEnabled: true,
        ResultConfiguration: { OutputLocation: 's3://shop-666666666666-eu-west-1-reporting-results/results/', ExpectedBucketOwner: '666666666666', EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } },
      },
    });
  });

  test('keeps results for days, encrypted with a key that its roles alone use, through S3', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'shop-666666666666-eu-west-1-reporting-results',
      LifecycleConfiguration: { Rules: Match.arrayWith([Match.objectLike({ ExpirationInDays: 7, NoncurrentVersionExpiration: { NoncurrentDays: 1 } })]) },
    });
    template.hasResourceProperties('AWS::KMS::Key', { KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({
      Sid: 'Consumer', Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::666666666666:role/mesh-consumer/reporting/*' }, StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } },
    })]) } });
  });

  test('finds the databases of domains by their names, with their region where it is another, and those of its own account as they are', () => {
    const links = Object.values(template.findResources('AWS::Glue::Database')) as { Properties: { DatabaseInput: unknown }; DeletionPolicy?: string }[];
    expect(links.map(({ Properties }) => Properties.DatabaseInput)).toEqual([
      { Name: 'sales', TargetDatabase: { CatalogId: '222222222222', DatabaseName: 'sales' } },
      { Name: 'crm', TargetDatabase: { CatalogId: '333333333333', DatabaseName: 'crm', Region: 'eu-central-1' } },
    ]);
    // A link that stayed would be in the way of the next one.
    expect(links.map(({ DeletionPolicy = 'Delete' }) => DeletionPolicy)).toEqual(['Delete', 'Delete']);
  });

  test('shows the links to its roles, one after the other, and grants nothing else', () => {
    const grants = Object.entries(template.findResources('AWS::LakeFormation::PrincipalPermissions')) as [string, { Properties: { Permissions: string[]; Resource: { Database: { Name: string } }; Principal: { DataLakePrincipalIdentifier: string } }; DependsOn: string[] }][];
    expect(grants.map(([, { Properties }]) => `${Properties.Principal.DataLakePrincipalIdentifier.split('/').at(-1)} ${Properties.Permissions.join()} ${Properties.Resource.Database.Name}`)).toEqual([
      ...['sales', 'crm'].flatMap((database) => ['mesh-reporting-analyst', 'mesh-reporting-etl', 'mesh-reporting-figures-v1-import'].map((role) => `${role} DESCRIBE ${database}`)),
    ]);
    for (const [n, [, { DependsOn }]] of [...grants.entries()].slice(1)) expect(DependsOn).toContain(grants[n - 1][0]);
  });

  test('has no finding of the mesh\'s policy or of a pack that is not acknowledged', () => {
    expect(() => app.synth()).not.toThrow();
  });

  test('shows links in a stack that is for it, and nowhere else', () => {
    expect(() => consumption('another').app.synth()).toThrow('MESH-LAKE-1');
  });
});

test.each([['20 GB', 21_474_836_480], ['500MB', 524_288_000], ['1 TB', 1_099_511_627_776], [undefined, 107_374_182_400]])('a query of at most %s reads %d bytes', (written, bytes) => {
  expect(scannedPerQuery({ scannedPerQuery: written })).toBe(bytes);
});

const TABLES: ReadTable[] = [
  { product: 'dp_sales_orders', major: 1, domain: 'sales', database: 'sales', table: 'orders_v1', filters: ['mesh-orders-v1-analyst-0123456789ab'], mayCopy: true, columns: [{ name: 'order_id', type: 'string' }, { name: 'total_amount', type: 'decimal(12, 2)' }, { name: 'placed_at', type: 'timestamptz' }, { name: 'lines', type: { kind: 'list', element: 'string' } }] },
  { product: 'dp_crm_customers', major: 2, domain: 'crm', database: 'crm', table: 'customers_v2', filters: ['mesh-customers-v2-analyst-0123456789ab'], mayCopy: false, columns: [{ name: 'country', type: 'string' }, { name: 'is_new', type: 'boolean' }, { name: 'visits', type: 'long' }] },
];

/** What two consumers have for the same two products, each in a stack of its own, held against the mesh's policy and all packs. */
function places(): { app: App; template: (of: string) => Template } {
  const app = new App({ treeMetadata: false });
  const stacks = new Map(['reporting', 'fraud'].map((consumer): [string, Stack] => {
    const own: ConsumerPlace = { ...place, consumer };
    const stack = new Stack(app, `${consumer}-consumption`, { env: { account: place.account, region: place.region } });
    stack.templateOptions.metadata = { 'mesh:stack': 'consumption' };
    new ConsumerRoles(stack, 'Roles', { place: own, roles: ['analyst', 'bi', 'warehouse'], analysts: [], subscribes: false, domains: [domain('sales', '222222222222'), domain('crm', '333333333333')] });
    new Warehouse(stack, 'Warehouse', {
      place: own, vpcId: 'vpc-0a1b2c3d', subnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d', 'subnet-2a1b2c3d'], clients: consumer === 'fraud' ? ['10.0.0.0/16'] : [], baseCapacity: 8, monthlyLimit: 40, refreshHours: 6,
      databases: ['crm', 'sales'], domains: [domain('sales', '222222222222'), domain('crm', '333333333333'), domain('reports', place.account)], hasAnalysts: true,
      marts: TABLES.filter(({ mayCopy }) => mayCopy).map((table) => martOf({ ...table, columns: table.columns.map(({ name }) => name) })),
    });
    new Dashboards(stack, 'Dashboards', { place: own, groups: ['default/analysts'], identityRegion: 'us-east-1', tables: TABLES });
    for (const tag of ['owner', 'cost-centre']) Tags.of(stack).add(tag, consumer);
    return [consumer, stack];
  }));
  addPacks(app, new MeshPolicy());
  const templates = new Map([...stacks].map(([consumer, stack]) => [consumer, Template.fromStack(stack)]));
  return { app, template: (of) => templates.get(of)! };
}

describe('a warehouse and dashboards of a consumer', () => {
  const { app, template } = places();
  const reporting = template('reporting');

  test('is private, encrypted with a key of the consumer, logged, and nobody knows the administrator\'s password', () => {
    reporting.hasResourceProperties('AWS::RedshiftServerless::Namespace', {
      NamespaceName: 'mesh-reporting', DbName: 'mesh', ManageAdminPassword: true, AdminUserPassword: Match.absent(), KmsKeyId: Match.anyValue(), AdminPasswordSecretKmsKeyId: Match.anyValue(),
      LogExports: ['connectionlog', 'useractivitylog', 'userlog'], IamRoles: ['arn:aws:iam::666666666666:role/mesh-consumer/reporting/mesh-reporting-warehouse'],
    });
    reporting.hasResourceProperties('AWS::RedshiftServerless::Workgroup', {
      WorkgroupName: 'mesh-reporting', BaseCapacity: 8, PubliclyAccessible: false, EnhancedVpcRouting: true, SubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d', 'subnet-2a1b2c3d'],
      ConfigParameters: Match.arrayWith([{ ParameterKey: 'require_ssl', ParameterValue: 'true' }]),
    });
  });

  test('goes with its stack and leaves no snapshot: what it holds are copies', () => {
    reporting.hasResource('AWS::RedshiftServerless::Namespace', { DeletionPolicy: 'Delete', Properties: { FinalSnapshotName: Match.absent() } });
  });

  test('lets in whom mesh.yaml names, and nobody where it names none', () => {
    reporting.hasResourceProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-0a1b2c3d', SecurityGroupIngress: Match.absent(), SecurityGroupEgress: [Match.objectLike({ FromPort: 443, ToPort: 443 })] });
    template('fraud').hasResourceProperties('AWS::EC2::SecurityGroup', { SecurityGroupIngress: [Match.objectLike({ CidrIp: '10.0.0.0/16', FromPort: 5439, ToPort: 5439 })] });
  });

  test('reads with a role of its own that Redshift alone assumes, for warehouses of this account, and that names no bucket', () => {
    const trust = { StringLike: { 'sts:ExternalId': 'arn:aws:redshift:eu-west-1:666666666666:dbuser:serverless-666666666666-*/*' } };
    reporting.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'mesh-reporting-warehouse', Path: '/mesh-consumer/reporting/',
      AssumeRolePolicyDocument: { Statement: ['redshift.amazonaws.com', 'redshift-serverless.amazonaws.com'].map((Service) => Match.objectLike({ Action: 'sts:AssumeRole', Principal: { Service }, Condition: trust })) },
    });
    const [[, policy]] = Object.entries(reporting.findResources('AWS::IAM::ManagedPolicy', { Properties: { ManagedPolicyName: 'mesh-reporting-warehouse-reads' } })) as [string, { Properties: { PolicyDocument: { Statement: { Sid: string }[] } } }][];
    expect(policy.Properties.PolicyDocument.Statement.map(({ Sid }) => Sid)).toEqual(['Catalogue', 'Data']);
  });

  test('knows analysts by the tag of their role, which says what they may', () => {
    reporting.hasResourceProperties('AWS::IAM::Role', { RoleName: 'mesh-reporting-analyst', Tags: Match.arrayWith([{ Key: 'RedshiftDbRoles', Value: 'mesh_reader' }]) });
    reporting.hasResourceProperties('AWS::IAM::ManagedPolicy', { ManagedPolicyName: 'mesh-reporting-connects', Roles: ['mesh-reporting-analyst'] });
  });

  test('lets other accounts ask what keeps its marts through the alias of their domain alone', () => {
    const aliases = reporting.findResources('AWS::Lambda::Alias') as Record<string, { Properties: { Name: string; FunctionVersion: string } }>;
    const nameOf = (logicalId: string): string => aliases[logicalId]?.Properties.Name ?? logicalId;
    const permissions = Object.values(reporting.findResources('AWS::Lambda::Permission')) as { Properties: { Principal: string; FunctionName: { Ref?: string; 'Fn::GetAtt'?: string[] } } }[];
    expect(Object.values(aliases).map(({ Properties: { Name, FunctionVersion } }) => `${Name} ${FunctionVersion}`)).toEqual(['sales $LATEST', 'crm $LATEST', 'reports $LATEST']);
    expect(permissions.map(({ Properties: { Principal, FunctionName } }) => [Principal, nameOf(FunctionName.Ref ?? FunctionName['Fn::GetAtt']![0]).replace(/[0-9A-F]{8}$/, '')]).sort()).toEqual([
      ['222222222222', 'sales'], ['333333333333', 'crm'], ['events.amazonaws.com', 'WarehouseMartsHandler'],
    ]);
  });

  test('has its marts kept by a handler, refreshed every few hours, after the warehouse is there', () => {
    reporting.hasResourceProperties('AWS::Events::Rule', { Name: 'mesh-reporting-marts-refresh', ScheduleExpression: 'rate(6 hours)' });
    reporting.hasResource('Custom::MeshMarts', { Properties: { Warehouse: 'mesh-reporting', MonthlyLimit: '40' }, DependsOn: Match.arrayWith([Match.stringLikeRegexp('^WarehouseWorkgroup')]) });
  });

  test('lets that handler do what its code asks for, and beside that use its own log, queue and key', () => {
    const [[, policy]] = Object.entries(reporting.findResources('AWS::IAM::ManagedPolicy', { Properties: { ManagedPolicyName: 'mesh-reporting-marts' } })) as [string, { Properties: { PolicyDocument: { Statement: { Action: string | string[] }[] } } }][];
    const beside = ['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 'secretsmanager:GetSecretValue', 'sqs:SendMessage'];
    expect(policy.Properties.PolicyDocument.Statement.flatMap(({ Action }) => Action).sort()).toEqual([...askedBy('constructs/marts/handler/index.ts'), ...beside].sort());
  });

  test('shows tables in QuickSight as a contract gives them, by queries alone, with a role of ours', () => {
    reporting.hasResourceProperties('AWS::QuickSight::DataSource', {
      Type: 'ATHENA', Permissions: Match.absent(),
      DataSourceParameters: { AthenaParameters: { WorkGroup: 'mesh-reporting', RoleArn: 'arn:aws:iam::666666666666:role/mesh-consumer/reporting/mesh-reporting-bi' } },
    });
    reporting.resourceCountIs('AWS::QuickSight::DataSet', 2);
    reporting.hasResourceProperties('AWS::QuickSight::DataSet', {
      DataSetId: 'mesh-reporting-sales-orders_v1', ImportMode: 'DIRECT_QUERY', DataSetUsageConfiguration: { DisableUseAsImportedSource: true },
      PhysicalTableMap: { table: { RelationalTable: { Catalog: 'AwsDataCatalog', Schema: 'sales', Name: 'orders_v1', InputColumns: [
        { Name: 'order_id', Type: 'STRING' }, { Name: 'total_amount', Type: 'DECIMAL', SubType: 'FIXED' }, { Name: 'placed_at', Type: 'DATETIME' },
      ] } } },
    });
  });

  test('shows them to the groups that mesh.yaml names, of this account, and lets nobody make a copy of them', () => {
    const shared = [...Object.values(reporting.findResources('AWS::QuickSight::DataSet')), ...Object.values(reporting.findResources('AWS::QuickSight::Analysis'))] as { Properties: { Permissions: { Principal: string; Actions: string[] }[] } }[];
    for (const { Properties: { Permissions } } of shared) expect(Permissions.map(({ Principal }) => Principal)).toEqual(['arn:aws:quicksight:us-east-1:666666666666:group/default/analysts']);
    const actions = shared.flatMap(({ Properties: { Permissions } }) => Permissions.flatMap(({ Actions }) => Actions));
    for (const never of ['quicksight:UpdateDataSet', 'quicksight:CreateIngestion', 'quicksight:PassDataSource', 'quicksight:UpdateDataSetPermissions']) expect(actions).not.toContain(never);
  });

  test('starts an analysis of each product, with a table of what it shows', () => {
    const analyses = Object.values(reporting.findResources('AWS::QuickSight::Analysis')) as { Properties: { AnalysisId: string; Definition: { Sheets: { SheetId: string }[] } } }[];
    expect(analyses.map(({ Properties: { AnalysisId, Definition } }) => [AnalysisId, Definition.Sheets.map(({ SheetId }) => SheetId)])).toEqual([
      ['mesh-reporting-dp_sales_orders-v1', ['orders_v1']], ['mesh-reporting-dp_crm_customers-v2', ['customers_v2']],
    ]);
  });

  test('has no finding of the mesh\'s policy or of a pack that is not acknowledged', () => {
    expect(() => app.synth()).not.toThrow();
  });
});

describe('a mart that mesh.yaml asks for', () => {
  const loaded = loadMesh(path.join(FIXTURE, 'mesh.yaml'), 'mesh.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const made = (tables: ReadTable[]): ConsumptionStack => new ConsumptionStack(new App(), { mesh: loaded.mesh, consumer: 'reporting', environment: 'prod', granting: new Set(['sales']), importers: [], tables });

  test('is refused where the contract gives no leave for it, with what to write', () => {
    expect(() => made([{ ...TABLES[0], mayCopy: false }])).toThrow('mesh.yaml: consumers.reporting.warehouse.marts asks for a copy of dp_sales_orders, but its contract gives no leave to keep copies of sales.orders_v1; '
      + 'have its owner write {property: mesh.copies, value: true} into the roles that name the consumer, or remove it: without it, the product is queried where it is');
  });

  test('is left out where the product gives nothing here yet, and is made of nothing that it does not name', () => {
    expect(made([]).warehouse).toBeDefined();
    expect(made([TABLES[1]]).warehouse).toBeDefined();
  });
});

describe('consumers of one account', () => {
  afterAll(removeFolders);
  const consuming = (ml: string): string[] => {
    const mesh = meshOf(PLATFORM_MESH.replace('reporting: {', 'reporting: {domains: [sales], ').replace('ml: {account: "555555555555"', ml));
    return new ConsumerStacks(new App({ treeMetadata: false }), mesh, { beforeLinks: () => undefined } as unknown as PlatformStacks).consumption([]).map(({ stackName }) => stackName);
  };

  test('do not read the same domain of another account, whose database is linked once in theirs', () => {
    expect(() => consuming('ml: {domains: [sales], account: "444444444444"')).toThrow('mesh.yaml: the consumers reporting and ml share the account 444444444444, and both read sales, whose database is linked once in an account; '
      + 'give them accounts of their own, or make them one consumer');
  });

  test('may read different domains of other accounts, or what the account has itself', () => {
    const both = ['reporting-consumption', 'ml-consumption', 'dev-reporting-consumption', 'dev-ml-consumption'];
    expect(consuming('ml: {domains: [web_shop], account: "444444444444"')).toEqual(both);
    expect(consuming('ml: {domains: [sales], account: "222222222222"')).toEqual(both);
  });
});

import { App, Stack, Tags } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Consumption } from '../../../constructs/consumer/consumption';
import { type ConsumerPlace } from '../../../constructs/consumer/naming';
import { type DomainPlace } from '../../../constructs/domain/naming';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { scannedPerQuery } from '../../../lib/plan/mesh-consumers';
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
    const links = Object.values(template.findResources('AWS::Glue::Database')) as { Properties: { DatabaseInput: unknown }; DeletionPolicy: string }[];
    expect(links.map(({ Properties }) => Properties.DatabaseInput)).toEqual([
      { Name: 'sales', TargetDatabase: { CatalogId: '222222222222', DatabaseName: 'sales' } },
      { Name: 'crm', TargetDatabase: { CatalogId: '333333333333', DatabaseName: 'crm', Region: 'eu-central-1' } },
    ]);
    expect(links.map(({ DeletionPolicy }) => DeletionPolicy)).toEqual(['Retain', 'Retain']);
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

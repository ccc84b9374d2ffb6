import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { personaStatements } from '../../../constructs/access/personas';
import { QUERIES, queryText } from '../../../constructs/audit/audit-queries';
import { readsAudit } from '../../../constructs/audit/audit-reading';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { auditStacks } from '../../../lib/stacks/audit-stack';
import { platformScopes } from '../../../lib/stacks/platform-scopes';
import { addPacks, findingsOf } from '../../support/findings';
import { listedResources } from '../../support/listed-resources';
import { meshOf } from './mesh-of';

const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1, owner: platform@shoply.com, costCentre: CC-1}
environments: {prod: {production: true}, dev: {}}
domains:
  sales: {account: "222222222222", owner: sales-data@shoply.com, costCentre: CC-1001}
  web_shop: {account: "333333333333", region: eu-central-1, owner: web-shop-data@shoply.com, costCentre: CC-1002}
`;
const PER_ACCOUNT = 'audit: {mode: perAccount}\n';
const ORGANIZATION = 'audit: {mode: organization, organizationId: o-a1b2c3d4e5, lock: compliance, retentionDays: 2555}\n';
const AUDITORS = [
  'arn:aws:iam::111111111111:role/mesh-platform/platform/mesh-platform-auditor', 'arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_mesh-platform-auditor_*',
];

/** Asks once a month how much products were used; the other reads the answer alone. */
const USAGE = 'arn:aws:iam::111111111111:role/mesh-platform/platform/mesh-platform-audit-usage';
const REVIEW = 'arn:aws:iam::111111111111:role/mesh-platform/platform/mesh-platform-review';

interface Statement { Sid?: string; Effect: string; Action: string | string[]; Principal?: unknown; Resource: unknown; Condition?: Record<string, Record<string, unknown>> }

function stacks(app: App, audit: string): Stack[] {
  const mesh = meshOf(MESH + audit);
  return platformScopes(mesh).flatMap((scope) => auditStacks(app, mesh, scope));
}

const app = new App();
addPacks(app, new MeshPolicy());
const made = stacks(app, PER_ACCOUNT);
const findings = findingsOf(app);
const archive = Template.fromStack(made[0]);
const statements = (template: Template, type: string, of: (properties: Record<string, unknown>) => boolean = () => true): Statement[] =>
  (Object.values(template.findResources(type)) as { Properties: Record<string, unknown> }[]).filter(({ Properties }) => of(Properties))
    .flatMap(({ Properties }) => ((Properties.PolicyDocument ?? Properties.KeyPolicy) as { Statement: Statement[] }).Statement);

describe('the audit of a mesh with a trail in each account', () => {
  test('has one archive for the environments that share the platform\'s account, and a trail for each account once', () => {
    expect(made.map(({ stackName, account }) => [stackName, account])).toEqual([
      ['audit', '111111111111'], ['audit-trail-222222222222', '222222222222'], ['audit-trail-333333333333', '333333333333'],
    ]);
    expect(made.slice(1).map(({ dependencies }) => dependencies.map(({ stackName }) => stackName))).toEqual([['audit'], ['audit']]);
    expect(made.every(({ terminationProtection }) => terminationProtection)).toBe(true);
  });

  test('makes each type that the page of resources names, with its reason, and no other', () => {
    const types = made.flatMap((stack) => Object.values((Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string }> }).Resources).map(({ Type }) => Type));
    expect(listedResources('Audit')).toEqual([...new Set(types)].sort());
  });

  test('records everything that is managed, and objects in buckets of the mesh but those of the audit itself, in all regions and with digests', () => {
    for (const stack of made) {
      Template.fromStack(stack).hasResourceProperties('AWS::CloudTrail::Trail', {
        IsMultiRegionTrail: true, EnableLogFileValidation: true, IsLogging: true, IsOrganizationTrail: false, S3BucketName: 'shoply-111111111111-eu-west-1-audit',
        KMSKeyId: 'arn:aws:kms:eu-west-1:111111111111:alias/mesh-platform-audit',
        AdvancedEventSelectors: [
          { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }] },
          {
            FieldSelectors: [
              { Field: 'eventCategory', Equals: ['Data'] }, { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
              { Field: 'resources.ARN', StartsWith: ['arn:aws:s3:::shoply-'], NotStartsWith: ['arn:aws:s3:::shoply-111111111111-eu-west-1-audit/', 'arn:aws:s3:::shoply-111111111111-eu-west-1-audit-logs/'] },
            ],
          },
        ],
      });
    }
  });

  test('lets trails of the mesh deliver, each into the folder of an account', () => {
    const delivered = statements(archive, 'AWS::S3::BucketPolicy').find(({ Sid }) => Sid === 'TrailsDeliver');
    expect(delivered?.Principal).toEqual({ Service: 'cloudtrail.amazonaws.com' });
    expect(JSON.stringify(delivered?.Resource)).toMatch(/AWSLogs\/111111111111\/\*.*AWSLogs\/222222222222\/\*.*AWSLogs\/333333333333\/\*/);
    expect(delivered?.Condition?.StringEquals).toEqual({
      'aws:SourceArn': ['111111111111', '222222222222', '333333333333'].map((account) => `arn:aws:cloudtrail:eu-west-1:${account}:trail/mesh-platform-audit`),
      's3:x-amz-acl': 'bucket-owner-full-control',
    });
  });

  test('locks the archive for as long as it is kept', () => {
    archive.hasResourceProperties('AWS::S3::Bucket', {
      BucketName: 'shoply-111111111111-eu-west-1-audit', ObjectLockEnabled: true,
      ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 400 } } },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });

  test('lets nobody delete of the archive, nor shorten its lock', () => {
    const denied = statements(archive, 'AWS::S3::BucketPolicy').find(({ Sid }) => Sid === 'NobodyDeletes');
    expect([denied?.Effect, denied?.Principal, denied?.Condition]).toEqual(['Deny', { AWS: '*' }, undefined]);
    expect(denied?.Action).toEqual(expect.arrayContaining(['s3:DeleteBucket', 's3:DeleteObject', 's3:DeleteObjectVersion', 's3:BypassGovernanceRetention', 's3:PutObjectRetention']));
    const keeping = statements(archive, 'AWS::KMS::Key').flatMap(({ Action }) => Action);
    expect(keeping).not.toEqual(expect.arrayContaining(['kms:ScheduleKeyDeletion']));
    expect(keeping).not.toEqual(expect.arrayContaining(['kms:DisableKey']));
  });

  test('is read by auditors alone, and by what asks for usage: bucket and key refuse everybody else, and no policy of a bucket lets anybody in but services', () => {
    const reading = statements(archive, 'AWS::S3::BucketPolicy').filter(({ Sid }) => Sid === 'AuditorsAloneRead');
    expect(reading.map(({ Effect, Condition }) => [Effect, Condition])).toEqual([
      ['Deny', { ArnNotLike: { 'aws:PrincipalArn': [...AUDITORS, USAGE] } }], ['Deny', { ArnNotLike: { 'aws:PrincipalArn': [...AUDITORS, USAGE, REVIEW] } }],
    ]);
    expect(statements(archive, 'AWS::S3::BucketPolicy').filter(({ Effect }) => Effect === 'Allow').every(({ Principal }) => Object.keys(Principal as object).join() === 'Service')).toBe(true);
    const using = statements(archive, 'AWS::KMS::Key').filter(({ Action }) => [Action].flat().includes('kms:Decrypt'));
    expect(using.map(({ Condition }) => Condition)).toEqual([{ ArnLike: { 'aws:PrincipalArn': [...AUDITORS, USAGE, REVIEW] }, StringEquals: { 'kms:ViaService': 's3.eu-west-1.amazonaws.com' } }]);
  });

  test('lets an auditor of the platform ask and read, and change nothing; the auditor of a domain has no business there', () => {
    const [{ place }] = platformScopes(meshOf(MESH + PER_ACCOUNT));
    const said = readsAudit(place);
    const actions = said.flatMap((statement) => statement.actions ?? []);
    expect(actions.filter((action) => /:(Put|Create|Update|Delete|Start|Stop)/.test(action))).toEqual(['athena:StartQueryExecution', 'athena:StopQueryExecution', 's3:PutObject']);
    expect(said.find((statement) => statement.actions?.includes('s3:PutObject'))?.resources).toEqual(['arn:aws:s3:::shoply-111111111111-eu-west-1-audit-results/queries/*']);
    const asked = (domain: string, kind: 'platform' | 'domain'): boolean => personaStatements(made[0], { ...place, domain }, 'auditor', [kind]).some(({ sid }) => sid === 'AsksTheTrail');
    expect([asked('platform', 'platform'), asked('sales', 'domain')]).toEqual([true, false]);
  });

  test('asks the archive through a table whose partitions are computed: by account, region and day', () => {
    archive.hasResourceProperties('AWS::Glue::Table', {
      TableInput: {
        Name: 'cloudtrail', PartitionKeys: ['account', 'region', 'day'].map((name) => ({ Name: name, Type: 'string' })),
        Parameters: {
          'projection.account.values': '111111111111,222222222222,333333333333', 'projection.region.values': 'eu-central-1,eu-west-1,us-east-1', 'projection.day.range': 'NOW-400DAYS,NOW',
          'storage.location.template': 's3://shoply-111111111111-eu-west-1-audit/AWSLogs/${account}/CloudTrail/${region}/${day}',
        },
      },
    });
    archive.hasResourceProperties('AWS::Athena::WorkGroup', { WorkGroupConfiguration: { EnforceWorkGroupConfiguration: true, BytesScannedCutoffPerQuery: 200 * 1024 ** 3, ResultConfiguration: { EncryptionConfiguration: { EncryptionOption: 'SSE_KMS' } } } });
  });

  test('has every saved query, each of which asks for days, so that none reads the whole archive', () => {
    archive.resourceCountIs('AWS::Athena::NamedQuery', QUERIES.length);
    for (const { file } of QUERIES) expect([file, /WHERE day >= date_format\(/.test(queryText(file))]).toEqual([file, true]);
  });

  test('is as it was', () => {
    expect(made.slice(0, 2).map((stack) => Template.fromStack(stack).toJSON())).toMatchSnapshot();
  });
});

describe('the audit of an organisation', () => {
  const [only, ...others] = stacks(new App(), ORGANIZATION);
  const template = Template.fromStack(only);

  test('has one trail, that of the organisation, which delivers into its folder as well', () => {
    expect(others).toEqual([]);
    template.hasResourceProperties('AWS::CloudTrail::Trail', { IsOrganizationTrail: true });
    const delivered = statements(template, 'AWS::S3::BucketPolicy').find(({ Sid }) => Sid === 'TrailsDeliver');
    expect(JSON.stringify(delivered?.Resource)).toMatch(/AWSLogs\/111111111111\/\*.*AWSLogs\/o-a1b2c3d4e5\/\*/);
    template.hasResourceProperties('AWS::Glue::Table', { TableInput: { Parameters: { 'storage.location.template': 's3://shoply-111111111111-eu-west-1-audit/AWSLogs/o-a1b2c3d4e5/${account}/CloudTrail/${region}/${day}' } } });
  });

  test('may be locked so that not even the root user deletes, for as long as mesh.yaml says', () => {
    template.hasResourceProperties('AWS::S3::Bucket', { ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 2555 } } } });
  });
});

test('mesh.yaml without the id of its organisation says how to get it', () => {
  expect(() => meshOf(`${MESH}audit: {mode: organization}\n`)).toThrow(/aws organizations describe-organization/);
});

test('no pack of cdk-nag and no rule of the mesh has a finding that is not acknowledged', () => {
  expect(findings).toBe('');
});

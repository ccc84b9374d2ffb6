import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { PermissionsHandler } from '../../../constructs/permissions/permissions-handler';
import { ProductPermissions } from '../../../constructs/permissions/product-permissions';
import { askedBy } from '../../support/asked-actions';
import { addPacks } from '../../support/findings';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const env = { account: place.account, region: place.region };

function foundation(): { app: App; stack: Stack } {
  const app = new App();
  const stack = new Stack(app, 'foundation', { env });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000');
  new PermissionsHandler(stack, 'Permissions', { place, key, runTable: dynamodb.Table.fromTableName(stack, 'Runs', 'mesh-sales-runs') });
  return { app, stack };
}

interface Statement { Sid?: string; Action: string | string[]; Resource: unknown; Condition?: Record<string, unknown> }

function statements(stack: Stack): Statement[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')) as { Properties: { PolicyDocument: { Statement: Statement[] } } }[];
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

describe('the handler of permissions', () => {
  test('may do what its code asks for, and beside that only hand over the lake\'s role and use its own log, queue and key', () => {
    const allowed = statements(foundation().stack).flatMap(({ Action }) => Action).sort();
    const beside = ['glue:GetDatabase', 'iam:PassRole', 'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
    expect(allowed).toEqual([...askedBy('constructs/permissions/handler/index.ts'), ...beside].sort());
  });

  test('hands over the lake\'s role alone, and to Lake Formation alone', () => {
    const [pass] = statements(foundation().stack).filter(({ Action }) => Action === 'iam:PassRole');
    expect(pass).toMatchObject({
      Resource: 'arn:aws:iam::111122223333:role/mesh-platform/sales/mesh-sales-lake', Condition: { StringEquals: { 'iam:PassedToService': 'lakeformation.amazonaws.com' } },
    });
  });

  test('may write no other items of the run table than its own', () => {
    const [holders] = statements(foundation().stack).filter(({ Action }) => [Action].flat().some((action) => action.startsWith('dynamodb:')));
    expect(holders.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['holders#*'] }, Null: { 'dynamodb:LeadingKeys': 'false' } });
  });

  test('has no finding of any pack that is not acknowledged', () => {
    const { app } = foundation();
    addPacks(app);
    expect(() => app.synth()).not.toThrow();
  });
});

describe('a product\'s permissions', () => {
  test('are asked for in two halves, with its tables between them, after its role and its bucket', () => {
    const stack = new Stack(new App(), 'product', { env });
    const tables = new Construct(stack, 'Tables');
    new s3.CfnBucket(tables, 'Resource');
    new ProductPermissions(stack, 'Permissions', {
      parts: { domain: undefined as never, place, plan: undefined as never, planUrl: 's3://assets/plan.json', planDigest: 'abc', lineOf: () => '' },
      curated: new s3.Bucket(stack, 'Curated'), jobRole: new iam.Role(stack, 'Job', { assumedBy: new iam.ServicePrincipal('glue.amazonaws.com') }), tables,
    });
    const template = Template.fromStack(stack);
    const own = { ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:mesh-sales-permissions', InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '', PlanUrl: 's3://assets/plan.json', PlanDigest: 'abc' };
    template.hasResource('Custom::MeshPermissions', { Properties: { ...own, Phase: 'before-tables' }, DependsOn: Match.arrayWith([Match.stringLikeRegexp('Curated'), Match.stringLikeRegexp('Job')]) });
    template.hasResource('Custom::MeshPermissions', { Properties: { ...own, Phase: 'after-tables' }, DependsOn: [Match.stringLikeRegexp('Tables')] });
    template.hasResource('AWS::S3::Bucket', { DependsOn: [Match.stringLikeRegexp('BeforeTables')] });
  });
});

import { App, Stack, Validations } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { ConsumerGrants } from '../../../constructs/grants/consumer-grants';
import { GrantsHandler } from '../../../constructs/grants/grants-handler';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { askedBy } from '../../support/asked-actions';
import { ANALYST, INVESTIGATOR, offer } from './offers';
import { addPacks } from '../../support/findings';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1',
};
const env = { account: place.account, region: place.region };

interface Attached { Properties: { PolicyDocument: { Statement: Statement[] } } }
interface Statement { Sid?: string; Action: string | string[]; Resource: unknown; Condition?: Record<string, unknown> }

describe('the handler of grants', () => {
  const app = new App();
  const stack = new Stack(app, 'foundation', { env });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:222222222222:key/00000000-0000-0000-0000-000000000000');
  new GrantsHandler(stack, 'Grants', { place, key, runTable: dynamodb.Table.fromTableName(stack, 'Runs', 'mesh-sales-runs') });
  addPacks(app);
  const template = Template.fromStack(stack);
  const statements = (Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as Attached[]).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

  test('may do what its code asks for; beside that it shares as Lake Formation does in its name, and uses its own log, queue and key', () => {
    const beside = [
      'glue:DeleteResourcePolicy', 'glue:GetDatabase', 'glue:PutResourcePolicy', 'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents',
      'organizations:DescribeOrganization', 'ram:AssociateResourceShare', 'ram:AssociateResourceSharePermission', 'ram:CreateResourceShare', 'ram:DeleteResourceShare', 'ram:DisassociateResourceShare',
      'ram:GetResourcePolicies', 'ram:GetResourceShareAssociations', 'ram:GetResourceShares', 'ram:ListResources', 'ram:UpdateResourceShare', 'sqs:SendMessage',
    ];
    const asked = askedBy('constructs/grants/handler/index.ts').map((action) => action.replace('eventbridge:', 'events:').replace('lambda:Invoke', 'lambda:InvokeFunction')).filter((action) => !['dynamodb:TransactWriteItems', 'glue:GetTables'].includes(action));
    expect([...new Set(statements.flatMap(({ Action }) => Action))].sort()).toEqual([...asked, ...beside].sort());
  });

  test('shares tables and databases alone, by shares of Lake Formation\'s, and reads bindings as a role of the platform', () => {
    const conditions: unknown = Object.fromEntries(statements.filter(({ Sid }) => Sid?.startsWith('Share')).map(({ Sid, Condition }) => [Sid, Condition]));
    expect(conditions).toEqual({
      Share: { StringEquals: { 'ram:RequestedResourceType': ['glue:Table', 'glue:Database', 'glue:Catalog'] } },
      Shares: { StringLike: { 'ram:ResourceShareName': 'LakeFormation*' } },
      SharePermissions: { ArnLike: { 'ram:PermissionArn': 'arn:aws:ram::aws:permission/AWSRAMLFEnabled*' } },
      SharedCatalogue: undefined,
    });
    expect(statements.find(({ Action }) => Action === 'sts:AssumeRole')?.Resource).toBe('arn:aws:iam::111111111111:role/mesh-platform/sales/mesh-sales-bindings');
  });

  test('is asked by the platform\'s account and its own schedule, and by nobody else beside CloudFormation', () => {
    template.resourceCountIs('AWS::Lambda::Permission', 2);
    template.hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', Principal: 'events.amazonaws.com' });
    template.hasResourceProperties('AWS::Lambda::Permission', { Action: 'lambda:InvokeFunction', Principal: '111111111111' });
  });

  test('asks consumers to end marts of its own domain alone', () => {
    expect(statements.find(({ Sid }) => Sid === 'Copies')?.Resource).toBe('arn:aws:lambda:*:*:function:mesh-*-marts:sales');
  });

  test('has no finding of any pack that is not acknowledged', () => {
    expect(() => app.synth()).not.toThrow();
  });
});

describe('the grants of a product', () => {
  /** A stack that asks for them. */
  function asking(access = offer(), metadata: Record<string, string> = { 'mesh:stack': 'grants' }): { app: App; template: Template } {
    const app = new App();
    const stack = new Stack(app, 'sales-orders-v1-grants', { env });
    stack.templateOptions.metadata = metadata;
    new ConsumerGrants(stack, 'Grants', { place, access });
    Validations.of(app).addPlugins(new MeshPolicy());
    return { app, template: Template.fromStack(stack) };
  }

  test('are asked for with what is offered, named by its content, and say what each consumer sees by the contract alone', () => {
    asking().template.hasResource('Custom::MeshGrants', {
      Properties: {
        ServiceToken: 'arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-grants', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '', Tables: ['orders_v1'],
        AccessUrl: Match.stringLikeRegexp('^s3://cdk-hnb659fds-assets-222222222222-eu-west-1/[0-9a-f]{64}\\.json$'), AccessDigest: Match.stringLikeRegexp('^[0-9a-f]{64}$'),
      },
      Metadata: { 'mesh:grant': [{ role: 'analyst', consumer: 'reporting', clearance: 'internal', columns: { 'orders_v1.order_id': 'internal', 'orders_v1.total_amount': 'public' } }] },
    });
  });

  test('say nothing of what is closed, and nothing above the clearance of who has a role', () => {
    const notes = (access = offer()): unknown => (Object.values(asking(access).template.findResources('Custom::MeshGrants')) as { Metadata: Record<string, unknown> }[])[0].Metadata['mesh:grant'];
    expect(notes(offer({ closed: 'the product is retired' }))).toEqual([]);
    expect(notes(offer({ shapes: [{ ...INVESTIGATOR, consumers: ['reporting'] }] }))).toEqual([expect.objectContaining({ clearance: 'internal', columns: { 'orders_v1.order_id': 'internal', 'orders_v1.total_amount': 'public' } })]);
  });

  test('are refused by the mesh\'s policy in a stack that is not for grants', () => {
    expect(() => asking().app.synth()).not.toThrow();
    expect(() => asking(offer({ shapes: [ANALYST] }), {}).app.synth()).toThrow('MESH-LAKE-1');
  });
});

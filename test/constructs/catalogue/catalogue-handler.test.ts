import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CatalogueHandler } from '../../../constructs/catalogue/catalogue-handler';
import { ProductCatalogue } from '../../../constructs/catalogue/product-catalogue';
import { DATAZONE_ACTIONS, publisherStatements } from '../../../constructs/catalogue/publisher-permissions';
import { askedBy } from '../../support/asked-actions';
import { place } from './world';
import { addPacks } from '../../support/findings';

const env = { account: place.account, region: place.region };

function foundation(): { app: App; stack: Stack } {
  const app = new App();
  const stack = new Stack(app, 'foundation', { env });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000');
  new CatalogueHandler(stack, 'Catalogue', { place, key, runTable: dynamodb.Table.fromTableName(stack, 'Runs', 'mesh-sales-runs') });
  return { app, stack };
}

interface Statement { Sid?: string; Action: string | string[]; Resource: unknown; Condition?: Record<string, unknown> }

function statements(stack: Stack): Statement[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy')) as { Properties: { PolicyDocument: { Statement: Statement[] } } }[];
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** What the code asks a service for. */
function asked(service: string): string[] {
  return askedBy('constructs/catalogue/handler/index.ts').filter((action) => action.startsWith(`${service}:`));
}

describe('the handler of the catalogue', () => {
  test('holds no right to DataZone: it may assume the publisher role of its domain, and no other', () => {
    const all = statements(foundation().stack);
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.startsWith('datazone:'))).toEqual([]);
    expect(all.filter(({ Action }) => Action === 'sts:AssumeRole').map(({ Resource }) => Resource)).toEqual(['arn:aws:iam::444455556666:role/mesh-platform/sales/mesh-sales-catalogue-publisher']);
  });

  test('may do what its code asks for in the domain\'s account, and beside that only use its own log, queue and key', () => {
    const allowed = statements(foundation().stack).flatMap(({ Action }) => Action).sort();
    const wanted = [
      ...asked('sts'), ...asked('s3'),
      // of the run log it only reads; the rest is in its own partitions
      'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem',
    ];
    expect(allowed).toEqual([...wanted, 'kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'].sort());
  });

  test('writes no item of a run: what it remembers, and who asks it, alone', () => {
    const writes = statements(foundation().stack).filter(({ Action }) => [Action].flat().some((action) => /^dynamodb:(Put|Delete|Update)Item$/.test(action)));
    expect(writes.map(({ Condition }) => Condition)).toEqual(['catalogue#dp_sales_*', 'holders#dp_sales_*'].map((keys) => ({
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] }, 'Null': { 'dynamodb:LeadingKeys': 'false' },
    })));
  });

  test('has no finding of any pack that is not acknowledged', () => {
    const { app } = foundation();
    addPacks(app);
    expect(() => app.synth()).not.toThrow();
  });
});

describe('the publisher role of a domain', () => {
  test('needs what the handler asks DataZone for, and nothing else', () => {
    expect([...DATAZONE_ACTIONS].sort()).toEqual(asked('datazone'));
  });

  test('reads the three parameters that say where the catalogue is', () => {
    const read = publisherStatements({ ...place, environment: 'dev' }).find(({ actions }) => actions.includes('ssm:GetParameters'));
    expect(asked('ssm')).toEqual(['ssm:GetParameters']);
    expect(read?.resources).toEqual(['domain-id', 'project-profile-id/sales', 'domain-unit-id/sales'].map((name) => `arn:aws:ssm:eu-west-1:444455556666:parameter/mesh/dev/catalogue/${name}`));
  });
});

describe('a product\'s place in the catalogue', () => {
  test('is asked for once its tables are there', () => {
    const stack = new Stack(new App(), 'product', { env });
    const tables = new Construct(stack, 'Tables');
    new kms.CfnAlias(tables, 'Resource', { aliasName: 'alias/x', targetKeyId: 'x' });
    const { listing } = new ProductCatalogue(stack, 'Catalogue', { parts: { domain: undefined as never, place, plan: undefined as never, planUrl: 's3://assets/plan.json', planDigest: 'abc', lineOf: () => '' }, tables });
    Template.fromStack(stack).hasResource('Custom::MeshCatalogue', {
      Properties: {
        ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:mesh-sales-catalogue', InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '', PlanUrl: 's3://assets/plan.json', PlanDigest: 'abc',
      },
      DependsOn: [Match.stringLikeRegexp('Tables')],
    });
    expect(stack.resolve(listing)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Catalogue/) as string, 'Listing'] });
  });
});

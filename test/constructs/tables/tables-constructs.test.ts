import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { ProductTables } from '../../../constructs/tables/product-tables';
import { TablesHandler } from '../../../constructs/tables/tables-handler';
import { type Plan } from '../../../lib/plan/plan-schema';
import { askedBy } from '../../support/asked-actions';
import { addPacks } from '../../support/findings';

const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const env = { account: place.account, region: place.region };

interface Statement { Sid?: string; Action: string | string[]; Resource: string | string[]; Condition?: Record<string, unknown> }

function foundation(): Stack {
  const stack = new Stack(new App(), 'foundation', { env });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000');
  new TablesHandler(stack, 'Tables', { place, key, runTable: dynamodb.Table.fromTableName(stack, 'Runs', 'mesh-sales-runs') });
  return stack;
}

function statements(): Statement[] {
  const policies = Object.values(Template.fromStack(foundation()).findResources('AWS::IAM::ManagedPolicy')) as { Properties: { PolicyDocument: { Statement: Statement[] } } }[];
  return policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
}

/** What a transaction asks for: of its parts, those that code of this handler can make. */
const IN_TRANSACTIONS = ['dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
/** Of the run log, what only the publisher comes to. */
const OF_THE_PUBLISHER = ['dynamodb:DeleteItem'];

describe('the handler of tables', () => {
  test('may do what its code asks for, and beside that only use its own log, queue and key', () => {
    const allowed = new Set(statements().flatMap(({ Action }) => Action));
    const beside = ['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
    const code = new Set(askedBy('constructs/tables/handler/index.ts'));
    expect(code.delete('dynamodb:TransactWriteItems')).toBe(true);
    const wanted = new Set([...code, ...IN_TRANSACTIONS, ...beside]);
    for (const action of OF_THE_PUBLISHER) expect(wanted.delete(action)).toBe(true);
    expect([...allowed].sort()).toEqual([...wanted].sort());
  });

  test('reads and writes metadata of tables, and no row', () => {
    const objects = statements().filter(({ Action }) => [Action].flat().some((action) => action.startsWith('s3:')));
    expect(objects.map(({ Sid, Action, Resource }) => [Sid, Action, Resource])).toEqual([
      ['Metadata', ['s3:GetObject', 's3:PutObject'], 'arn:aws:s3:::shop-111122223333-eu-west-1-sales-*-v*-curated/tables/*/metadata/*.metadata.json'],
      ['Plans', 's3:GetObject', expect.stringMatching(/^arn:aws:s3:::cdk-\w+-assets-111122223333-eu-west-1\/\*\.json$/)],
    ]);
  });

  test('is kept to the two databases of its domain, and to the runs of its products', () => {
    const [catalogue] = statements().filter(({ Sid }) => Sid === 'Catalogue');
    expect(catalogue.Resource).toEqual([
      'arn:aws:glue:eu-west-1:111122223333:catalog', 'arn:aws:glue:eu-west-1:111122223333:database/sales', 'arn:aws:glue:eu-west-1:111122223333:database/sales_internal',
      'arn:aws:glue:eu-west-1:111122223333:table/sales/*', 'arn:aws:glue:eu-west-1:111122223333:table/sales_internal/*',
    ]);
    const [runs] = statements().filter(({ Sid }) => Sid === 'Runs');
    expect(runs.Condition).toEqual({ 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['dp_sales_*', 'holders#*'] }, Null: { 'dynamodb:LeadingKeys': 'false' } });
  });

  test('has no finding of any pack that is not acknowledged', () => {
    const synth = (stack: Stack): void => {
      const app = stack.node.root as App;
      addPacks(app);
      app.synth();
    };
    expect(() => synth(foundation())).not.toThrow();
    const canary = foundation();
    new s3.Bucket(canary, 'Open');
    expect(() => synth(canary)).toThrow();
  });
});

describe('a product\'s tables', () => {
  const template = (deleteData: boolean): Template => {
    const stack = new Stack(new App(), 'product', { env });
    const plan = { product: { id: 'dp_sales_orders' } } as Plan;
    new ProductTables(stack, 'Tables', {
      parts: { domain: undefined as never, place, plan, planUrl: 's3://assets/plan.json', planDigest: 'abc', lineOf: () => '' }, curated: new s3.Bucket(stack, 'Curated'), deleteData,
    });
    return Template.fromStack(stack);
  };

  test('are asked for by name, with the plan and its digest, after their bucket', () => {
    template(false).hasResource('Custom::MeshTables', {
      Properties: {
        ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:mesh-sales-tables', InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '',
        PlanUrl: 's3://assets/plan.json', PlanDigest: 'abc', DeleteTables: 'false', ConfirmDeleteTables: '',
      },
      DependsOn: Match.arrayWith([Match.stringLikeRegexp('^Curated')]),
    });
  });

  test('go with the stack only when both flags say so', () => {
    template(true).hasResourceProperties('Custom::MeshTables', { DeleteTables: 'true', ConfirmDeleteTables: 'dp_sales_orders' });
  });
});

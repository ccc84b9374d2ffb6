import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import validate = require('asl-validator');
import { DataDomain } from '../../../constructs/domain/data-domain';
import { arnIn, productNames, type ProductPlace } from '../../../constructs/domain/naming';
import { productBoundary } from '../../../constructs/domain/product-boundary';
import { type Definition, type State } from '../../../constructs/orchestration/asl';
import { importsOf } from '../../../constructs/orchestration/import-states';
import { ProductWorkflow } from '../../../constructs/orchestration/product-workflow';
import { DataContract } from '../../../lib/plan/data-contract';
import { type Plan } from '../../../lib/plan/plan-schema';
import { addPacks } from '../../support/findings';
import { allowed, type Ask, type Principal } from '../../support/iam/evaluate';

const root = path.resolve(__dirname, '../../..');
const ENV = { account: '222222222222', region: 'eu-west-1' };

const PLANS = new Map<string, Plan>();

/** Of an example: marketing's campaign ROIs import the orders of sales. */
function planOf(domain: string, entity: string): Plan {
  const file = path.join(root, `contracts/${domain}/${entity}.contract.yaml`);
  const plan = PLANS.get(file) ?? DataContract.fromFile(file)._plan;
  PLANS.set(file, plan);
  return plan;
}

interface Made { readonly stack: Stack; readonly place: ProductPlace; readonly template: Template; readonly definition: Definition }

/** What the state machine asks DynamoDB for. */
interface Update {
  readonly TableName: string;
  readonly Key: Readonly<Record<'pk' | 'sk', { readonly S: string }>>;
  readonly UpdateExpression: string;
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ReturnValues?: string;
}

function made(plan: Plan, app = new App()): Made {
  const { domain: name, entity, major } = plan.product;
  const place: ProductPlace = { mesh: 'shoply', environment: null, domain: name, entity, major, ...ENV, platformAccount: '111111111111', platformRegion: ENV.region };
  const stack = new Stack(app, 'product', { env: ENV });
  const domain = DataDomain.fromDataDomainAttributes(stack, 'Domain', { domainName: name, meshName: 'shoply', ...ENV, platformAccount: '111111111111' });
  const workflow = new ProductWorkflow(stack, 'Workflow', {
    parts: { domain, place, plan, planUrl: 's3://assets/plan.json', planDigest: 'abc', lineOf: () => '' }, timeoutSeconds: { etl: 3600, quality: 1800 },
  });
  const template = Template.fromStack(stack);
  const [machine] = Object.values(template.findResources('AWS::StepFunctions::StateMachine')) as { Properties: { DefinitionString: string } }[];
  expect(workflow.stateMachine).toBeDefined();
  return { stack, place, template, definition: JSON.parse(machine.Properties.DefinitionString) as Definition };
}

interface Statement { Sid: string; Action: string | string[]; Resource: unknown; Condition?: unknown }

function statements({ template }: Pick<Made, 'template'>, role: string): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as { Properties: { ManagedPolicyName: string; PolicyDocument: { Statement: Statement[] } } }[];
  const found = policies.find(({ Properties }) => Properties.ManagedPolicyName.endsWith(role));
  if (found === undefined) throw new Error(`no policy of ${role}`);
  return found.Properties.PolicyDocument.Statement;
}

const actions = (of: Statement[]): string[] => of.flatMap(({ Action }) => Action).sort();

/** Every task, those of rounds of a Map included. */
function tasks({ States }: Definition): Extract<State, { Type: 'Task' }>[] {
  return Object.values(States).flatMap((state) => (state.Type === 'Map' ? tasks(state.ItemProcessor) : state.Type === 'Task' ? [state] : []));
}

const orders = (): Plan => planOf('sales', 'orders');
const campaigns = (): Plan => planOf('marketing', 'campaign_rois');

describe('the state machine', () => {
  test.each([['of a product that imports nothing', orders], ['of a product that imports another', campaigns]])('%s is valid Amazon States Language', (_, plan) => {
    // The validator takes no empty text for a value, which Step Functions does.
    const found = validate(JSON.parse(JSON.stringify(made(plan()).definition).replaceAll(':""', ':"-"')));
    expect([found.isValid, found.isValid ? '' : found.errorsText('\n')]).toEqual([true, '']);
  });

  test('waits for each job a quarter of an hour longer than the job may take, and leaves retries to itself', () => {
    const jobs = tasks(made(orders()).definition).filter(({ Resource }) => Resource.endsWith('startJobRun.sync'));
    expect(jobs.map(({ Arguments, TimeoutSeconds }) => [Arguments.JobName, TimeoutSeconds])).toEqual([['mesh-sales-orders-v1-etl', 3600 + 900], ['mesh-sales-orders-v1-quality', 1800 + 900]]);
    const retried = jobs.flatMap(({ Retry = [] }) => Retry.flatMap(({ ErrorEquals }) => ErrorEquals));
    expect(retried.filter((error) => error.startsWith('States.'))).toEqual([]);
  });

  test('logs every state and no data, encrypted', () => {
    const { template } = made(orders());
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      StateMachineName: 'mesh-sales-orders-v1', StateMachineType: 'STANDARD', LoggingConfiguration: { IncludeExecutionData: false, Level: 'ALL' },
    });
    const [group] = Object.values(template.findResources('AWS::Logs::LogGroup')) as { Properties: Record<string, unknown> }[];
    expect(group.Properties).toMatchObject({ LogGroupName: '/aws/vendedlogs/states/mesh-sales-orders-v1', RetentionInDays: 90 });
    expect(group.Properties.KmsKeyId).toBeDefined();
  });

  test('has a role that starts its own jobs, moves its own lock, and asks the publisher', () => {
    const of = statements(made(orders()), '-states');
    expect(actions(of.filter(({ Sid }) => Sid !== 'Log'))).toEqual([
      'dynamodb:UpdateItem', 'glue:BatchStopJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:StartJobRun', 'kms:Decrypt', 'kms:GenerateDataKey', 'lambda:InvokeFunction', 'sns:Publish',
    ]);
    expect(of.find(({ Sid }) => Sid === 'Lock')).toMatchObject({
      Resource: 'arn:aws:dynamodb:eu-west-1:222222222222:table/mesh-sales-runs',
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': 'dp_sales_orders#v1' }, 'Null': { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' } },
    });
    expect(of.find(({ Sid }) => Sid === 'Jobs')?.Resource).toEqual(['etl', 'quality'].map((job) => `arn:aws:glue:eu-west-1:222222222222:job/mesh-sales-orders-v1-${job}`));
  });

  test.each([['orders', orders, 2], ['campaign_rois', campaigns, 3]])('moves the lock of %s as its role and the boundary of products let it, and nothing else', (_, plan, moves) => {
    const here = made(plan());
    const { place } = here;
    const foundation = new Stack(new App(), 'foundation', { env: ENV });
    productBoundary(foundation, 'Boundary', { place, keyArn: 'arn:aws:kms:eu-west-1:222222222222:key/k', qualifier: 'hnb659fds', network: false });
    const role: Principal = {
      arn: productNames.roleArn(place, 'states'),
      identity: [{ Statement: statements(here, '-states') as never }], boundary: { Statement: statements({ template: Template.fromStack(foundation) }, '-product-boundary') as never },
    };
    const updates = tasks(here.definition).filter(({ Resource }) => Resource.endsWith('dynamodb:updateItem')).map(({ Arguments }) => Arguments as unknown as Update);
    expect(updates).toHaveLength(moves);
    for (const { TableName, Key, ReturnValues = 'NONE', ...said } of updates) {
      // Every attribute goes by a placeholder, so these are all of them.
      const words = [said.UpdateExpression, said.ConditionExpression].join(' ').match(/[#:]?\w+/g)!;
      expect(words.filter((word) => !/^[#:]|^(SET|REMOVE|ADD|AND|OR|attribute_not_exists)$/.test(word))).toEqual([]);
      const attributes = [...Object.keys(Key), ...Object.values(said.ExpressionAttributeNames)];
      const asks = (more: readonly string[] = []): Ask => ({
        action: 'dynamodb:UpdateItem', resource: arnIn(place, 'dynamodb', `table/${TableName}`),
        context: { 'dynamodb:LeadingKeys': [Key.pk.S], 'dynamodb:Attributes': [...attributes, ...more], 'dynamodb:ReturnValues': ReturnValues },
      });
      expect([allowed(role, asks()), allowed(role, asks(['certificate']))]).toEqual([true, false]);
    }
  });

  test('sees no data with its own role, nor with any other but that of imports', () => {
    const here = made(campaigns());
    expect(actions(statements(here, '-states')).filter((action) => /^(s3|athena|lakeformation):|glue:(?!StartJobRun|GetJobRuns?$|BatchStopJobRun)/.test(action))).toEqual([]);
    expect(statements(here, '-states').find(({ Sid }) => Sid === 'Imports')).toMatchObject({ Action: 'sts:AssumeRole', Resource: 'arn:aws:iam::222222222222:role/mesh/marketing/campaign_rois-v1/mesh-marketing-campaign-rois-v1-import' });
    const roles = new Set(tasks(here.definition).flatMap(({ Credentials }) => (Credentials === undefined ? [] : [Credentials.RoleArn])));
    expect([...roles]).toEqual(['arn:aws:iam::222222222222:role/mesh/marketing/campaign_rois-v1/mesh-marketing-campaign-rois-v1-import']);
  });

  test('asks with each role for what that role may do', () => {
    const here = made(campaigns());
    const needs = (role: boolean): string[] => [...new Set(tasks(here.definition).filter(({ Credentials }) => (Credentials !== undefined) === role).map(({ Resource }) => Resource))].sort();
    expect(needs(false)).toEqual(['arn:aws:states:::dynamodb:updateItem', 'arn:aws:states:::glue:startJobRun.sync', 'arn:aws:states:::lambda:invoke', 'arn:aws:states:::sns:publish']);
    expect(needs(true)).toEqual(['athena:getQueryExecution', 'athena:startQueryExecution', 'glue:getTable', 's3:putObject'].map((call) => `arn:aws:states:::aws-sdk:${call}`));
    for (const action of ['athena:GetQueryExecution', 'athena:StartQueryExecution', 'glue:GetTable', 's3:PutObject']) expect(actions(statements(here, '-import'))).toContain(action);
  });

  test('may be used by Step Functions for itself alone, behind the boundary of products', () => {
    const { template } = made(orders());
    template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'mesh-sales-orders-v1-states', Path: '/mesh/sales/orders-v1/', PermissionsBoundary: 'arn:aws:iam::222222222222:policy/mesh-platform/sales/mesh-sales-product-boundary',
      AssumeRolePolicyDocument: { Statement: [{
        Principal: { Service: 'states.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '222222222222' }, ArnLike: { 'aws:SourceArn': 'arn:aws:states:eu-west-1:222222222222:stateMachine:mesh-sales-orders-v1' } },
      }] },
    });
  });
});

describe('imports', () => {
  test('list the columns that the other contract promises, moments as text', () => {
    const [{ source, database, table, columns }] = importsOf(campaigns());
    expect([source, database, table]).toEqual(['orders', 'sales', 'orders_v1']);
    expect(columns.length).toBeGreaterThan(3);
    const moments = planOf('sales', 'orders').tables.find(({ published }) => published)!.columns!.filter(({ type }) => type === 'timestamptz').map(({ name }) => name);
    expect(columns.filter(({ select }) => select.startsWith('to_iso8601(')).map(({ name }) => name)).toEqual(moments);
  });

  test('are made by a role that only the state machine assumes, and that Athena unloads for into the raw bucket', () => {
    const here = made(campaigns());
    here.template.hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'mesh-marketing-campaign-rois-v1-import',
      AssumeRolePolicyDocument: { Statement: [{ Condition: { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/mesh/marketing/campaign_rois-v1/mesh-marketing-campaign-rois-v1-states' } } }] },
    });
    expect(statements(here, '-import').find(({ Sid }) => Sid === 'Unload')?.Resource).toBe('arn:aws:s3:::shoply-222222222222-eu-west-1-marketing-campaign-rois-v1-raw/imports/*');
    here.template.resourceCountIs('AWS::Athena::WorkGroup', 1);
    made(orders()).template.resourceCountIs('AWS::Athena::WorkGroup', 0);
  });
});

describe('schedules', () => {
  const scheduled = (status: Plan['product']['status']): unknown[] => {
    const plan: Plan = { ...orders(), product: { ...orders().product, status }, schedule: { full: 'cron(0 5 * * ? *)', delta: 'rate(1 hour)', timezone: 'Europe/Zurich' } };
    return Object.values(made(plan).template.findResources('AWS::Scheduler::Schedule')).map(({ Properties }: { Properties?: unknown }) => Properties);
  };

  test('start each mode at its time, in the product\'s time zone, and say which', () => {
    expect(scheduled('active')).toMatchObject([
      { Name: 'mesh-sales-orders-v1-full', GroupName: 'mesh-sales', ScheduleExpression: 'cron(0 5 * * ? *)', ScheduleExpressionTimezone: 'Europe/Zurich', FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } },
      { Name: 'mesh-sales-orders-v1-delta', ScheduleExpression: 'rate(1 hour)', Target: { Input: '{"mode":"delta","scheduledTime":"<aws.scheduler.scheduled-time>"}', RoleArn: 'arn:aws:iam::222222222222:role/mesh-platform/sales/mesh-sales-scheduler' } },
    ]);
  });

  test.each(['proposed', 'retired'] as const)('are not there when the product is %s', (status) => {
    expect(scheduled(status)).toEqual([]);
  });

  test.each(['draft', 'deprecated'] as const)('are there when the product is %s', (status) => {
    expect(scheduled(status)).toHaveLength(2);
  });

  test('leave what they could not start in a queue that is encrypted', () => {
    made(orders()).template.hasResourceProperties('AWS::SQS::Queue', { QueueName: 'mesh-sales-orders-v1-schedules' });
  });
});

test.each([['orders', orders], ['campaign_rois', campaigns]])('the workflow of %s has no finding of any pack that is not acknowledged', (_, plan) => {
  expect(() => made(plan(), addPacks(new App()))).not.toThrow();
});

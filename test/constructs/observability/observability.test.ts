import * as path from 'node:path';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type CfnDashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { EventBus } from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { RunNotices } from '../../../constructs/domain/run-notices';
import { MeshTopics } from '../../../constructs/governance/mesh-topics';
import { platformOf } from '../../../constructs/governance/platform-names';
import { PlatformNotices } from '../../../constructs/governance/platform-notices';
import { tellDrift } from '../../../constructs/grants/handler/tell-drift';
import { MeshDashboard, type WatchedProduct } from '../../../constructs/observability/mesh-dashboard';
import { MeshPolicy } from '../../../constructs/policy/mesh-policy';
import { DataContract } from '../../../lib/plan/data-contract';
import { loadMesh } from '../../../lib/plan/mesh/mesh';
import { participants } from '../../../lib/plan/mesh/mesh-accounts';
import { promisedBy } from '../../../lib/plan/sla-review/review';
import { observabilityStacks } from '../../../lib/stacks/observability-stack';
import { placeIn } from '../../../lib/stacks/participant-place';
import { platformScopes } from '../../../lib/stacks/platform-scopes';
import { folderWith, SMALLEST } from '../../plan/mesh-folder';
import { askedBy } from '../../support/asked-actions';
import { type BusEvent, hears } from '../../support/event-pattern';
import { addPacks, findingsOf } from '../../support/findings';
import { strictMock } from '../../support/strict-mock';

const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1, owner: platform@shoply.com, costCentre: CC-1}
environments: {prod: {production: true}, dev: {}}
audit: {mode: perAccount}
domains:
  sales: {account: "222222222222", owner: sales-data@shoply.com, costCentre: CC-1001}
  web_shop: {account: {prod: "333333333333", dev: "111111111111"}, region: eu-central-1, owner: Web shop, costCentre: CC-1002}
`;
const CONTRACT = `${SMALLEST.replace('status: draft', 'status: active')}support: [{channel: "#orders", url: https://chat.shoply.com/orders}]\n`;
const of = (domain: string, entity: string): string => CONTRACT.replace('dp_sales_orders', `dp_${domain}_${entity}`).replace('domain: sales', `domain: ${domain}`).replace('name: orders\n', `name: ${entity}\n`);

const FILES = { 'contracts/sales/orders.contract.yaml': of('sales', 'orders'), 'contracts/sales/payments.contract.yaml': of('sales', 'payments'), 'contracts/web_shop/visits.contract.yaml': of('web_shop', 'visits'), 'contracts/web_shop/carts.contract.yaml': of('web_shop', 'carts') };
const root = folderWith({ 'mesh.yaml': MESH, ...FILES });
const loaded = loadMesh(path.join(root, 'mesh.yaml'), 'mesh.yaml');
if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
const { mesh } = loaded;
const products = ['prod', 'dev'].flatMap((environment) => Object.keys(FILES).map((file) => ({ contract: DataContract.fromFile(path.join(root, file), { environment }), environment })));

const app = new App();
addPacks(app, new MeshPolicy());
const stacks = platformScopes(mesh).flatMap((scope) => observabilityStacks(app, { mesh, scope, products }));
const findings = findingsOf(app);
const templateOf = (name: string): Template => Template.fromStack(stacks.find(({ stackName }) => stackName === name)!);
const main = templateOf('observability');

interface Statement { Sid?: string; Action: string | string[]; Resource: unknown }
const statements = (template: Template, name: RegExp): Statement[] => (Object.values(template.findResources('AWS::IAM::ManagedPolicy')) as { Properties: { ManagedPolicyName: string; PolicyDocument: { Statement: Statement[] } } }[])
  .filter(({ Properties }) => name.test(Properties.ManagedPolicyName)).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);

describe('what watches over a mesh', () => {
  test('has a sink in each region with accounts that show something, and one link for an account, however many environments share it', () => {
    expect(stacks.map(({ stackName, account, region }) => [stackName, account, region])).toEqual([
      ['observability-sink-eu-central-1', '111111111111', 'eu-central-1'], ['observability-link-333333333333-eu-central-1', '333333333333', 'eu-central-1'],
      ['observability-sink-eu-west-1', '111111111111', 'eu-west-1'], ['observability-link-222222222222-eu-west-1', '222222222222', 'eu-west-1'],
      ['observability', '111111111111', 'eu-west-1'],
    ]);
    const dependencies = (stack: Stack): string[] => stack.dependencies.map(({ stackName }) => stackName);
    expect([dependencies(stacks[1]), dependencies(stacks[3])]).toEqual([['observability-sink-eu-central-1'], ['observability-sink-eu-west-1']]);
  });

  test('lets accounts of the mesh link, each by its number, and show metrics alone', () => {
    templateOf('observability-sink-eu-west-1').hasResourceProperties('AWS::Oam::Sink', {
      Policy: {
        Statement: [{
          Effect: 'Allow', Principal: { AWS: ['222222222222'] }, Action: ['oam:CreateLink', 'oam:UpdateLink'],
          Condition: { 'ForAllValues:StringEquals': { 'oam:ResourceTypes': ['AWS::CloudWatch::Metric'] } },
        }],
      },
    });
  });

  test('shows figures of products and of state machines, no log and nothing else of an account', () => {
    const link = templateOf('observability-link-333333333333-eu-central-1');
    link.hasResourceProperties('AWS::Oam::Link', {
      ResourceTypes: ['AWS::CloudWatch::Metric'], LinkConfiguration: { MetricConfiguration: { Filter: "Namespace = 'Mesh' OR Namespace = 'AWS/States'" } },
    });
    expect(Object.values(link.findParameters('*')).map(({ Default }) => Default as string)).toContain('arn:aws:ssm:eu-central-1:111111111111:parameter/mesh/platform/observability/sink-arn');
  });

  test('tells the owners of each domain of its failed runs, drifted stacks and grants by hand, from its account alone', () => {
    const rules = (Object.values(main.findResources('AWS::Events::Rule')) as { Properties: { Name: string; EventBusName: string; EventPattern: { account: string[] } } }[]).map(({ Properties }) => [Properties.Name, Properties.EventBusName, Properties.EventPattern.account]);
    expect(rules).toEqual(expect.arrayContaining([
      ['mesh-sales-owners-failed-runs', 'mesh', ['222222222222']], ['mesh-web-shop-owners-failed-runs', 'mesh', ['333333333333']],
      ['mesh-dev-web-shop-owners-failed-runs', 'mesh-dev', ['111111111111']], ['mesh-sales-owners-drift', 'mesh', ['222222222222']], ['mesh-sales-owners-grants-by-hand', 'mesh', ['222222222222']],
    ]));
    expect(rules.length).toBe(12);
    const subscribed = (Object.values(main.findResources('AWS::SNS::Subscription')) as { Properties: { Endpoint: string } }[]).map(({ Properties }) => Properties.Endpoint);
    expect(subscribed).toEqual(['sales-data@shoply.com', 'sales-data@shoply.com']);
  });

  describe('hears what is sent', () => {
    type Rule = { Properties: { Name: string; EventBusName?: string; EventPattern: Record<string, unknown> } };
    const rulesIn = (template: Template): Rule['Properties'][] => (Object.values(template.findResources('AWS::Events::Rule')) as Rule[]).map(({ Properties }) => Properties);
    const told = (event: BusEvent): string[] => rulesIn(main).filter(({ EventBusName, EventPattern }) => EventBusName === 'mesh' && hears(EventPattern, event)).map(({ Name }) => Name);
    const place = placeIn(mesh, 'prod', participants(mesh, 'prod').find(({ name }) => name === 'sales')!);
    const foundation = new Stack(new App(), 'foundation', { env: { account: place.account, region: place.region } });
    new RunNotices(foundation, 'Notices', { place });
    const governance = new Stack(new App(), 'governance', { env: { account: '111111111111', region: 'eu-west-1' } });
    const key = kms.Key.fromKeyArn(governance, 'Key', 'arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000');
    new PlatformNotices(governance, 'Notices', { place: platformOf(place), bus: EventBus.fromEventBusName(governance, 'Bus', 'mesh'), topics: new MeshTopics(governance, 'Topics', { place: platformOf(place), key }) });
    const toldByGovernance = (event: BusEvent): string[] => rulesIn(Template.fromStack(governance)).filter(({ EventPattern }) => hears(EventPattern, event)).map(({ Name }) => Name);
    const forwarded = (event: BusEvent): boolean => rulesIn(Template.fromStack(foundation)).some(({ EventPattern }) => hears(EventPattern, event));

    // As https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html has them.
    const run = (stateMachine: string, status: string, account = place.account): BusEvent => ({
      'version': '0', 'source': 'aws.states', 'detail-type': 'Step Functions Execution Status Change', account, 'region': place.region,
      'detail': { executionArn: `arn:aws:states:eu-west-1:${account}:execution:${stateMachine}:delta-1`, stateMachineArn: `arn:aws:states:eu-west-1:${account}:stateMachine:${stateMachine}`, name: 'delta-1', status, cause: null, error: null },
    });

    test.each<[what: string, event: BusEvent, heard: boolean]>([
      ['a run that failed', run('mesh-sales-orders-v1', 'FAILED'), true], ['one that was aborted', run('mesh-sales-orders-v1', 'ABORTED'), true], ['one that timed out', run('mesh-sales-orders-v1', 'TIMED_OUT'), true],
      ['a run that succeeded', run('mesh-sales-orders-v1', 'SUCCEEDED'), false], ['a state machine of somebody else', run('billing', 'FAILED'), false],
    ])('%s: %#', (_what, event, heard) => {
      expect([forwarded(event), forwarded(event) ? told(event) : []]).toEqual([heard, heard ? ['mesh-sales-owners-failed-runs'] : []]);
    });

    test('a handler that failed whenever it was tried comes to the bus, and from there to the platform team', () => {
      const alarm = (alarmName: string, value: string): BusEvent => ({
        'version': '0', 'source': 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change', 'account': place.account, 'region': place.region,
        'detail': { alarmName, state: { value, reason: 'Threshold Crossed', timestamp: '2026-11-28T12:00:00.000+0000' }, previousState: { value: 'OK' } },
      });
      for (const handler of ['tables', 'permissions', 'catalogue', 'publisher', 'grants', 'policy']) expect([handler, forwarded(alarm(`mesh-sales-${handler}-failed`, 'ALARM'))]).toEqual([handler, true]);
      expect(forwarded(alarm('mesh-sales-tables-failed', 'OK'))).toBe(false);
      // A product's own alarm tells its owner by itself.
      expect(forwarded(alarm('mesh-sales-orders-v1-failed', 'ALARM'))).toBe(false);
      expect(toldByGovernance(alarm('mesh-sales-tables-failed', 'ALARM'))).toEqual(['mesh-platform-failed-calls']);
    });

    test('a run of a name like that in another account comes to nobody of the domain', () => {
      expect(told(run('mesh-sales-orders-v1', 'FAILED', '999999999999'))).toEqual([]);
    });

    test('grants by hand, as the reconciler announces them, come to the owners of the domain and to nobody else\'s', async () => {
      const events = strictMock(EventBridgeClient, 'events');
      events.on(PutEventsCommand).resolves({ FailedEntryCount: 0 });
      await tellDrift(new EventBridgeClient({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }), place, { product: 'sales/orders v1', drift: ['intern has SELECT on sales.orders_v1'] });
      const [{ Source, DetailType, Detail, EventBusName }] = events.commandCalls(PutEventsCommand)[0].args[0].input.Entries!;
      const event = { 'source': Source, 'detail-type': DetailType, 'account': place.account, 'detail': JSON.parse(Detail!) as unknown };
      expect([EventBusName, told(event)]).toEqual(['arn:aws:events:eu-west-1:111111111111:event-bus/mesh', ['mesh-sales-owners-grants-by-hand']]);
      expect(toldByGovernance(event)).toEqual(['mesh-platform-grants-by-hand']);
    });
  });

  test('has one dashboard with a row for each product: whose it is, where its consumers say something, and its figures in its account', () => {
    main.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const [{ Properties }] = Object.values(main.findResources('AWS::CloudWatch::Dashboard')) as { Properties: { DashboardBody: string | { 'Fn::Join': [string, unknown[]] } } }[];
    const body = typeof Properties.DashboardBody === 'string' ? Properties.DashboardBody : JSON.stringify(Properties.DashboardBody);
    const { widgets } = JSON.parse(body) as { widgets: { type: string; properties: { markdown?: string; metrics?: unknown[][]; region: string } }[] };
    expect(widgets.length).toBe(1 + 2 * products.length);
    expect(widgets[1].properties.markdown).toContain('**sales/orders v1**');
    expect(widgets[1].properties.markdown).toContain('feedback: [#orders](https://chat.shoply.com/orders)');
    expect(widgets[2].properties.metrics?.[0]).toEqual(['Mesh', 'Score', 'Domain', 'sales', 'Product', 'sales/orders-v1', expect.objectContaining({ accountId: '222222222222' })]);
  });

  test('says there of a version that is deprecated until when it is there, and what comes then', () => {
    const [{ place }] = platformScopes(mesh);
    const ending = { ...promisedBy(products[0].contract._plan), status: 'deprecated', endOfLife: '2031-06-30', supersededBy: '2.0.0' };
    const { dashboards } = new MeshDashboard(new Stack(new App(), 'Stack'), 'Dashboard', { place, products: [{ place: { ...place, domain: 'sales', entity: 'orders', major: 1 }, promised: ending }] });
    const body = JSON.stringify(Stack.of(dashboards[0]).resolve((dashboards[0].node.defaultChild as CfnDashboard).dashboardBody));
    expect(body).toContain('(deprecated)');
    expect(body).toContain('until 2031-06-30 · then 2.0.0');
  });

  test('splits its dashboard by domain, and a domain by pages, before CloudWatch would refuse it', () => {
    const [{ place }] = platformScopes(mesh);
    const many = ['sales', 'sales', 'sales', 'sales', 'sales', 'web_shop'].map((domain, n): WatchedProduct => ({
      place: { ...place, domain, entity: `e${n}`, major: 1 }, promised: promisedBy(products[0].contract._plan),
    }));
    // A heading and two widgets for each: five widgets hold two products.
    const { dashboards } = new MeshDashboard(new Stack(new App(), 'Stack'), 'Dashboard', { place, products: many, mostWidgets: 5 });
    expect(dashboards.map(({ node }) => (node.defaultChild as CfnDashboard).dashboardName)).toEqual(['mesh-platform-sales', 'mesh-platform-sales-2', 'mesh-platform-sales-3', 'mesh-platform-web-shop']);
  });
});

describe('the monthly review', () => {
  test('may do what its code asks for: read metrics, write reports and tell owners; it reads no data, but the list of products and how much they were used', () => {
    const allowed = statements(main, /^mesh-platform-review$/);
    const asked = askedBy('constructs/review/handler/index.ts').map((call) => (call === 's3:ListObjectsV2' ? 's3:ListBucket' : call));
    const beside = ['kms:Decrypt', 'kms:GenerateDataKey', 'logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage'];
    expect([...new Set(allowed.flatMap(({ Action }) => Action))].sort()).toEqual([...new Set([...asked, ...beside])].sort());
    expect(allowed.find(({ Sid }) => Sid === 'Reports')?.Resource).toBe('arn:aws:s3:::shoply-111111111111-eu-west-1-reviews/sla/*');
  });

  test('comes on the second day of each month, and what could not start is kept', () => {
    main.hasResourceProperties('AWS::Scheduler::Schedule', { ScheduleExpression: 'cron(0 4 2 * ? *)', Target: { Input: '{}', DeadLetterConfig: {} } });
  });
});

test('its stacks are as they were', () => {
  expect(Object.fromEntries(stacks.map(({ stackName }) => [stackName, templateOf(stackName).toJSON()]))).toMatchSnapshot();
});

test('no pack of cdk-nag and no rule of the mesh has a finding that is not acknowledged', () => {
  expect(findings).toBe('');
});

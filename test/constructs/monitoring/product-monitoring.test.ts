import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import * as fc from 'fast-check';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { type ProductParts } from '../../../constructs/data-product/product-parts';
import { DomainDashboard } from '../../../constructs/monitoring/domain-dashboard';
import { FreshnessProbe } from '../../../constructs/monitoring/freshness-probe';
import { freshnessWindow } from '../../../constructs/monitoring/freshness-window';
import { dimensionsOf, METRICS } from '../../../constructs/monitoring/metrics';
import { OwnerTopic } from '../../../constructs/monitoring/owner-topic';
import { ProductMonitoring } from '../../../constructs/monitoring/product-monitoring';
import { acceptedQuarantine } from '../../../constructs/monitoring/thresholds';
import { type Plan, type PlanCheck } from '../../../lib/plan/plan-schema';
import { addPacks } from '../../support/findings';

const smallest = JSON.parse(fs.readFileSync(path.join(__dirname, '../../plan/smallest.plan.json'), 'utf8')) as Plan;
const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const promised: Plan = {
  ...smallest, product: { ...smallest.product, status: 'active' },
  sla: { ...smallest.sla, availabilityPercent: 99.5, paths: { freshness: 'slaProperties[0]', availability: 'slaProperties[1]' } },
};
const [orders] = smallest.tables;
const [required] = orders.checks;

/** The promised plan with another freshness, in hours. */
const fresh = (hours: number): Plan => ({ ...promised, sla: { ...promised.sla, freshnessSeconds: hours * 3600 } });
const withCheck = (check: Partial<PlanCheck>): Plan => ({ ...promised, tables: [{ ...orders, checks: [...orders.checks, { ...required, ...check }] }] });

function watched(plan: Plan, at: ProductPlace = place): { app: App; stack: Stack; monitoring: ProductMonitoring; template: () => Template } {
  const app = new App();
  const stack = new Stack(app, 'product', { env: { account: at.account, region: at.region } });
  const key = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000');
  const parts: ProductParts = { domain: { key } as never, place: at, plan, planUrl: 's3://assets/plan.json', planDigest: 'abc', lineOf: (part) => `contracts/sales/orders.contract.yaml (${part})` };
  const { topic } = new OwnerTopic(stack, 'Owner', { parts });
  const monitoring = new ProductMonitoring(stack, 'Monitoring', {
    parts, topic,
    workflow: {
      stateMachine: sfn.StateMachine.fromStateMachineName(stack, 'Workflow', 'mesh-sales-orders-v1'),
      deadLetters: sqs.Queue.fromQueueArn(stack, 'DeadLetters', 'arn:aws:sqs:eu-west-1:111122223333:mesh-sales-orders-v1-dead-letters'),
    },
  });
  return { app, stack, monitoring, template: () => Template.fromStack(stack) };
}

interface AlarmProperties {
  readonly AlarmName: string; readonly AlarmDescription: string; readonly AlarmActions: unknown[]; readonly OKActions: unknown[];
  readonly Period?: number; readonly EvaluationPeriods: number; readonly Metrics?: { readonly MetricStat?: { readonly Period: number } }[];
}

const alarmsIn = (template: Template): AlarmProperties[] => Object.values(template.findResources('AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties as AlarmProperties);

describe('a window of freshness', () => {
  test('is never shorter than the promise, hardly longer, and within what CloudWatch takes', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 400 * 86_400 }), (promise) => {
      const window = freshnessWindow(promise);
      if (window.kind === 'probe') {
        expect(promise).toBeGreaterThan(7 * 86_400);
        expect(window.hours).toBe(promise / 3600);
        return;
      }
      const { periodSeconds, periods } = window;
      expect(periods).toBeGreaterThanOrEqual(1);
      expect(periodSeconds % 60).toBe(0);
      expect(periods * periodSeconds).toBeGreaterThanOrEqual(promise);
      expect(periods * periodSeconds - promise).toBeLessThan(periodSeconds);
      expect(periods * periodSeconds).toBeLessThanOrEqual(periodSeconds < 3600 ? 86_400 : 7 * 86_400);
    }));
  });

  test.each([
    ['a minute', 60, { kind: 'publications', periodSeconds: 60, periods: 1 }],
    ['six hours', 6 * 3600, { kind: 'publications', periodSeconds: 300, periods: 72 }],
    ['a day', 86_400, { kind: 'publications', periodSeconds: 300, periods: 288 }],
    ['a day and a second', 86_401, { kind: 'publications', periodSeconds: 3600, periods: 25 }],
    ['a week', 7 * 86_400, { kind: 'publications', periodSeconds: 3600, periods: 168 }],
    ['a week and an hour', 169 * 3600, { kind: 'probe', hours: 169 }],
  ])('of %s is as long as that', (_, seconds, window) => {
    expect(freshnessWindow(seconds)).toEqual(window);
  });
});

describe('the alarms of a product', () => {
  test('ring for freshness when no publication came within the promise, missing data included', () => {
    watched(promised).template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mesh-sales-orders-v1-freshness', ComparisonOperator: 'LessThanThreshold', Threshold: 1, EvaluationPeriods: 72, TreatMissingData: 'breaching',
      Metrics: [
        Match.objectLike({ Expression: 'FILL(published, 0)', ReturnData: true }),
        Match.objectLike({ Id: 'published', ReturnData: false, MetricStat: {
          Metric: { Namespace: 'Mesh', MetricName: 'Score', Dimensions: [{ Name: 'Domain', Value: 'sales' }, { Name: 'Product', Value: 'sales/orders-v1' }] }, Period: 300, Stat: 'SampleCount',
        } }),
      ],
    });
  });

  test('watch the hours that the foundation\'s probe counts where the promise is longer than a week', () => {
    const template = watched(fresh(24 * 31)).template();
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mesh-sales-orders-v1-freshness', MetricName: 'HoursSincePublished', Threshold: 744, ComparisonOperator: 'GreaterThanThreshold', EvaluationPeriods: 3, DatapointsToAlarm: 3, TreatMissingData: 'breaching',
    });
  });

  test('take their thresholds from the contract', () => {
    const template = watched(promised).template();
    const alarm = (name: string, more: object): void => template.hasResourceProperties('AWS::CloudWatch::Alarm', { AlarmName: `mesh-sales-orders-v1-${name}`, ...more });
    alarm('availability', { MetricName: 'Availability', Threshold: 99.5, ComparisonOperator: 'LessThanThreshold', Statistic: 'Minimum' });
    alarm('score', { MetricName: 'Score', Threshold: 100, ComparisonOperator: 'LessThanThreshold' });
    // half of the six hours, in milliseconds
    alarm('duration', { Namespace: 'AWS/States', MetricName: 'ExecutionTime', Threshold: 10_800_000, ComparisonOperator: 'GreaterThanThreshold', Statistic: 'Maximum' });
    alarm('failed', { Namespace: 'AWS/States', MetricName: 'ExecutionsFailed', Threshold: 1 });
    alarm('timed-out', { Namespace: 'AWS/States', MetricName: 'ExecutionsTimedOut', Threshold: 1 });
    alarm('dead-letters', { Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 });
    alarm('schema-drift', { MetricName: 'SchemaChanges', Threshold: 1 });
    alarm('volume', { ComparisonOperator: 'LessThanLowerOrGreaterThanUpperThreshold', ThresholdMetricId: Match.anyValue() });
  });

  test('stand until the next publication where they are about what is published', () => {
    const found = Object.fromEntries(Object.values(watched(withCheck({ action: 'quarantine_rows' })).template().findResources('AWS::CloudWatch::Alarm'))
      .map(({ Properties }) => [(Properties as AlarmProperties).AlarmName.slice('mesh-sales-orders-v1-'.length), (Properties as { TreatMissingData: string }).TreatMissingData]));
    expect(found).toEqual({
      'availability': 'ignore', 'score': 'ignore', 'quarantine': 'ignore', 'volume': 'ignore',
      'freshness': 'breaching',
      'failed': 'notBreaching', 'timed-out': 'notBreaching', 'duration': 'notBreaching', 'dead-letters': 'notBreaching', 'schema-drift': 'notBreaching',
    });
  });

  test('watch no promise that the contract does not make', () => {
    const names = (plan: Plan): string[] => alarmsIn(watched(plan).template()).map(({ AlarmName }) => AlarmName);
    const none = names({ ...smallest, sla: { ...smallest.sla, freshnessSeconds: null, paths: { freshness: null, availability: null } } });
    for (const name of ['freshness', 'availability', 'duration', 'quarantine']) expect(none).not.toContain(`mesh-sales-orders-v1-${name}`);
    expect(none).toHaveLength(6);
  });

  test('each tell the owner what it means, what to do, and where the contract says so', () => {
    const alarms = alarmsIn(watched(withCheck({ action: 'quarantine_rows' })).template());
    expect(alarms).toHaveLength(10);
    for (const { AlarmDescription, AlarmActions, OKActions } of alarms) {
      expect(AlarmDescription).toMatch(/^sales\/orders v1: [^\n]+\.\n\n[^\n]+\.\n\nIt follows from contracts\/sales\/orders\.contract\.yaml \([^)]+\)\.$/);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
      expect([AlarmActions, OKActions]).toEqual([[{ Ref: expect.stringMatching(/^Owner/) as string }], [{ Ref: expect.stringMatching(/^Owner/) as string }]]);
    }
    const line = (name: string): string | undefined => alarms.find(({ AlarmName }) => AlarmName.endsWith(`-${name}`))?.AlarmDescription;
    expect(line('freshness')).toContain('(slaProperties[0])');
    expect(line('availability')).toContain('(slaProperties[1])');
    expect(line('quarantine')).toContain('(schema[0].properties[0].primaryKey)');
  });

  test('are one state to whoever watches many products, which tells nobody a second time', () => {
    const { template, monitoring } = watched(promised);
    const [{ Properties }] = Object.values(template().findResources('AWS::CloudWatch::CompositeAlarm')) as { Properties: { AlarmName: string; AlarmRule: object; AlarmActions?: unknown } }[];
    expect(Properties.AlarmName).toBe('mesh-sales-orders-v1-health');
    expect(Properties.AlarmActions).toBeUndefined();
    expect(JSON.stringify(Properties.AlarmRule).match(/ALARM\(/g)).toHaveLength(monitoring.alarms.length);
  });

  test('end with a product that is retired, since nothing of it runs', () => {
    const { template, monitoring } = watched({ ...promised, product: { ...promised.product, status: 'retired' } });
    template().resourceCountIs('AWS::CloudWatch::Alarm', 0);
    expect(monitoring.health).toBeUndefined();
  });

  test('of a version that is deprecated say so, what to use, and until when', () => {
    const ending: Plan = { ...promised, product: { ...promised.product, status: 'deprecated' }, catalogue: { ...promised.catalogue, supersededBy: '2.0.0', endOfLife: '2031-06-30' } };
    const template = watched(ending).template();
    const composite = Object.values(template.findResources('AWS::CloudWatch::CompositeAlarm')).map(({ Properties }) => Properties as { AlarmDescription: string });
    expect(composite).toHaveLength(1);
    for (const { AlarmDescription } of [...alarmsIn(template), ...composite]) {
      expect(AlarmDescription).toMatch(/\n\nDEPRECATED: no new subscriptions\. Use 2\.0\.0 instead\. It is there until 2031-06-30\.$/);
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  test('of environments in one account are about metrics of their own', () => {
    expect(dimensionsOf({ ...place, environment: 'dev' })).toEqual({ Domain: 'sales@dev', Product: 'sales/orders-v1@dev' });
    watched(promised, { ...place, environment: 'dev' }).template().hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'mesh-dev-sales-orders-v1-score', Dimensions: [{ Name: 'Domain', Value: 'sales@dev' }, { Name: 'Product', Value: 'sales/orders-v1@dev' }],
    });
  });

  test('are as they were', () => {
    expect(watched(promised).template().toJSON()).toMatchSnapshot();
  });

  test('have no finding of any pack that is not acknowledged', () => {
    const { app } = watched(fresh(24 * 31));
    addPacks(app);
    expect(() => app.synth()).not.toThrow();
  });
});

describe('the share of rows that may go to the quarantine', () => {
  test.each<[string, Plan, ReturnType<typeof acceptedQuarantine>]>([
    ['is no matter where nothing can go there', promised, undefined],
    ['is the least that a rule of the contract accepts', withCheck({ action: 'quarantine_rows', unit: 'percent', operator: 'mustBeLessThan', threshold: [2] }), { percent: 2, part: required.origin.path }],
    ['has a default where rules count rows', withCheck({ action: 'quarantine_rows' }), { percent: 5, part: required.origin.path }],
    ['is not read from a rule that wants bad rows', withCheck({ action: 'quarantine_rows', unit: 'percent', operator: 'mustBeGreaterThan', threshold: [1] }), { percent: 5, part: required.origin.path }],
    ['follows from no line of the contract where the pipeline alone says so', withCheck({ action: 'quarantine_rows', origin: { from: 'pipeline', path: 'tables.orders.quality[0]' } }), { percent: 5, part: undefined }],
    ['has a default where records that do not parse go there', { ...promised, sources: [{ ...promised.sources[0], onBadRecord: 'quarantine' } as never] }, { percent: 5, part: undefined }],
  ])('%s', (_, plan, accepted) => {
    expect(acceptedQuarantine(plan)).toEqual(accepted);
  });
});

describe('the owner\'s topic', () => {
  test('is encrypted with the domain\'s key, and mails the owner', () => {
    const template = watched(promised).template();
    template.hasResourceProperties('AWS::SNS::Topic', { TopicName: 'mesh-sales-orders-v1-owner', KmsMasterKeyId: 'arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-0000-0000-000000000000' });
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'orders-owner@shoply.com' });
    watched({ ...promised, product: { ...promised.product, owner: 'orders team' } }).template().resourceCountIs('AWS::SNS::Subscription', 0);
  });

  test('takes messages of the product\'s own alarms and state machine alone, and over TLS', () => {
    const statements = (Object.values(watched(promised).template().findResources('AWS::SNS::TopicPolicy'))[0].Properties as { PolicyDocument: { Statement: object[] } }).PolicyDocument.Statement;
    expect(statements).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish',
        Condition: { StringEquals: { 'aws:SourceAccount': '111122223333' }, ArnLike: { 'aws:SourceArn': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':cloudwatch:eu-west-1:111122223333:alarm:mesh-sales-orders-v1-*']] } } },
      }),
      expect.objectContaining({ Effect: 'Allow', Action: 'sns:Publish', Condition: { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/mesh/sales/orders-v1/mesh-sales-orders-v1-states' } } }),
    ]);
  });
});

describe('the probe of a domain', () => {
  test('lets the publisher measure once an hour, and tells no product', () => {
    const stack = new Stack(new App(), 'foundation', { env: { account: place.account, region: place.region } });
    new FreshnessProbe(stack, 'Probe', {
      place, publisher: lambda.Function.fromFunctionName(stack, 'Publisher', 'mesh-sales-publisher'), deadLetters: new sqs.Queue(stack, 'Failed'),
    });
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      Name: 'mesh-sales-freshness-probe', ScheduleExpression: 'rate(1 hour)', Targets: [Match.objectLike({ Input: '{"action":"probe"}', DeadLetterConfig: Match.anyValue() })],
    });
  });
});

describe('the dashboard of a domain', () => {
  test('finds the products by what they have measured, and has a section of the chosen one', () => {
    const stack = new Stack(new App(), 'foundation', { env: { account: place.account, region: place.region } });
    new DomainDashboard(stack, 'Dashboard', { place: { ...place, environment: 'dev' } });
    const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')) as { Properties: { DashboardName: string; DashboardBody: { 'Fn::Join': [string, (string | object)[]] } } }[];
    const text = Properties.DashboardBody['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : place.region)).join('');
    const body = JSON.parse(text) as { variables: object[]; widgets: { properties: { metrics?: unknown[] } }[] };
    expect(Properties.DashboardName).toBe('mesh-dev-sales');
    expect(body.variables).toEqual([expect.objectContaining({ property: 'Product', search: '{Mesh,Domain,Product} MetricName="Score" Domain="sales@dev"', populateFrom: 'Product', defaultValue: '__FIRST' })]);
    const metrics = JSON.stringify(body.widgets.flatMap(({ properties }) => properties.metrics ?? []));
    for (const metric of Object.values(METRICS)) expect(metrics).toContain(metric);
    expect(metrics).toContain('"Domain","sales@dev","Product"');
  });
});

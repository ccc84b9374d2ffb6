import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as sfn from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { LIFECYCLE } from '../../lib/contract/lifecycle';
import { endingNotice } from '../../lib/plan/ending-notice';
import { type ProductParts } from '../data-product/product-parts';
import { productNames } from '../domain/naming';
import { ProductMetrics } from './product-metrics';
import { alarmName, type Watch, watchesOf } from './watches';

/** What is watched of a product, and who is told. */
export interface ProductMonitoringProps {
  readonly parts: ProductParts;
  /** Who is told. */
  readonly topic: sns.ITopic;
  readonly workflow: {
    readonly stateMachine: sfn.IStateMachine;
    /** Takes runs that a schedule could not start. */
    readonly deadLetters: sqs.IQueue;
  };
}

/**
 * The alarms of one product. Each tells the owner by itself, in its own words: a composite alarm that rings already says nothing of
 * a second fault, so a promise that breaks while a warning lasts would go untold. The composite is the health of the product in
 * one state, for whoever watches many of them.
 */
export class ProductMonitoring extends Construct {
  /** What is measured of the product. */
  readonly metrics: ProductMetrics;
  /** Every alarm but the composite, in the order of their names. */
  readonly alarms: cloudwatch.Alarm[] = [];
  /** Rings while any of the alarms does; tells nobody. */
  readonly health?: cloudwatch.CompositeAlarm;

  private readonly parts: ProductParts;
  private readonly action: cloudwatch.IAlarmAction;

  constructor(scope: Construct, id: string, { parts, topic, workflow }: ProductMonitoringProps) {
    super(scope, id);
    this.parts = parts;
    this.action = new actions.SnsAction(topic);
    this.metrics = new ProductMetrics(parts.place);
    // Of a product that no longer runs nothing can be late or wrong.
    if (LIFECYCLE[parts.plan.product.status].runs === 'no') return;
    for (const watch of watchesOf(parts.plan)) this.watch(watch, workflow);
    this.alarms.sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
    this.health = new cloudwatch.CompositeAlarm(this, 'Health', {
      compositeAlarmName: `${productNames.prefix(parts.place)}-health`,
      alarmDescription: `Something is wrong with ${this.productName()}: one of its alarms rings, and has told its owner what to do.${this.ending()}`,
      alarmRule: cloudwatch.AlarmRule.anyOf(...this.alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM))),
    });
  }

  private watch(watch: Watch, workflow: ProductMonitoringProps['workflow']): void {
    const { id, threshold, comparison, periods, breaches, missing } = watch;
    const given = {
      metric: this.metric(watch, workflow), evaluationPeriods: periods, datapointsToAlarm: breaches, alarmName: alarmName(this.parts.place, id), alarmDescription: this.description(watch),
      // Both are CloudWatch's own words.
      comparisonOperator: comparison as cloudwatch.ComparisonOperator, treatMissingData: missing as cloudwatch.TreatMissingData,
    };
    this.tell(threshold === null ? new cloudwatch.AnomalyDetectionAlarm(this, id, { ...given, stdDevs: 3 }) : new cloudwatch.Alarm(this, id, { ...given, threshold }));
  }

  private metric({ watched, periodSeconds }: Watch, { stateMachine, deadLetters }: ProductMonitoringProps['workflow']): cloudwatch.IMetric {
    const period = Duration.seconds(periodSeconds);
    switch (watched) {
      // Periods without data are filled with 0: an alarm looks further back than its periods for data that is missing and
      // would ring late. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
      case 'publications': return new cloudwatch.MathExpression({ expression: 'FILL(published, 0)', usingMetrics: { published: this.metrics.published({ period }) }, period, label: 'publications' });
      case 'failedRuns': return stateMachine.metricFailed({ period });
      case 'timedOutRuns': return stateMachine.metricTimedOut({ period });
      case 'runTime': return stateMachine.metricTime({ period, statistic: cloudwatch.Stats.MAXIMUM });
      case 'deadLetters': return deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: cloudwatch.Stats.MAXIMUM });
      // By the hour, as they are measured; the foundation's probe posts the hours since the last publication.
      default: return this.metrics[watched]({ period });
    }
  }

  private tell(alarm: cloudwatch.Alarm): void {
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
    this.alarms.push(alarm);
  }

  private description({ means, remedy, part }: Watch): string {
    return `${this.productName()}: ${means}.\n\n${remedy}.\n\nIt follows from ${this.parts.lineOf(part)}.${this.ending()}`;
  }

  /** What consumers of a deprecated version are told, where there is any. */
  private ending(): string {
    const notice = endingNotice(this.parts.plan);
    return notice === undefined ? '' : `\n\n${notice}`;
  }

  private productName(): string {
    const { domain, entity, major, environment } = this.parts.place;
    return `${domain}/${entity} v${major}${environment === null ? '' : ` in ${environment}`}`;
  }
}

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
import { freshnessWindow } from './freshness-window';
import { ProductMetrics } from './product-metrics';
import { acceptedQuarantine } from './thresholds';

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

/** An alarm before it has its name and words. */
interface Watch extends Omit<cloudwatch.AlarmProps, 'alarmName' | 'alarmDescription' | 'evaluationPeriods'> {
  readonly evaluationPeriods?: number;
  /** What is wrong when it rings. */
  readonly means: string;
  /** What a person does about it. */
  readonly remedy: string;
  /** The part of the contract that it follows from. */
  readonly part: string;
}

const HOUR = Duration.hours(1);
const { GREATER_THAN_OR_EQUAL_TO_THRESHOLD, GREATER_THAN_THRESHOLD, LESS_THAN_THRESHOLD } = cloudwatch.ComparisonOperator;
const { BREACHING, IGNORE, NOT_BREACHING } = cloudwatch.TreatMissingData;

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
    this.watchPromises();
    this.watchQuality();
    this.watchRuns(workflow.stateMachine, workflow.deadLetters);
    this.alarms.sort((a, b) => (a.node.id < b.node.id ? -1 : 1));
    this.health = new cloudwatch.CompositeAlarm(this, 'Health', {
      compositeAlarmName: `${productNames.prefix(parts.place)}-health`,
      alarmDescription: `Something is wrong with ${this.productName()}: one of its alarms rings, and has told its owner what to do.`,
      alarmRule: cloudwatch.AlarmRule.anyOf(...this.alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM))),
    });
  }

  private watchPromises(): void {
    const { sla } = this.parts.plan;
    if (sla.freshnessSeconds !== null) this.watchFreshness(sla.freshnessSeconds);
    if (sla.availabilityPercent !== null) {
      this.watch('Availability', {
        metric: this.metrics.availability(), threshold: sla.availabilityPercent, comparisonOperator: LESS_THAN_THRESHOLD,
        // It stands until the next publication measures it again.
        treatMissingData: IGNORE,
        means: `In the last 30 days the published data was fresh for less than the ${sla.availabilityPercent} % of the time that is promised`,
        remedy: 'See in the history of runs which were late or failed, and repair what they have in common; it recovers as those days pass',
        part: this.part('availability'),
      });
    }
  }

  private watchFreshness(seconds: number): void {
    const window = freshnessWindow(seconds);
    const words = {
      means: `Nothing was certified and published for ${seconds / 3600} h, the longest that is promised; consumers read older data`,
      remedy: 'See the last executions of the state machine: start one if none ran, else do what the failed one says',
      part: this.part('freshness'),
    };
    if (window.kind === 'publications') {
      const period = Duration.seconds(window.periodSeconds);
      this.watch('Freshness', {
        // Periods without data are filled with 0: an alarm looks further back than its periods for data that is missing and
        // would ring late. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        metric: new cloudwatch.MathExpression({
          expression: 'FILL(published, 0)', usingMetrics: { published: this.metrics.published({ period }) }, period, label: 'publications',
        }),
        threshold: 1, comparisonOperator: LESS_THAN_THRESHOLD, evaluationPeriods: window.periods, treatMissingData: BREACHING, ...words,
      });
      return;
    }
    this.watch('Freshness', {
      // Posted by the foundation's probe.
      metric: this.metrics.hoursSincePublished(), threshold: window.hours, comparisonOperator: GREATER_THAN_THRESHOLD,
      // One probe may be late or lost.
      evaluationPeriods: 3, datapointsToAlarm: 3, treatMissingData: BREACHING, ...words,
    });
  }

  private watchQuality(): void {
    const { plan } = this.parts;
    const warned = plan.tables.flatMap(({ checks }) => checks).find(({ severity, origin }) => severity === 'warning' && origin.from !== 'pipeline');
    this.watch('Score', {
      metric: this.metrics.score(), threshold: 100, comparisonOperator: LESS_THAN_THRESHOLD, treatMissingData: IGNORE,
      means: 'What was published last is certified, but a check that warns does not hold',
      remedy: 'Read in the certificate of the run which one; repair the data at its source, or the contract where it asks too much',
      part: warned?.origin.path ?? 'schema',
    });
    const accepted = acceptedQuarantine(plan);
    if (accepted !== undefined) {
      this.watch('Quarantine', {
        metric: this.metrics.quarantinedShare(), threshold: accepted.percent, comparisonOperator: GREATER_THAN_THRESHOLD, treatMissingData: IGNORE,
        means: `More than ${accepted.percent} % of the rows of the last run went to the quarantine and are missing from what is published`,
        remedy: 'Read their reasons in the quarantine tables, repair the source or the rule, then replay the run',
        part: accepted.part ?? 'schema',
      });
    }
    const { means, remedy, part } = {
      means: 'The number of published rows is far from what it was at this time of other days',
      remedy: 'Compare the rows of the last runs, source by source; a load may be missing or have come twice',
      part: 'schema',
    };
    this.tell(new cloudwatch.AnomalyDetectionAlarm(this, 'Volume', {
      metric: this.metrics.rows(), stdDevs: 3, evaluationPeriods: 1, treatMissingData: IGNORE,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_LOWER_OR_GREATER_THAN_UPPER_THRESHOLD,
      ...this.named('Volume', means, remedy, part),
    }));
    this.watch('SchemaDrift', {
      metric: this.metrics.schemaChanges(), threshold: 1, comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD, treatMissingData: NOT_BREACHING,
      means: 'Columns that are promised were added, widened or renamed by the last publication',
      remedy: 'If the change was meant, tell consumers; if not, deploy the contract as it was: what is published stays readable',
      part: 'schema',
    });
  }

  private watchRuns(stateMachine: sfn.IStateMachine, deadLetters: sqs.IQueue): void {
    const part = this.part('freshness');
    const limit = this.parts.plan.sla.freshnessSeconds;
    this.watch('Failed', {
      metric: stateMachine.metricFailed({ period: HOUR }), threshold: 1, comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD, treatMissingData: NOT_BREACHING,
      means: 'A run failed, or its certificate was rejected; consumers still read what was certified before',
      remedy: 'Read the error of the execution: it says what to repair; then start a new run',
      part,
    });
    this.watch('TimedOut', {
      metric: stateMachine.metricTimedOut({ period: HOUR }), threshold: 1, comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD, treatMissingData: NOT_BREACHING,
      means: 'A run did not end in time and was stopped; consumers still read what was certified before',
      remedy: 'See which step took the time; give the jobs more workers, or load less at once',
      part,
    });
    if (limit !== null) {
      this.watch('Duration', {
        metric: stateMachine.metricTime({ period: HOUR, statistic: cloudwatch.Stats.MAXIMUM }), threshold: limit * 500,
        comparisonOperator: GREATER_THAN_THRESHOLD, treatMissingData: NOT_BREACHING,
        means: `A run took more than half of the ${limit / 3600} h that the data may be old; the next slow one breaks the promise`,
        remedy: 'See which step took the time; give the jobs more workers, load less at once, or run more often',
        part,
      });
    }
    this.watch('DeadLetters', {
      metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: 1, comparisonOperator: GREATER_THAN_OR_EQUAL_TO_THRESHOLD, treatMissingData: NOT_BREACHING,
      means: 'A schedule could not start a run',
      remedy: 'Read the message in the queue of dead letters, which says why; start the run by hand, then delete the message',
      part,
    });
  }

  private watch(id: string, { means, remedy, part, ...props }: Watch): void {
    this.tell(new cloudwatch.Alarm(this, id, { evaluationPeriods: 1, ...props, ...this.named(id, means, remedy, part) }));
  }

  private tell(alarm: cloudwatch.Alarm): void {
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
    this.alarms.push(alarm);
  }

  private named(id: string, means: string, remedy: string, part: string): { alarmName: string; alarmDescription: string } {
    const name = id.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase();
    const ending = endingNotice(this.parts.plan);
    return {
      alarmName: `${productNames.prefix(this.parts.place)}-${name}`,
      alarmDescription: `${this.productName()}: ${means}.\n\n${remedy}.\n\nIt follows from ${this.parts.lineOf(part)}.${ending === undefined ? '' : `\n\n${ending}`}`,
    };
  }

  private productName(): string {
    const { domain, entity, major, environment } = this.parts.place;
    return `${domain}/${entity} v${major}${environment === null ? '' : ` in ${environment}`}`;
  }

  /** Where the contract makes a promise; where it makes none, its beginning. */
  private part(promise: 'freshness' | 'availability'): string {
    return this.parts.plan.sla.paths?.[promise] ?? 'id';
  }
}

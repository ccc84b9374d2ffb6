import { Duration, Validations } from 'aws-cdk-lib';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { LIFECYCLE } from '../../lib/contract/lifecycle';
import { type ProductParts } from '../data-product/product-parts';
import { domainNames, productNames } from '../domain/naming';

/** What a product's schedules are made from. */
export interface ProductSchedulesProps {
  readonly parts: ProductParts;
  /** What they start. */
  readonly stateMachineArn: string;
}

/** Runs need not begin to the minute; products that are due at the same hour need not begin together. */
const WINDOW_MINUTES = 5;
/** A run that could not be started for so long is told by the dead-letter queue. */
const OLDEST = Duration.hours(1);

/** When a product runs: one schedule for each mode that the pipeline has one for, in its time zone. */
export class ProductSchedules extends Construct {
  /** Takes runs that could not be started. */
  readonly deadLetters: sqs.Queue;
  readonly schedules: scheduler.CfnSchedule[] = [];

  constructor(scope: Construct, id: string, { parts, stateMachineArn }: ProductSchedulesProps) {
    super(scope, id);
    const { place, plan: { schedule, product }, domain } = parts;
    this.deadLetters = new sqs.Queue(this, 'DeadLetters', {
      queueName: `${productNames.prefix(place)}-schedules`, encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: domain.key, enforceSSL: true, retentionPeriod: Duration.days(14),
    });
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5', 'PCI.DSS.321']) {
      Validations.of(this.deadLetters).acknowledge({ id: `${pack}::${pack}-SQSRedrivePolicy`, reason: 'it is the queue of what could not be started itself' });
    }
    Validations.of(this.deadLetters).acknowledge({ id: 'AwsSolutions::AwsSolutions-SQS3', reason: 'it is the queue of what could not be started itself' });
    if (LIFECYCLE[product.status].runs !== 'scheduled') return;
    for (const mode of ['full', 'delta'] as const) {
      const expression = schedule[mode];
      if (expression === null) continue;
      this.schedules.push(new scheduler.CfnSchedule(this, mode === 'full' ? 'Full' : 'Delta', {
        name: `${productNames.prefix(place)}-${mode}`, groupName: domainNames.scheduleGroup(place), description: `Runs ${product.id} v${place.major} in mode ${mode}`,
        // cron(…) and rate(…) of a pipeline are those of EventBridge Scheduler.
        scheduleExpression: expression, scheduleExpressionTimezone: schedule.timezone,
        flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: WINDOW_MINUTES },
        target: {
          arn: stateMachineArn, roleArn: domainNames.schedulerRoleArn(place),
          input: JSON.stringify({ mode, scheduledTime: '<aws.scheduler.scheduled-time>' }),
          deadLetterConfig: { arn: this.deadLetters.queueArn },
          retryPolicy: { maximumEventAgeInSeconds: OLDEST.toSeconds(), maximumRetryAttempts: 10 },
        },
      }));
    }
  }
}

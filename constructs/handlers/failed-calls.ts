import { Duration, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace, type HandlerName } from '../domain/naming';
import { tellsTheMesh } from '../domain/notices';

/** As CloudWatch announces it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
export const ALARM_CHANGED = { source: 'aws.cloudwatch', detailType: 'CloudWatch Alarm State Change', ringing: 'ALARM' };

/** What watches the queue of a handler. */
export interface FailedCallsAlarmProps {
  readonly place: DomainPlace;
  readonly handler: HandlerName;
  /** Takes calls that failed whenever they were tried. */
  readonly queue: sqs.IQueue;
  /**
   * ARN of the topic that hears of it, in the same account and region.
   * @default - none: its account tells the mesh's bus (`FailedCallsNotice`), and the platform its incidents topic
   */
  readonly topic?: string;
}

/** Rings while a handler's queue holds calls that failed whenever they were tried: nobody waits for their answers, so nobody else would say so. */
export class FailedCallsAlarm extends Construct {
  readonly alarm: cloudwatch.Alarm;

  constructor(scope: Construct, id: string, { place, handler, queue, topic }: FailedCallsAlarmProps) {
    super(scope, id);
    const name = domainNames.handler(place, handler);
    this.alarm = new cloudwatch.Alarm(this, 'Resource', {
      alarmName: domainNames.failedCallsAlarm(place, handler),
      alarmDescription: `The handler ${name} failed at something whenever it was tried.\n\nRead its log, /aws/lambda/${name}, for why; remove the cause, have it done again, then delete the messages of the queue ${name}-failed: docs/operations.md, "failed calls".`,
      metric: queue.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5), statistic: cloudwatch.Stats.MAXIMUM }),
      threshold: 1, comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, evaluationPeriods: 1, treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    if (topic !== undefined) {
      this.alarm.addAlarmAction({ bind: () => ({ alarmActionArn: topic }) });
      return;
    }
    for (const pack of ['HIPAA.Security', 'NIST.800.53.R5']) {
      Validations.of(this.alarm).acknowledge({ id: `${pack}::${pack}-CloudWatchAlarmAction`, reason: 'a rule of its account tells the mesh\'s bus of it, since the topic that hears of it may be in another region' });
    }
  }
}

/** Whose failed calls are told. */
export interface FailedCallsNoticeProps {
  readonly place: DomainPlace;
  /** Of the rule: a domain that is a consumer as well has two. */
  readonly name: string;
  readonly handlers: readonly HandlerName[];
  /** ARN of the role that puts events on the mesh's bus. */
  readonly roleArn: string;
}

/** Tells the mesh's bus that the alarm of a handler rings. */
export class FailedCallsNotice extends Construct {
  constructor(scope: Construct, id: string, { place, name, handlers, roleArn }: FailedCallsNoticeProps) {
    super(scope, id);
    tellsTheMesh(this, 'Resource', place, {
      roleArn, name, description: `Handlers of ${place.domain} that failed at something whenever it was tried`,
      eventPattern: {
        'source': [ALARM_CHANGED.source], 'detail-type': [ALARM_CHANGED.detailType],
        'detail': { alarmName: handlers.map((handler) => domainNames.failedCallsAlarm(place, handler)), state: { value: [ALARM_CHANGED.ringing] } },
      },
    });
  }
}

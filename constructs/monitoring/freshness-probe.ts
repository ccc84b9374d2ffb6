import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';

/** What a domain's probe is made of. */
export interface FreshnessProbeProps {
  readonly place: DomainPlace;
  readonly publisher: lambda.IFunction;
  /** Takes probes that could not be made. */
  readonly deadLetters: sqs.IQueue;
}

/**
 * Lets the publisher measure once an hour how long ago those products were published whose promise of freshness is longer than the week
 * that an alarm looks back, and how long deprecated versions are still there. It is the foundation's, so that no product's stack can call the publisher.
 */
export class FreshnessProbe extends Construct {
  constructor(scope: Construct, id: string, { place, publisher, deadLetters }: FreshnessProbeProps) {
    super(scope, id);
    new events.Rule(this, 'Resource', {
      ruleName: `${domainNames.prefix(place)}-freshness-probe`,
      description: `Measures how long ago products of ${place.domain} were published, and how long deprecated ones are there`,
      schedule: events.Schedule.rate(Duration.hours(1)),
      targets: [new targets.LambdaFunction(publisher, {
        event: events.RuleTargetInput.fromObject({ action: 'probe' }),
        // The next one is an hour away, and says more than a late one.
        deadLetterQueue: deadLetters, maxEventAge: Duration.minutes(30), retryAttempts: 3,
      })],
    });
  }
}

import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from './naming';
import { productArns } from './product-arns';

/** What hears of failed runs is made from. */
export interface FailedRunsProps {
  readonly place: DomainPlace;
  readonly publisher: lambda.IFunction;
  /** Takes what could not be told to the publisher. */
  readonly deadLetters: sqs.IQueue;
}

/** Ends from outside what an execution cannot end itself: a catch does not run when it is aborted, when its time is over, or in its own failure. */
export class FailedRuns extends Construct {
  readonly rule: events.Rule;

  constructor(scope: Construct, id: string, { place, publisher, deadLetters }: FailedRunsProps) {
    super(scope, id);
    this.rule = new events.Rule(this, 'Resource', {
      ruleName: `${domainNames.prefix(place)}-failed-runs`,
      description: `Runs of products of ${place.domain} that ended without ending themselves`,
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: { status: ['ABORTED', 'TIMED_OUT', 'FAILED'], stateMachineArn: [{ wildcard: productArns(place).stateMachines }] },
      },
      targets: [new targets.LambdaFunction(publisher, {
        deadLetterQueue: deadLetters, maxEventAge: Duration.hours(2), retryAttempts: 10,
      })],
    });
  }
}

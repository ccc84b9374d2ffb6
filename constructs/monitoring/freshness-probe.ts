import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { identityOf, type ProductParts } from '../data-product/product-parts';
import { domainNames, productNames } from '../domain/naming';

/** What a probe is made of. */
export interface FreshnessProbeProps {
  readonly parts: ProductParts;
  /** Takes probes that could not be made. */
  readonly deadLetters: sqs.IQueue;
}

/** Asks the publisher once an hour to measure how long ago the product was published: for promises of more than a week. */
export class FreshnessProbe extends Construct {
  constructor(scope: Construct, id: string, { parts, deadLetters }: FreshnessProbeProps) {
    super(scope, id);
    const { place } = parts;
    new scheduler.CfnSchedule(this, 'Resource', {
      name: `${productNames.prefix(place)}-probe`,
      groupName: domainNames.scheduleGroup(place),
      description: `Measures how long ago ${place.domain}/${place.entity} v${place.major} was published`,
      scheduleExpression: 'rate(1 hour)',
      flexibleTimeWindow: { mode: 'FLEXIBLE', maximumWindowInMinutes: 15 },
      kmsKeyArn: parts.domain.key.keyArn,
      target: {
        arn: domainNames.handlerArn(place, 'publisher'),
        roleArn: domainNames.schedulerRoleArn(place),
        input: JSON.stringify({ action: 'probe', ...identityOf(parts) }),
        deadLetterConfig: { arn: deadLetters.queueArn },
        // The next one is an hour away, and says more than a late one.
        retryPolicy: { maximumRetryAttempts: 3, maximumEventAgeInSeconds: 1_800 },
      },
    });
  }
}

import * as oam from 'aws-cdk-lib/aws-oam';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type DomainPlace, platformParameterArn } from '../domain/naming';
import { NAMESPACE } from '../monitoring/metrics';
import { observabilityNames } from './observability-names';

/** What a link is made from. */
export interface MetricsLinkProps {
  /** The platform's, but in the account and region whose metrics are shown. */
  readonly place: DomainPlace;
}

/** Shows the platform what products measure about themselves, and how their state machines end: nothing else of the account. */
export class MetricsLink extends Construct {
  readonly link: oam.CfnLink;

  constructor(scope: Construct, id: string, { place }: MetricsLinkProps) {
    super(scope, id);
    const sink = ssm.StringParameter.fromStringParameterArn(this, 'Sink', platformParameterArn({ ...place, platformRegion: place.region }, observabilityNames.sinkParameter(place)));
    this.link = new oam.CfnLink(this, 'Resource', {
      sinkIdentifier: sink.stringValue, labelTemplate: '$AccountName', resourceTypes: ['AWS::CloudWatch::Metric'],
      linkConfiguration: { metricConfiguration: { filter: `Namespace = '${NAMESPACE}' OR Namespace = 'AWS/States'` } },
    });
  }
}

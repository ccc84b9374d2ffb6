import * as oam from 'aws-cdk-lib/aws-oam';
import * as ram from 'aws-cdk-lib/aws-ram';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { type DomainPlace } from '../domain/naming';
import { observabilityNames } from './observability-names';

/** What a sink is made from. */
export interface MetricsSinkProps {
  /** The platform's, in the region of the sink. */
  readonly place: DomainPlace;
  /** Accounts of the mesh that show their metrics in this region. */
  readonly accounts: readonly string[];
  /** The organisation that they are all in; undefined where they are named one by one. */
  readonly organization?: string;
}

/** What accounts show: figures of products and of their state machines, no log and no trace. */
const SHOWN = 'AWS::CloudWatch::Metric';

/**
 * Where the accounts of the mesh show their metrics to the platform. A sink sees its own region, and an account has one in each:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html. Its ARN has an id that nobody can
 * compute, so a parameter that is shared by RAM tells it.
 */
export class MetricsSink extends Construct {
  readonly sink: oam.CfnSink;

  constructor(scope: Construct, id: string, { place, accounts, organization }: MetricsSinkProps) {
    super(scope, id);
    const principals = [...accounts].sort();
    this.sink = new oam.CfnSink(this, 'Resource', {
      name: observabilityNames.name(place),
      policy: {
        Version: '2012-10-17',
        Statement: [{
          Sid: 'TheMesh', Effect: 'Allow', Action: ['oam:CreateLink', 'oam:UpdateLink'], Resource: '*',
          Principal: organization === undefined ? { AWS: principals } : '*',
          Condition: {
            'ForAllValues:StringEquals': { 'oam:ResourceTypes': [SHOWN] },
            ...organization === undefined ? {} : { StringEquals: { 'aws:PrincipalOrgID': organization } },
          },
        }],
      },
    });
    const parameter = new ssm.StringParameter(this, 'Arn', {
      parameterName: observabilityNames.sinkParameter(place), stringValue: this.sink.attrArn, tier: ssm.ParameterTier.ADVANCED, description: 'Where accounts of the mesh show their metrics',
    });
    if (principals.length === 0) return;
    new ram.CfnResourceShare(this, 'Share', {
      name: observabilityNames.name(place), principals, resourceArns: [parameter.parameterArn], allowExternalPrincipals: organization === undefined,
      permissionArns: ['arn:aws:ram::aws:permission/AWSRAMDefaultPermissionSSMParameterReadOnly'],
    });
  }
}

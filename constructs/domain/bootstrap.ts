import { DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import { type IConstruct } from 'constructs';
import { globalArn, type DomainPlace } from './naming';

/** What the names of the CDK's bootstrap carry, in the accounts that a stack is deployed to. */
export function bootstrapQualifier(scope: IConstruct): string {
  return Stack.of(scope).synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
}

/** The role that the bootstrap gave CloudFormation: what the platform deploys is made with it. */
export function deployerRoleArn(scope: IConstruct, place: DomainPlace): string {
  return globalArn(place, 'iam', `role/cdk-${bootstrapQualifier(scope)}-cfn-exec-role-${place.account}-${place.region}`);
}

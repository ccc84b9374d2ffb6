import { DefaultStackSynthesizer, Stack, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { s3Arn, type DomainPlace } from '../domain/naming';
import { type HandlerFunction } from './handler-function';

/** Lets a handler read the plans of products, where the CDK has uploaded them: in the account's bucket of assets, and only the JSON in it. */
export function readPlans(handler: HandlerFunction, place: DomainPlace): void {
  const qualifier = Stack.of(handler).synthesizer.bootstrapQualifier ?? DefaultStackSynthesizer.DEFAULT_QUALIFIER;
  const plans = s3Arn(place, `cdk-${qualifier}-assets-${place.account}-${place.region}/*.json`);
  handler.policy.addStatements(new iam.PolicyStatement({ sid: 'Plans', actions: ['s3:GetObject'], resources: [plans] }));
  Validations.of(handler.policy).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${plans}]`, reason: 'a plan is named by its content, which a product knows when it is deployed; the handler checks its digest',
  });
}

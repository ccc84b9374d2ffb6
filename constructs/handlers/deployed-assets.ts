import { type Construct } from 'constructs';
import { bootstrapQualifier } from '../domain/bootstrap';
import { type Statement } from '../domain/exact-policy';
import { s3Arn, type DomainPlace } from '../domain/naming';

/** Objects in the account's bucket where the CDK has uploaded what a deployment brings. */
export function deployedAssets(scope: Construct, place: DomainPlace, pattern: string): string {
  return s3Arn(place, `cdk-${bootstrapQualifier(scope)}-assets-${place.account}-${place.region}/${pattern}`);
}

/** Lets a handler read the plans of products: of what was uploaded, the JSON alone. */
export function readsPlans(scope: Construct, place: DomainPlace): Statement {
  return {
    sid: 'Plans', actions: ['s3:GetObject'], resources: [deployedAssets(scope, place, '*.json')],
    why: 'a plan is named by its content, which a product knows when it is deployed; the handler checks its digest',
  };
}

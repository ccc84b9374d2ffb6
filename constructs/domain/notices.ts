import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import { type Construct } from 'constructs';
import { exactPolicy } from './exact-policy';
import { domainNames, type DomainPlace } from './naming';

/** The role with which rules of an account tell the mesh's bus what happens there; it may do nothing else. */
export function noticesRole(scope: Construct, id: string, place: DomainPlace, roleName: string): iam.Role {
  const description = 'Tells the platform what happens here';
  const role = new iam.Role(scope, `${id}Role`, {
    roleName, path: domainNames.platformPath(place), description,
    assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': place.account } } }),
  });
  exactPolicy(scope, `${id}Policy`, { place, name: roleName, roles: [role], description, statements: [{ sid: 'Tell', actions: ['events:PutEvents'], resources: [domainNames.eventBusArn(place)] }] });
  return role;
}

/** What the mesh's bus is told of, by which role. */
export interface NoticeProps extends Pick<events.CfnRuleProps, 'name' | 'description' | 'eventPattern' | 'state'> {
  readonly roleArn: string;
}

/** A rule that tells the mesh's bus. */
export function tellsTheMesh(scope: Construct, id: string, place: DomainPlace, { roleArn, ...rule }: NoticeProps): events.CfnRule {
  return new events.CfnRule(scope, id, { ...rule, targets: [{ id: 'Mesh', arn: domainNames.eventBusArn(place), roleArn }] });
}

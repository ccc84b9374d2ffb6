import { CustomResource, Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct, type IDependable } from 'constructs';
import { exactPolicy } from '../domain/exact-policy';
import { domainNames, type DomainPlace } from '../domain/naming';
import { type HandlerFunction } from '../handlers/handler-function';
import { type CatalogueDomain } from './catalogue-domain';
import { LOOKING, NO_RESOURCE, SUBSCRIBING } from './catalogue-roles';
import { catalogueRole, platformOf } from './platform-names';

/** What the project of a consumer is made from. */
export interface ConsumerProjectProps {
  /** Of the consumer, named as a domain would be. */
  readonly place: DomainPlace;
  /** ARNs of the roles in its account that may subscribe for it. */
  readonly subscribers: readonly string[];
  readonly catalogue: CatalogueDomain;
  /** What the catalogue is encrypted with. */
  readonly key: kms.IKey;
  readonly handler: HandlerFunction;
  /** What it is made from; undefined in a domain of version 1. */
  readonly profileId: string | undefined;
  /** What allows projects to be made. */
  readonly after: readonly IDependable[];
}

/**
 * The project of a consumer in the catalogue, which its subscriptions are of, and the role in the platform's account that speaks for it. The
 * role makes the project, and so owns it from the beginning: a role that is made a member later is refused in some domains of DataZone.
 */
export class ConsumerProject extends Construct {
  readonly role: iam.Role;

  constructor(scope: Construct, id: string, { place, subscribers, catalogue, key, handler, profileId, after }: ConsumerProjectProps) {
    super(scope, id);
    const roleName = catalogueRole(place, 'subscriber');
    const description = `Subscribes for the consumer ${place.domain}`;
    this.role = new iam.Role(this, 'Subscriber', {
      roleName, path: domainNames.platformPath(place), description, maxSessionDuration: Duration.hours(8),
      // By ARN in a condition: as principals they would have to be there first, and the consumer's roles come later.
      assumedBy: new iam.AccountPrincipal(place.account).withConditions({ ArnEquals: { 'aws:PrincipalArn': [...subscribers] } }),
    });
    this.role.assumeRolePolicy!.addStatements(new iam.PolicyStatement({
      actions: ['sts:AssumeRole'], principals: [new iam.AccountPrincipal(place.platformAccount)],
      conditions: { ArnEquals: { 'aws:PrincipalArn': domainNames.handlerRoleArn(platformOf(place), 'governance') } },
    }));
    const policy = exactPolicy(this, 'SubscriberPolicy', {
      place, name: roleName, roles: [this.role], description,
      statements: [
        { sid: 'Catalogue', actions: [...LOOKING, ...SUBSCRIBING, 'datazone:CreateProject'], resources: ['*'], why: NO_RESOURCE },
        { sid: 'CatalogueKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] },
      ],
    });
    new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshConsumerProject', serviceToken: handler.function.functionArn,
      properties: {
        DomainId: catalogue.resource.attrId, ProfileId: profileId ?? '', RoleArn: this.role.roleArn,
        Name: domainNames.prefix(place), Description: `What the consumer ${place.domain} has subscribed to`,
      },
    }).node.addDependency(policy, ...after);
  }
}

import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { publisherStatements } from '../catalogue/publisher-permissions';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { domainNames, type DomainPlace } from '../domain/naming';
import { personaRoleArn } from '../access/persona-names';
import { catalogueRole, platformOf } from './platform-names';

/** What the roles of a domain in the platform's account are made from. */
export interface CatalogueRolesProps {
  /** Of the domain: the roles are made in the platform's account. */
  readonly place: DomainPlace;
  /** What the catalogue is encrypted with. */
  readonly key: kms.IKey;
}

/** Who looks at the catalogue, in its portal or by its API. */
export const LOOKING = [
  'datazone:GetIamPortalLoginUrl', 'datazone:GetUserProfile', 'datazone:Search', 'datazone:SearchListings', 'datazone:GetListing', 'datazone:GetAsset', 'datazone:GetDataProduct',
  'datazone:GetProject', 'datazone:ListProjects', 'datazone:ListProjectMemberships', 'datazone:GetGlossary', 'datazone:GetGlossaryTerm', 'datazone:GetFormType',
  'datazone:ListSubscriptionRequests', 'datazone:GetSubscriptionRequestDetails', 'datazone:ListSubscriptions', 'datazone:GetSubscription',
];
/** Who answers for a domain says who may use its products. */
const DECIDING = ['datazone:AcceptSubscriptionRequest', 'datazone:RejectSubscriptionRequest', 'datazone:RevokeSubscription', 'datazone:CreateProjectMembership', 'datazone:DeleteProjectMembership'];
/** Who speaks for a consumer asks for products, and brings its people in. */
export const SUBSCRIBING = [
  'datazone:CreateSubscriptionRequest', 'datazone:UpdateSubscriptionRequest', 'datazone:DeleteSubscriptionRequest', 'datazone:CancelSubscription',
  'datazone:CreateProjectMembership', 'datazone:DeleteProjectMembership',
];
/** What subscriptions are decided with, as a member of the domain's project: constructs/subscriptions. */
const SUBSCRIPTIONS = [
  'datazone:GetSubscriptionRequestDetails', 'datazone:AcceptSubscriptionRequest', 'datazone:RejectSubscriptionRequest', 'datazone:GetSubscription', 'datazone:RevokeSubscription',
  'datazone:ListSubscriptionGrants', 'datazone:UpdateSubscriptionGrantStatus',
];
/** Who tends the words says what things mean. */
const DESCRIBING = ['datazone:CreateAssetRevision', 'datazone:CreateDataProductRevision', 'datazone:UpdateGlossaryTerm'];

export const NO_RESOURCE = 'DataZone decides by units and memberships of projects; these actions take no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondatazone.html';

/**
 * Who speaks to DataZone for a domain, each by a role in the platform's account: the publisher for its foundation, the owner and the steward
 * for its people. The domain's account has no rights in DataZone of its own.
 */
export class CatalogueRoles extends Construct {
  readonly publisher: iam.Role;
  readonly owner: iam.Role;
  readonly steward: iam.Role;

  constructor(scope: Construct, id: string, { place, key }: CatalogueRolesProps) {
    super(scope, id);
    const handlers = (['catalogue', 'publisher'] as const).map((handler) => domainNames.handlerRoleArn(place, handler));
    this.publisher = this.role('Publisher', place, key, 'publisher', 'Lists what the domain publishes', handlers,
      [...publisherStatements(place).map(asStatement), { sid: 'Subscriptions', actions: SUBSCRIPTIONS, resources: ['*'], why: NO_RESOURCE }], Duration.hours(1));
    this.publisher.assumeRolePolicy!.addStatements(new iam.PolicyStatement({
      actions: ['sts:AssumeRole'], principals: [new iam.AccountPrincipal(place.platformAccount)],
      conditions: { ArnEquals: { 'aws:PrincipalArn': domainNames.handlerRoleArn(platformOf(place), 'subscriptions') } },
    }));
    this.owner = this.role('Owner', place, key, 'owner', 'Answers for the domain in the catalogue', [personaRoleArn(place, 'owner')], [people([...new Set([...LOOKING, ...DECIDING, ...SUBSCRIBING])])]);
    this.steward = this.role('Steward', place, key, 'steward', 'Says in the catalogue what things of the domain mean', [personaRoleArn(place, 'steward')], [people([...LOOKING, ...DESCRIBING])]);
  }

  /**
   * Whom it trusts is told by ARN in a condition: as principals they would have to be there first, and the domain's account comes later.
   */
  private role(id: string, place: DomainPlace, key: kms.IKey, of: 'publisher' | 'owner' | 'steward', description: string, trusted: string[], statements: Statement[], maxSessionDuration = Duration.hours(8)): iam.Role {
    const roleName = catalogueRole(place, of);
    const role = new iam.Role(this, id, {
      roleName, path: domainNames.platformPath(place), description: `${description} (${place.domain})`, maxSessionDuration,
      assumedBy: new iam.AccountPrincipal(place.account).withConditions({ ArnEquals: { 'aws:PrincipalArn': trusted } }),
    });
    exactPolicy(this, `${id}Policy`, {
      place, name: roleName, roles: [role], description: `${description} (${place.domain})`,
      statements: [...statements, { sid: 'CatalogueKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [key.keyArn] }],
    });
    return role;
  }
}

function people(actions: string[]): Statement {
  return { sid: 'Catalogue', actions, resources: ['*'], why: NO_RESOURCE };
}

function asStatement({ sid, actions, resources }: iam.PolicyStatement): Statement {
  return { sid: sid!, actions, resources, why: NO_RESOURCE };
}

import { RemovalPolicy } from 'aws-cdk-lib';
import * as datazone from 'aws-cdk-lib/aws-datazone';
import { Construct } from 'constructs';
import { type CatalogueDomain, type CatalogueVersion } from './catalogue-domain';

/** A data domain in the catalogue. */
export interface UnitOfDomain {
  /** As mesh.yaml calls it. */
  readonly domain: string;
  readonly description?: string;
  /** ARN of the role that answers for it. */
  readonly ownerRoleArn: string;
  /**
   * Id of the group of IAM Identity Center whose people answer for it.
   * @default - the role alone does
   */
  readonly ownerGroup?: string;
}

/** What the units of the catalogue are made from. */
export interface CatalogueUnitsProps {
  readonly catalogue: CatalogueDomain;
  readonly version: CatalogueVersion;
  readonly domains: readonly UnitOfDomain[];
  /** Ids of the profiles that projects are made from; a domain of version 1 has none. */
  readonly profiles: readonly string[];
}

/**
 * A unit for each data domain, with its owners, and what everybody in the catalogue may do. A unit takes at most 20 grants of a policy
 * (https://docs.aws.amazon.com/datazone/latest/userguide/quotas.html), so those of the root name one principal for the whole mesh:
 * whoever is in the catalogue, which nobody is without being put there.
 */
export class CatalogueUnits extends Construct {
  /** Ids by domain. */
  readonly ids: Readonly<Record<string, string>>;
  /** What has to be there before anybody makes a project. */
  readonly grants: datazone.CfnPolicyGrant[];

  constructor(scope: Construct, id: string, { catalogue, version, domains, profiles }: CatalogueUnitsProps) {
    super(scope, id);
    const domainIdentifier = catalogue.resource.attrId;
    const root = catalogue.resource.attrRootDomainUnitId;
    const grant = (of: string, policyType: string, detail: datazone.CfnPolicyGrant.PolicyGrantDetailProperty): datazone.CfnPolicyGrant => new datazone.CfnPolicyGrant(this, of, {
      domainIdentifier, entityType: 'DOMAIN_UNIT', entityIdentifier: root, policyType, detail, principal: { user: { allUsersGrantFilter: {} } },
    });
    const includeChildDomainUnits = true;
    this.grants = [
      // Every unit above a project has to let its members in, the root included.
      grant('MembersGrant', 'ADD_TO_PROJECT_MEMBER_POOL', { addToProjectMemberPool: { includeChildDomainUnits } }),
      version === 'V2'
        ? grant('ProjectsGrant', 'CREATE_PROJECT_FROM_PROJECT_PROFILE', { createProjectFromProjectProfile: { includeChildDomainUnits, projectProfiles: [...profiles] } })
        : grant('ProjectsGrant', 'CREATE_PROJECT', { createProject: { includeChildDomainUnits } }),
    ];
    // A group owns once the catalogue has a profile of it: one, however many domains it answers for.
    const groups = [...new Set(domains.flatMap(({ ownerGroup }) => ownerGroup ?? []))];
    const profileOf = new Map(groups.map((groupIdentifier) => [groupIdentifier, new datazone.CfnGroupProfile(this, `Group-${groupIdentifier}`, { domainIdentifier, groupIdentifier })]));
    this.ids = Object.fromEntries(domains.map(({ domain, description, ownerRoleArn, ownerGroup }) => {
      const unit = new datazone.CfnDomainUnit(this, `Unit-${domain}`, { domainIdentifier, parentDomainUnitIdentifier: root, name: domain, description });
      // The project of a domain that leaves the mesh is in it, with what people have written there.
      unit.applyRemovalPolicy(RemovalPolicy.RETAIN);
      const owner = (of: string, who: datazone.CfnOwner.OwnerPropertiesProperty): void => {
        new datazone.CfnOwner(this, `${of}-${domain}`, { domainIdentifier, entityType: 'DOMAIN_UNIT', entityIdentifier: unit.attrId, owner: who });
      };
      owner('Owner', { user: { userIdentifier: ownerRoleArn } });
      if (ownerGroup !== undefined) owner('OwnerGroup', { group: { groupIdentifier: profileOf.get(ownerGroup)!.attrId } });
      return [domain, unit.attrId];
    }));
  }
}

import * as datazone from 'aws-cdk-lib/aws-datazone';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as events from 'aws-cdk-lib/aws-events';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type Vocabulary } from '../../lib/contract/vocabulary';
import { deployerRoleArn } from '../domain/bootstrap';
import { type DomainPlace } from '../domain/naming';
import { BindingsTable } from './bindings-table';
import { CatalogueDomain, type CatalogueVersion } from './catalogue-domain';
import { CatalogueKey } from './catalogue-key';
import { CatalogueParameters } from './catalogue-parameters';
import { CatalogueRoles } from './catalogue-roles';
import { CatalogueUnits } from './catalogue-units';
import { glossaryTerms } from './glossary-terms';
import { ConsumerProject } from './consumer-project';
import { GovernanceHandler } from './governance-handler';
import { MeshBus } from './mesh-bus';
import { MeshShare } from './mesh-share';
import { MeshTopics } from './mesh-topics';
import { PlatformKey } from './platform-key';
import { platformNames, type TopicPurpose } from './platform-names';
import { PlatformProject } from './platform-project';
import { PlatformNotices } from './platform-notices';

/** A data domain, as governance sees it. */
export interface GovernedDomain {
  readonly place: DomainPlace;
  readonly description?: string;
  /**
   * Id of the group of IAM Identity Center whose people answer for it.
   * @default - the domain's owner role alone
   */
  readonly ownerGroup?: string;
}

/** A consumer that is no domain, as governance sees it. */
export interface GovernedConsumer {
  /** Named as a domain would be. */
  readonly place: DomainPlace;
  /** ARNs of the roles in its account that may subscribe for it. */
  readonly subscribers: string[];
}

/** What governs a mesh in one environment. */
export interface MeshGovernanceProps {
  /** Of the platform. */
  readonly place: DomainPlace;
  readonly version: CatalogueVersion;
  readonly domains: readonly GovernedDomain[];
  /** Those that are domains too subscribe as what they are. */
  readonly consumers: readonly GovernedConsumer[];
  /** All accounts of the mesh in this environment. */
  readonly accounts: readonly string[];
  /** @default - none: accounts are named one by one, and accept what is shared with them */
  readonly organization?: string;
  /** ARN of the instance of IAM Identity Center. */
  readonly identityCenter?: string;
  readonly vocabulary?: Vocabulary;
  /** Mail addresses by purpose. */
  readonly listeners?: Partial<Record<TopicPurpose, readonly string[]>>;
}

/**
 * What the domains of a mesh share, in the platform's account: the catalogue with its units, words and roles, the bus of announcements, the
 * topics of the platform team and the table of bindings. Other accounts find it by names that they compute, and by parameters.
 */
export class MeshGovernance extends Construct {
  readonly key: kms.IKey;
  readonly catalogue: CatalogueDomain;
  readonly bindings: dynamodb.ITable;
  readonly bus: events.IEventBus;
  readonly topics: MeshTopics;
  /** Of the domains, by their names. */
  readonly roles: Readonly<Record<string, CatalogueRoles>>;

  constructor(scope: Construct, id: string, props: MeshGovernanceProps) {
    super(scope, id);
    const { place, version, domains, organization, identityCenter } = props;
    const deployers = [deployerRoleArn(this, place)];

    this.key = new PlatformKey(this, 'Key', { place, deployers }).key;
    this.bindings = new BindingsTable(this, 'Bindings', { place, key: this.key }).table;
    this.bus = new MeshBus(this, 'Bus', { place, key: this.key, accounts: [place.account, ...props.accounts], organization }).bus;
    this.topics = new MeshTopics(this, 'Topics', { place, key: this.key, listeners: props.listeners });
    new PlatformNotices(this, 'Notices', { place, bus: this.bus, topics: this.topics });

    const catalogueKey = new CatalogueKey(this, 'CatalogueKey', { place, deployers }).key;
    this.catalogue = new CatalogueDomain(this, 'Catalogue', { place, version, key: catalogueKey, identityCenter });
    this.roles = Object.fromEntries(domains.map((domain) => [domain.place.domain, new CatalogueRoles(this, `Roles-${domain.place.domain}`, { place: domain.place, key: catalogueKey })]));
    const { handler } = new GovernanceHandler(this, 'Handler', { place, key: this.key, catalogueKey, consumers: props.consumers.map((consumer) => consumer.place) });

    const { attrId: domainIdentifier, attrRootDomainUnitId: domainUnitIdentifier } = this.catalogue.resource;
    const profile = version === 'V1' ? undefined : new datazone.CfnProjectProfile(this, 'Profile', {
      domainIdentifier, domainUnitIdentifier, name: platformNames.catalogue(place), status: 'ENABLED', description: 'Publishes and subscribes; it provisions nothing',
    }).attrIdentifier;
    const units = new CatalogueUnits(this, 'Units', {
      catalogue: this.catalogue, version, profiles: profile === undefined ? [] : [profile],
      domains: domains.map(({ place: { domain }, description, ownerGroup }) => ({ domain, description, ownerGroup, ownerRoleArn: this.roles[domain].owner.roleArn })),
    });
    new PlatformProject(this, 'Project', { place, catalogue: this.catalogue, handler, profileId: profile, terms: glossaryTerms(props.vocabulary), after: units.grants });

    for (const consumer of props.consumers) {
      new ConsumerProject(this, `Consumer-${consumer.place.domain}`, { ...consumer, catalogue: this.catalogue, key: catalogueKey, handler, profileId: profile, after: units.grants });
    }

    const { parameters } = new CatalogueParameters(this, 'Parameters', {
      place, domainId: domainIdentifier, units: units.ids, profiles: profile === undefined ? {} : Object.fromEntries(domains.map(({ place: { domain } }) => [domain, profile])),
    });
    const accounts = props.accounts.filter((account) => account !== place.account);
    if (accounts.length === 0) return;
    const share = (of: string, name: string, permission: string, resourceArns: string[]): MeshShare =>
      new MeshShare(this, of, { name, permission, resourceArns, accounts, inOrganization: organization !== undefined, handler });
    // The names are RAM's own: docs of DataZone call them otherwise, and RAM knows none of those.
    share('CatalogueShare', `DataZone-${platformNames.catalogue(place)}`,
      version === 'V2' ? 'AWSRAMPermissionsAmazonDatazoneDomainExtendedServiceAccess' : 'AWSRAMDefaultPermissionAmazonDataZoneDomain', [this.catalogue.resource.attrArn]);
    share('ParametersShare', `${platformNames.eventBus(place)}-parameters`, 'AWSRAMDefaultPermissionSSMParameterReadOnly', parameters.map(({ parameterArn }) => parameterArn));
  }
}

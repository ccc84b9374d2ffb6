import { arnIn, domainNames, globalArn, type DomainPlace } from '../domain/naming';

/** What the platform calls itself where a domain would stand: `/mesh-platform/platform/mesh-platform-…`. No domain may be called so. */
export const PLATFORM = 'platform';

/** The platform of a mesh in one environment, as the place of what it has in its own account. */
export function platformOf(place: DomainPlace): DomainPlace {
  return { ...place, domain: PLATFORM, account: place.platformAccount, region: place.platformRegion };
}

/** What a topic of the platform is for: each has other people listening. */
export type TopicPurpose = 'incidents' | 'security' | 'subscriptions' | 'reviews';

/** Names of what governs the mesh, in the platform's account. They take the place of anything in the mesh. */
export const platformNames = {
  /** `mesh`, outside production `mesh-dev`. */
  eventBus: ({ environment }: Pick<DomainPlace, 'environment'>): string => (environment === null ? 'mesh' : `mesh-${environment}`),
  /** `mesh-platform-incidents` */
  topic: (place: DomainPlace, purpose: TopicPurpose): string => `${domainNames.prefix(platformOf(place))}-${purpose}`,
  topicArn: (place: DomainPlace, purpose: TopicPurpose): string => arnIn(platformOf(place), 'sns', platformNames.topic(place, purpose)),
  keyAlias: (place: DomainPlace): string => domainNames.keyAlias(platformOf(place)),
  catalogueKeyAlias: (place: DomainPlace): string => `${domainNames.keyAlias(platformOf(place))}-catalogue`,
  /** As DataZone calls the mesh: `shop`, outside production `shop-dev`. */
  catalogue: ({ mesh, environment }: DomainPlace): string => (environment === null ? mesh : `${mesh}-${environment}`),
  /** Of a role of the platform itself: `mesh-platform-catalogue-service`. */
  role: (place: DomainPlace, of: string): string => `${domainNames.prefix(platformOf(place))}-${of}`,
};

/** Of a role that speaks to DataZone for a domain, or subscribes for a consumer, in the platform's account. */
export function catalogueRole(place: DomainPlace, of: 'publisher' | 'owner' | 'steward' | 'subscriber'): string {
  return `${domainNames.prefix(place)}-catalogue-${of}`;
}

export function catalogueRoleArn(place: DomainPlace, of: Parameters<typeof catalogueRole>[1]): string {
  return globalArn(platformOf(place), 'iam', `role${domainNames.platformPath(place)}${catalogueRole(place, of)}`);
}

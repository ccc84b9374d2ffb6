import { domainNames, type DomainPlace } from '../domain/naming';

/** Names of what watches over all accounts, in the platform's; `place` is the platform's own unless it says otherwise. */
export const observabilityNames = {
  /** `mesh-platform-observability` */
  name: (place: DomainPlace): string => `${domainNames.prefix(place)}-observability`,
  /** Tells the accounts of the mesh where their region's sink is. */
  sinkParameter: (place: DomainPlace): string => `${domainNames.productPath(place)}observability/sink-arn`,
  keyAlias: (place: DomainPlace): string => `alias/${observabilityNames.name(place)}`,
  /** Of all products: `mesh-platform`; of those of a domain where one dashboard cannot hold all: `mesh-platform-sales`, then `-2`. */
  dashboard: (place: DomainPlace, domain?: string, page = 1): string =>
    [domainNames.prefix(place), ...(domain === undefined ? [] : [domain.replaceAll('_', '-')]), ...(page === 1 ? [] : [String(page)])].join('-'),
  /** Where the owners of a domain hear of what happens in it. `domain` is the domain's place. */
  ownersTopic: (domain: DomainPlace): string => `${domainNames.prefix(domain)}-owners`,
  /** `shop-111111111111-eu-west-1-reviews` */
  bucket: ({ mesh, environment, account, region }: DomainPlace, kind: 'reviews' | 'reviews-logs'): string =>
    [mesh, ...(environment === null ? [] : [environment]), account, region, kind].join('-'),
};

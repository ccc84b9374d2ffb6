import { arnIn, domainNames, type DomainPlace } from '../domain/naming';

/** `mesh-platform-audit`; `place` is the platform's own. */
const name = (place: DomainPlace): string => `${domainNames.prefix(place)}-audit`;

/** Names of the audit, which the platform and the accounts that it records compute, so that no value crosses a stack. */
export const auditNames = {
  /** Of the trail, the same in every account; of the workgroup too. */
  name,
  trailArn: (place: DomainPlace, account: string): string => arnIn({ ...place, account }, 'cloudtrail', `trail/${name(place)}`),
  /** As `shop-111111111111-eu-west-1-audit`. */
  bucket: ({ mesh, environment, account, region }: DomainPlace, kind: 'audit' | 'audit-logs' | 'audit-results'): string =>
    [mesh, ...(environment === null ? [] : [environment]), account, region, kind].join('-'),
  keyAlias: (place: DomainPlace): string => `alias/${name(place)}`,
  /** CloudTrail takes the ARN of an alias; that of the key is known to its own account alone. */
  keyAliasArn: (place: DomainPlace): string => arnIn(place, 'kms', auditNames.keyAlias(place)),
  /** Where the monthly review finds how much products were used, among the results. */
  usagePrefix: 'usage/',
  database: (place: DomainPlace): string => name(place).replaceAll('-', '_'),
};

import { domainNames, type DomainPlace, FOUNDATION_HANDLERS } from './naming';

/** The longest names AWS takes. */
const LONGEST = { role: 64, function: 64, bucket: 63 } as const;

/**
 * Names of a foundation follow from its domain, and their length with them.
 * @throws when AWS would refuse one of them
 */
export function checkNames(place: DomainPlace): void {
  const lastOf = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);
  const names: [kind: keyof typeof LONGEST, name: string][] = [
    ...FOUNDATION_HANDLERS.map((handler): ['function', string] => ['function', domainNames.handler(place, handler)]),
    ...[domainNames.schedulerRoleArn, domainNames.lakeRoleArn, domainNames.maintenanceRoleArn, domainNames.breakGlassRoleArn, domainNames.cataloguePublisherRoleArn, domainNames.bindingsReaderRoleArn,
      domainNames.productExecRoleArn, domainNames.productDeployRoleArn].map((arn): ['role', string] => ['role', lastOf(arn(place))]),
    ['bucket', domainNames.logBucket(place)],
  ];
  for (const [kind, name] of names) {
    if (name.length <= LONGEST[kind]) continue;
    throw new Error(`the name of a ${kind} must be at most ${LONGEST[kind]} characters, got ${name} with ${name.length}; shorten the name of the domain ${place.domain}${kind === 'bucket' ? ` or of the mesh ${place.mesh}` : ''}`);
  }
}

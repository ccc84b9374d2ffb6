import { CloudTrailClient } from '@aws-sdk/client-cloudtrail';
import { DataZoneClient } from '@aws-sdk/client-datazone';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type STSClient } from '@aws-sdk/client-sts';
import { catalogueParameter, domainNames, type DomainPlace } from '../domain/naming';
import { assumedRole } from '../handlers/assumed-role';
import { client, type ClientOptions } from '../handlers/clients';
import { Trail } from '../handlers/trail';

/** The platform's DataZone domain, as the publisher role of one data domain sees it. */
export interface Platform {
  readonly datazone: DataZoneClient;
  readonly domainIdentifier: string;
  /** Of what projects are made from in a domain of version 2; undefined in one of version 1. */
  readonly projectProfile: string | undefined;
  /** Where the project of the data domain belongs; undefined for the root. */
  readonly domainUnit: string | undefined;
  readonly publisherRoleArn: string;
}

/** The platform has no catalogue yet: nothing is wrong with who asks. */
export class NoCatalogue extends Error {
  override readonly name = 'NoCatalogue';
}

/** Speaks to DataZone as the domain's publisher role, in the platform's account. Raises NoCatalogue when that is not there yet. */
export async function platformOf(place: DomainPlace, sts: STSClient): Promise<Platform> {
  const publisherRoleArn = domainNames.cataloguePublisherRoleArn(place);
  const options = await asPublisher(place, sts);
  const names = { domain: catalogueParameter(place, 'domain-id'), profile: catalogueParameter(place, `project-profile-id/${place.domain}`), unit: catalogueParameter(place, `domain-unit-id/${place.domain}`) };
  const { Parameters = [] } = await client(SSMClient, options).send(new GetParametersCommand({ Names: Object.values(names) }));
  const valueOf = (name: string): string | undefined => Parameters.find(({ Name }) => Name === name)?.Value;
  const domainIdentifier = valueOf(names.domain);
  if (domainIdentifier === undefined) throw new NoCatalogue(`the platform's account has no parameter ${names.domain}`);
  return { datazone: client(DataZoneClient, options), domainIdentifier, projectProfile: valueOf(names.profile), domainUnit: valueOf(names.unit), publisherRoleArn };
}

/** The history of the platform's account, where calls of DataZone are recorded. Raises NoCatalogue when the publisher role is not there yet. */
export async function platformTrail(place: DomainPlace, sts: STSClient): Promise<Trail> {
  const role = domainNames.cataloguePublisherRoleArn(place);
  return new Trail(client(CloudTrailClient, await asPublisher(place, sts)), { account: place.platformAccount, region: place.platformRegion }, [role.slice(role.lastIndexOf('/') + 1)]);
}

async function asPublisher(place: DomainPlace, sts: STSClient): Promise<ClientOptions> {
  const RoleArn = domainNames.cataloguePublisherRoleArn(place);
  const credentials = await assumedRole(sts, RoleArn, domainNames.handler(place, 'catalogue')).catch((error: unknown) => {
    // STS says the same of a role that is not there and of one that does not trust us.
    if (error instanceof Error && error.name === 'AccessDenied') throw new NoCatalogue(`the platform's role ${RoleArn} is not there, or does not trust this handler`);
    throw error;
  });
  return { region: place.platformRegion, credentials };
}

import { domainNames, globalArn, type DomainPlace } from '../domain/naming';

/** Who works in an account of the mesh. Roles that read for a consumer are its own: constructs/consumer. */
export type Persona = 'admin' | 'owner' | 'engineer' | 'steward' | 'auditor';

/** Of a persona in an account: `mesh-sales-owner`. The same name is that of its policy, and of its permission set. */
export function personaName(place: DomainPlace, persona: Persona): string {
  return `${domainNames.prefix(place)}-${persona}`;
}

export function personaRoleArn(place: DomainPlace, persona: Persona): string {
  return globalArn(place, 'iam', `role${domainNames.platformPath(place)}${personaName(place, persona)}`);
}

/** Administers Lake Formation for the platform: `mesh-sales-lake-admin`. */
export function lakeAdminRoleArn(place: DomainPlace): string {
  return globalArn(place, 'iam', `role${domainNames.platformPath(place)}${domainNames.prefix(place)}-lake-admin`);
}

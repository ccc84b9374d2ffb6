import { type DomainPlace } from '../../constructs/domain/naming';
import { type Mesh } from '../plan/mesh/mesh';
import { type Participant, participants, platformEnvironment } from '../plan/mesh/mesh-accounts';
import { placeIn } from './participant-place';

/** One account of the platform, and the part of the mesh that it serves: environments may share it. */
export interface PlatformScope {
  /** The platform's own; called after production where it serves that, else after the first of its environments. */
  readonly place: DomainPlace;
  readonly platform: Participant;
  readonly environments: readonly string[];
  /** Of domains and consumers, without the platform's own; each once. */
  readonly accounts: readonly string[];
  /** Of domains and consumers, and the platform's. */
  readonly regions: readonly string[];
}

/** What exists once for each account of the platform, however many environments are in it: trails, sinks, reviews. */
export function platformScopes(mesh: Mesh): PlatformScope[] {
  const served = new Map<string, string[]>();
  for (const environment of mesh.environments()) {
    const account = mesh.platformAccount(environment);
    if (account !== undefined) served.set(account, [...served.get(account) ?? [], environment]);
  }
  return [...served.values()].map((environments) => scope(mesh, environments));
}

function scope(mesh: Mesh, environments: string[]): PlatformScope {
  const main = platformEnvironment(mesh, environments[0]);
  const [platform] = participants(mesh, main);
  const everybody = environments.flatMap((environment) => participants(mesh, environment));
  return {
    platform, environments, place: placeIn(mesh, main, platform),
    accounts: [...new Set(everybody.map(({ account }) => account))].filter((account) => account !== platform.account).sort(),
    regions: [...new Set(everybody.map(({ region }) => region))].sort(),
  };
}

/** `audit`, of a platform that serves no production `dev-audit`. */
export function platformStackName({ place: { environment } }: PlatformScope, name: string): string {
  return environment === null ? name : `${environment}-${name}`;
}

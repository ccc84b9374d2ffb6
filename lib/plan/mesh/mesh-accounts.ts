import { type Mesh } from './mesh';

/** Where somebody of the mesh works: the platform, a domain or a consumer, in one environment. */
export interface Participant {
  /** `platform`, or as mesh.yaml calls it. */
  readonly name: string;
  /** A domain that also consumes, in the same account, is both. */
  readonly kinds: readonly ('platform' | 'domain' | 'consumer')[];
  readonly account: string;
  readonly region: string;
  readonly owner: string | undefined;
  readonly costCentre: string | undefined;
}

/**
 * Everybody who has an account in an environment, the platform first.
 * @throws when two of them have a name in common and not their place
 */
export function participants(mesh: Mesh, environment: string): Participant[] {
  const { platform, domains } = mesh.definition;
  const platformAccount = mesh.platformAccount(environment);
  if (platformAccount === undefined) throw new Error(`${mesh.file} has no account of the platform in ${environment}`);
  const found: Participant[] = [{ name: 'platform', kinds: ['platform'], account: platformAccount, region: platform.region, owner: platform.owner, costCentre: platform.costCentre }];
  for (const [name, { owner, costCentre }] of Object.entries(domains)) {
    const account = mesh.account(name, environment);
    if (account !== undefined) found.push({ name, kinds: ['domain'], account, region: mesh.region(name), owner, costCentre });
  }
  for (const [name, { account: written, region = platform.region, owner, costCentre }] of Object.entries(mesh.consumers())) {
    const account = typeof written === 'string' ? written : written[environment];
    if (account !== undefined) found.push({ name, kinds: ['consumer'], account, region, owner, costCentre });
  }
  return merged(mesh, found);
}

/** What exists once for an account of the platform is called after this environment: production where it serves that, else the first of its own. */
export function platformEnvironment(mesh: Mesh, environment: string): string {
  const shared = mesh.environments().filter((one) => mesh.platformAccount(one) === mesh.platformAccount(environment));
  return shared.find((one) => mesh.suffix(one) === null) ?? shared[0];
}

function merged(mesh: Mesh, found: readonly Participant[]): Participant[] {
  const byName = new Map<string, Participant>();
  for (const one of found) {
    const there = byName.get(one.name);
    if (there === undefined) {
      byName.set(one.name, one);
      continue;
    }
    if (there.kinds.includes('platform') || there.account !== one.account || there.region !== one.region) {
      throw new Error(`${mesh.file}: the ${one.kinds[0]} ${one.name} has the same name as the ${there.kinds[0]}${there.kinds.includes('platform') ? '' : ', and is in another account or region'}; give it a name of its own`);
    }
    byName.set(one.name, { ...there, kinds: [...there.kinds, ...one.kinds] });
  }
  return [...byName.values()];
}

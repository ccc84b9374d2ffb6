import { type Contract } from './contract';
import { customProperty } from './mesh-property';

/** How far a product reaches, and so what the mesh asks of it: the whole organisation, its own domain, one use at the edge. */
export const TIERS = ['enterprise', 'domain', 'edge'] as const;
export type Tier = (typeof TIERS)[number];

/** The tier of a contract; `domain` where it says none. */
export function tierOf(contract: Contract): Tier {
  const written = customProperty(contract, 'mesh.tier');
  return TIERS.includes(written as Tier) ? written as Tier : 'domain';
}

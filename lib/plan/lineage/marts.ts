import { type Contract } from '../../contract/contract';
import { consumersOf } from '../../contract/ending';
import { hasConsumers } from '../../contract/lifecycle';
import { customProperty } from '../../contract/mesh-property';
import { list } from '../../contract/wording';
import { type Mesh } from '../mesh/mesh';

/** Consumers whose warehouse keeps a copy of what a contract gives them: mesh.yaml asks for the mart, and every role that names them gives leave. */
export function martHolders(contract: Contract, mesh: Mesh | undefined): string[] {
  return Object.keys(mesh?.consumers() ?? {}).filter((consumer) => noMartBecause(contract, mesh, consumer) === null);
}

/** Why the warehouse of a consumer keeps no copy of a product; null where it does. Undefined is a contract that is gone. */
export function noMartBecause(contract: Contract | undefined, mesh: Mesh | undefined, consumer: string): string | null {
  if (contract === undefined) return 'the product is gone';
  if (!hasConsumers(contract.status)) return `the product is ${contract.status ?? 'without a status'}, and only what is active or deprecated is granted`;
  const roles = contract.roles.filter((role) => consumersOf(role).includes(consumer));
  if (roles.length === 0) return `no role of the contract names ${consumer}`;
  const asked = mesh?.consumers()[consumer]?.warehouse?.marts?.includes(contract.id) === true;
  const without = roles.filter((role) => customProperty(role, 'mesh.copies') !== true).map(({ role }) => role);
  if (without.length > 0) return `${list(without)} ${without.length === 1 ? 'gives' : 'give'} no leave to keep copies (mesh.copies)${asked ? '; a synth stops until mesh.yaml asks for none' : ''}`;
  return asked ? null : 'mesh.yaml asks for none';
}

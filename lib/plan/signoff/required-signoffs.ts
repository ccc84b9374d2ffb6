import { type Contract } from '../../contract/contract';
import { hasConsumers, OPEN_STATUSES } from '../../contract/lifecycle';
import { parseDuration } from '../../contract/quantities';
import { type Mesh } from '../mesh/mesh';
import { holdsFor } from '../policies/check-policies';
import { type Policy } from '../policies/policy-model';
import { SIGNOFF_PARTS, type SignoffPart } from './signoff-parts';

/** Whose sign-off the certificate of a product needs in an environment; undefined is production. In the order of the parts. */
export function requiredSignoffs(contract: Contract, mesh: Mesh | undefined, environment: string | undefined): SignoffPart[] {
  if (mesh === undefined) return [];
  return inOrder([...mesh.signoffs(environment), ...policiesFor(contract, mesh).flatMap(({ parts }) => parts)]);
}

/** Whose sign-off a contract needs to be merged: what any environment or policy asks for, once it is to be open to consumers. */
export function gatedSignoffs(contract: Contract, mesh: Mesh): SignoffPart[] {
  const asked = hasConsumers(contract.status) ? mesh.environments().flatMap((environment) => mesh.signoffs(environment)) : [];
  return inOrder([...asked, ...policiesFor(contract, mesh).flatMap(({ parts }) => parts)]);
}

/** Whether mesh.yaml asks anybody to sign anything. */
export function asksForSignoffs(mesh: Mesh): boolean {
  return mesh.environments().some((environment) => mesh.signoffs(environment).length > 0)
    || (mesh.definition.policies ?? []).some(({ id }) => id === 'require-signoff');
}

/** Seconds after which a sign-off of a part no longer counts, by the strictest policy; undefined where none says. */
export function maxAgeOf(contract: Contract, mesh: Mesh | undefined, part: SignoffPart): number | undefined {
  const ages = mesh === undefined ? [] : policiesFor(contract, mesh).flatMap(({ parts, maxAge }) => (maxAge === undefined || !parts.includes(part) ? [] : parseDuration(maxAge) ?? []));
  return ages.length === 0 ? undefined : Math.min(...ages);
}

type SignoffPolicy = Policy<'require-signoff'>;

function policiesFor(contract: Contract, mesh: Mesh): SignoffPolicy[] {
  return (mesh.definition.policies ?? []).filter((policy): policy is SignoffPolicy => policy.id === 'require-signoff' && holdsFor({ statuses: OPEN_STATUSES, ...policy }, contract));
}

function inOrder(parts: readonly SignoffPart[]): SignoffPart[] {
  return SIGNOFF_PARTS.filter((part) => parts.includes(part));
}

import { type Contract } from '../../contract/contract';
import { forcedRetirement } from '../../contract/diff/ignored-changes';
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

/**
 * Whose sign-off a contract needs to be merged: what any environment or policy asks for, once it is to be open to consumers. Of one
 * that was retired by force it is the owner's, where anybody asks for it: nobody ends a version against its notice without them.
 */
export function gatedSignoffs(contract: Contract, mesh: Mesh): SignoffPart[] {
  const isForced = contract.status === 'retired' && forcedRetirement(contract) !== undefined;
  const asked = hasConsumers(contract.status) || isForced ? mesh.environments().flatMap((environment) => mesh.signoffs(environment)) : [];
  const parts = [...asked, ...policiesFor(contract, mesh, isForced ? ['retired'] : undefined).flatMap((policy) => policy.parts)];
  return inOrder(isForced ? parts.filter((part) => part === 'owner') : parts);
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

/** `statuses` instead of those that a policy is about. */
function policiesFor(contract: Contract, mesh: Mesh, statuses?: readonly string[]): SignoffPolicy[] {
  return (mesh.definition.policies ?? []).filter((policy): policy is SignoffPolicy => (
    policy.id === 'require-signoff' && holdsFor({ statuses: OPEN_STATUSES, ...policy, ...statuses && { statuses } }, contract)
  ));
}

function inOrder(parts: readonly SignoffPart[]): SignoffPart[] {
  return SIGNOFF_PARTS.filter((part) => parts.includes(part));
}

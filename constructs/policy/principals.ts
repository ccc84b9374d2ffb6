import { type Principal, type Statement } from './statements';
import { referredId, type Template } from './template';

/** `/mesh/…` are roles of products, `/mesh-platform/…` those of the platform, `cdk-…` those that deploy. */
const ROLE_OF_THE_MESH = /^role\/(mesh|mesh-platform)\/|^role\/cdk-/;

/** Whether an ARN is of nobody that the mesh itself brings along: of another account, or a role that is neither a product's nor the platform's. */
export function isStranger(arn: string, account: string | undefined): boolean {
  const [prefix, , service, , owner, ...rest] = arn.split(':');
  if (/^\d{12}$/.test(arn)) return arn !== account;
  if (prefix !== 'arn' || !['iam', 'sts'].includes(service)) return !arn.startsWith('?');
  const name = rest.join(':');
  const isOwn = owner === '?' || owner === account || account === undefined;
  return !isOwn || (name !== 'root' && !ROLE_OF_THE_MESH.test(name));
}

/** Whether a principal is a role or a user that the mesh does not bring along. */
export function isForeign(principal: Principal, template: Template): boolean {
  if (principal.kind === 'Service' || principal.kind === '*') return false;
  if (principal.kind !== 'AWS') return true;
  return template.get(referredId(principal.value))?.type === 'AWS::IAM::Role' ? false : isStranger(principal.name, template.account);
}

/** Conditions without which a statement for everybody is for the world. */
const NARROWING = /^aws:(principalarn|principalaccount|principalorgid|principalorgpaths|sourcearn|sourceaccount|sourceorgid)$|^kms:calleraccount$/i;

export function isNarrowed({ conditions }: Statement): boolean {
  return Object.entries(conditions).some(([operator, keys]) => !/Not|IfExists|^Null$/.test(operator) && typeof keys === 'object' && keys !== null
    && Object.entries(keys as Record<string, unknown>).some(([key, values]) => NARROWING.test(key) && ![values].flat().includes('*')));
}

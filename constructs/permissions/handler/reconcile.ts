import { HandlerError } from '../../handlers/custom-resource';
import { type Grant, type LakePermission, type Target } from '../grants';
import { shown, type Held, type LakeGrants } from '../../lake-formation/lake-grants';

/** Until it is taken away, everybody whom IAM lets has everything. */
const EVERYBODY = 'IAM_ALLOWED_PRINCIPALS';
/** A list may be some seconds behind. */
const LOOKS = 6;
const BETWEEN_LOOKS = 2_000;

/** What is to be, on a part of the catalogue. */
export interface Desired {
  readonly grants: readonly Grant[];
  /** Roles that are to have nothing else on that part. Of others it only adds. */
  readonly exactly: readonly string[];
  /** Whether what an exact role has is of that part. */
  readonly covers: (held: Held) => boolean;
}

/** Lists what is there, takes away what is too much, grants what is missing, and looks whether that is now so. */
export async function reconcile(lake: LakeGrants, desired: Desired, sleep: (ms: number) => Promise<void>): Promise<void> {
  const { surplus, missing } = await difference(lake, desired);
  await lake.revoke(surplus);
  // What was passable is gone with its option, and comes again without.
  await lake.grant(surplus.length === 0 ? missing : (await difference(lake, desired)).missing);
  for (let look = 1; ; look += 1) {
    const left = await difference(lake, desired);
    if (left.missing.length === 0 && left.surplus.length === 0) return;
    if (look === LOOKS) throw new HandlerError(`Lake Formation took the changes and does not show them: ${told(left)}`, 'deploy again; if it persists, somebody else is changing the same permissions');
    await sleep(BETWEEN_LOOKS);
  }
}

interface Difference {
  readonly missing: readonly Grant[];
  readonly surplus: readonly Held[];
}

async function difference(lake: LakeGrants, { grants, exactly, covers }: Desired): Promise<Difference> {
  const held: Held[] = [];
  for (const target of distinct(grants.map((grant) => grant.target))) held.push(...await lake.on(target));
  const own: Held[] = [];
  for (const role of exactly) own.push(...(await lake.of(role)).filter(covers));
  const missing = grants
    .map(({ principal, target, permissions }) => ({ principal, target, permissions: permissions.filter((permission) => !held.some((one) => gives(one, principal, target, permission))) }))
    .filter(({ permissions }) => permissions.length > 0);
  const surplus = [...held.filter(({ principal }) => principal === EVERYBODY), ...own.map((one) => beyond(one, grants))]
    .filter(({ permissions, grantable }) => permissions.length > 0 || grantable.length > 0);
  return { missing, surplus };
}

/** What of it nobody asked for: all of it, if it may be passed on. */
function beyond(held: Held, grants: readonly Grant[]): Held {
  if (held.grantable.length > 0) return held;
  const asked = (permission: string): boolean => held.target !== undefined
    && grants.some(({ principal, target, permissions }) => principal === held.principal && same(target, held.target) && permissions.includes(permission as LakePermission));
  return { ...held, permissions: held.permissions.filter((permission) => !asked(permission)) };
}

function gives({ principal, target, permissions }: Held, to: string, on: Target, permission: LakePermission): boolean {
  return principal === to && same(target, on) && permissions.includes(permission);
}

function same(one: Target | undefined, other: Target | undefined): boolean {
  return one !== undefined && other !== undefined && shown(one) === shown(other);
}

function distinct(targets: readonly Target[]): Target[] {
  return [...new Map(targets.map((target) => [shown(target), target])).values()];
}

function told({ missing, surplus }: Difference): string {
  return [
    ...missing.map(({ principal, target, permissions }) => `${principal} lacks ${permissions.join(', ')} on ${shown(target)}`),
    ...surplus.map(({ principal, target, permissions }) => `${principal} still has ${permissions.join(', ')} on ${target ? shown(target) : 'something else'}`),
  ].join('; ');
}

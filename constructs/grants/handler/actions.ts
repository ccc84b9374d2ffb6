import { type GrantsInspection, type RolesListing } from '../../../lib/plan/inspection';
import { type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { clearanceFor, closedBecause, contractBindings, refusalOf } from '../desired-access';
import { type GrantsReport, type Judgement } from '../answers';
import { heldRoles } from '../held-roles';
import { ProductGrants } from './product-grants';
import { deployedAccess, deployedOf, grantedProducts, type GrantsHandlerSetting, offeredNow } from './product-grants-resource';

/** Puts in force what was deployed last, with the bindings that there are now. */
export async function reconcileNow(setting: GrantsHandlerSetting, place: ProductPlace, remaining: () => number, repair: boolean): Promise<GrantsReport> {
  if (await deployedOf(setting, place) === undefined) throw notDeployed(place);
  return new ProductGrants(setting, place, remaining).reconcile(async () => offeredNow(setting, place, await deployedOf(setting, place)), { repair });
}

/** As what is published has it now. Where no grants were ever deployed, nobody has anything that could be too much. */
export async function follow(setting: GrantsHandlerSetting, place: ProductPlace, remaining: () => number): Promise<GrantsReport> {
  if (await deployedOf(setting, place) === undefined) return { granted: 0, revoked: 0, grants: [], waiting: [], refused: [], drift: [] };
  return reconcileNow(setting, place, remaining, false);
}

/** How one product fared in a sweep. */
export interface Swept {
  readonly product: string;
  readonly drift: readonly string[];
  /** Why its grants could not be put right. */
  readonly failed: string | null;
}

/**
 * As many as one call looks at. A product of one table, one filter and three reading roles takes fourteen requests, and of those one for each role
 * is by page of what it reads anywhere: with a thousand products some seventy. So a call makes at most a few thousand of them, in minutes
 * of the fifteen that it has.
 */
export const SWEPT_AT_ONCE = 25;

/** Which products one call of a sweep is about. */
export type Turn = readonly { readonly entity: string; readonly major: number }[];

/** The products of a domain in turns, of which each is a call of its own: however many there are, none waits for all others. */
export async function turns(setting: GrantsHandlerSetting): Promise<Turn[]> {
  const products = (await grantedProducts(setting)).map(({ entity, major }) => ({ entity, major }));
  return Array.from({ length: Math.ceil(products.length / SWEPT_AT_ONCE) }, (_, n) => products.slice(n * SWEPT_AT_ONCE, (n + 1) * SWEPT_AT_ONCE));
}

/**
 * Once a day for all products: sign-offs end without anybody deploying, and what was given by hand is told on the mesh's bus. One that
 * fails keeps no other from its turn.
 */
export async function sweep(setting: GrantsHandlerSetting, turn: Turn, remaining: () => number): Promise<Swept[]> {
  const swept: Swept[] = [];
  for (const { entity, major } of turn) {
    const place: ProductPlace = { ...setting.served, entity, major };
    const product = `${place.domain}/${place.entity} v${place.major}`;
    try {
      const { drift } = await reconcileNow(setting, place, remaining, false);
      if (drift.length > 0) await setting.tell({ product, drift });
      swept.push({ product, drift, failed: null });
    } catch (error) {
      swept.push({ product, drift: [], failed: error instanceof Error ? error.message : String(error) });
    }
  }
  return swept;
}

/** Compares what is in force with what was deployed last and the bindings that there are now. */
export async function inspect(setting: GrantsHandlerSetting, place: ProductPlace, remaining: () => number): Promise<GrantsInspection> {
  const { access, ...offered } = await offeredNow(setting, place, await deployedOf(setting, place));
  if (access === undefined) throw notDeployed(place);
  return new ProductGrants(setting, place, remaining).inspect(access, offered, setting.trail());
}

/** Who has which role of what was deployed last, with the bindings that there are now. Of Lake Formation nothing is asked. */
export async function list(setting: GrantsHandlerSetting, place: ProductPlace): Promise<RolesListing> {
  const [access, bindings] = await Promise.all([deployedAccess(setting, place), setting.bindings.of(place)]);
  if (access !== undefined) return { roles: heldRoles(access, bindings, setting.now()) };
  return { roles: bindings.map(({ consumer, role }) => ({ consumer, role, subscribed: true, columns: [], rowFilter: null, refused: 'no grants of it are deployed' })) };
}

/** What the contract and the mesh's policy say of a consumer that asks for a role. */
export async function judge(setting: GrantsHandlerSetting, place: ProductPlace, name: string, asked: string | null): Promise<Judgement> {
  const access = await deployedAccess(setting, place);
  if (access === undefined) throw notDeployed(place);
  const { product: { status }, shapes } = access;
  const roles = shapes.map(({ role }) => role);
  const role = asked ?? (roles.length === 1 ? roles[0] : null);
  const shape = shapes.find((one) => one.role === role);
  const consumer = access.consumers.find((one) => one.name === name);
  return {
    status, roles, role, covered: contractBindings(access).some((binding) => binding.role === role && binding.consumer === name),
    refused: closedBecause(access, setting.now()) ?? refusalOf(access, { role: role ?? '', consumer: name }, shape, consumer),
    clearance: shape === undefined || consumer === undefined ? null : clearanceFor(shape, consumer),
  };
}

function notDeployed(place: ProductPlace): HandlerError {
  return new HandlerError(`no grants of ${place.domain}/${place.entity} v${place.major} are deployed`, 'deploy the product\'s stack of grants');
}

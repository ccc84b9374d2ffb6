import { identityOf } from '../../../constructs/domain/identity';
import { foundationPrefix } from '../../contract/names';
import { NOT_DEPLOYED, type AlarmsInspection, type Changed, type Difference, type GrantsInspection, type HeldRole, type Inspection, type ListingInspection, type RolesListing } from '../../plan/inspection';
import { type Mesh } from '../../plan/mesh/mesh';
import { type Plan } from '../../plan/plan-schema';
import { Refusal, UsageError } from '../failure';
import { type Session } from '../verb';
import { askLambda } from './ask-lambda';

/** Which part of a deployment something is about. */
export type Part = 'grants' | 'catalogue' | 'alarms';

/** One thing that differs, and where the contract says how it should be. */
export interface Finding {
  readonly of: Part;
  readonly what: string;
  /** `contracts/sales/orders.contract.yaml:14`; null where the contract says nothing of it. */
  readonly where: string | null;
  readonly by: Changed | null;
  /** The trail that was asked who did it. */
  readonly trail: string;
}

/** How what is deployed of one product stands to its contract. */
export interface Verified {
  readonly product: string;
  readonly ok: boolean;
  /** Digest and version of the contract that its grants were deployed with. */
  readonly contract: string;
  readonly version: string;
  /** Why nobody is given anything; null where somebody may be. */
  readonly closed: string | null;
  readonly grants: readonly string[];
  /** Whether consumers find it, and why they should not. */
  readonly listed: boolean;
  readonly unlisted: string | null;
  readonly alarms: number;
  /** What is not as the contract says. */
  readonly differences: readonly Finding[];
  /** What somebody has that neither contract nor binding explains. */
  readonly drift: readonly Finding[];
  /** Columns that are shown to fewer until a run has masked them. */
  readonly waiting: readonly string[];
  /** Bindings that give nothing, and why. */
  readonly refused: readonly string[];
  readonly repaired: { readonly granted: number; readonly revoked: number } | null;
}

/** One product of an environment, as it is verified. */
export interface Asked {
  readonly name: string;
  readonly plan: Plan;
  /** Where a part of the contract stands. */
  readonly lineOf: (part: string) => string;
}

/** Asks the handlers in the domain's account; with `repair` they put right what they can before. */
export async function verifyProduct(session: Session, mesh: Mesh, { name, plan, lineOf }: Asked, { env, repair }: { readonly env?: string; readonly repair?: boolean }): Promise<Verified> {
  const ask = <T>(handler: Handler, question: object): Promise<T> => askHandler(session, mesh, plan, env, handler, question);
  const repaired = repair === true ? (await Promise.all([ask<{ granted: number; revoked: number }>('grants', { action: 'reconcile', repair: true }), ask('catalogue', { action: 'repair' })]))[0] : null;
  const [grants, listing, alarms] = await Promise.all([
    ask<GrantsInspection>('grants', { action: 'inspect' }), ask<ListingInspection>('catalogue', { action: 'inspect' }), ask<AlarmsInspection>('publisher', { action: 'inspect' }),
  ]);
  const found = (of: Part, { trail }: Inspection, differences: readonly Difference[]): Finding[] => differences.map(({ what, part, by }) => ({ of, what, where: part === null ? null : lineOf(part), by, trail }));
  const differences = ([['grants', grants], ['catalogue', listing], ['alarms', alarms]] as const)
    .flatMap(([of, inspection]) => [...found(of, inspection, another(plan, of, inspection)), ...found(of, inspection, inspection.differences)]);
  const drift = found('grants', grants, grants.drift);
  return {
    product: name, ok: differences.length === 0 && drift.length === 0, contract: grants.contract, version: grants.version, closed: grants.closed, grants: grants.grants,
    listed: listing.listed, unlisted: listing.unlisted, alarms: alarms.alarms, differences, drift, waiting: grants.waiting, refused: grants.refused,
    repaired: repaired === null ? null : { granted: repaired.granted, revoked: repaired.revoked },
  };
}

/** Digest and version of the contract that a product was deployed with last; undefined of one that is not deployed. */
export async function deployedContract(session: Session, mesh: Mesh, plan: Plan, env: string | undefined): Promise<Pick<Inspection, 'contract' | 'version'> | undefined> {
  try {
    return await askHandler<ListingInspection>(session, mesh, plan, env, 'catalogue', { action: 'inspect' });
  } catch (error) {
    if (error instanceof Refusal && error.message.includes(NOT_DEPLOYED)) return undefined;
    throw error;
  }
}

/** Who has which role of a product as its grants were deployed last, by its contract or by a subscription. */
export async function deployedRoles(session: Session, mesh: Mesh, plan: Plan, env: string | undefined): Promise<readonly HeldRole[]> {
  return (await askHandler<RolesListing>(session, mesh, plan, env, 'grants', { action: 'list' })).roles;
}

/** What was deployed from another contract than the file is, nobody has changed by hand. */
function another(plan: Plan, of: Part, { contract, version }: Inspection): Difference[] {
  if (contract === plan.digests.contract) return [];
  const stack = of === 'grants' ? 'its stack of grants' : 'the product';
  return [{ what: `${of} come from another contract, version ${version}, and the file has ${plan.product.version}: deploy ${stack}`, part: 'version', by: null }];
}

type Handler = 'grants' | 'catalogue' | 'publisher';

async function askHandler<T>(session: Session, mesh: Mesh, plan: Plan, env: string | undefined, handler: Handler, question: object): Promise<T> {
  return await askLambda(session, `${functionsOf(mesh, plan, env)}-${handler}`, { ...identityOf({ ...plan.product, environment: plan.environment }), ...question }) as T;
}

/** What the names of the domain's functions begin with. */
function functionsOf(mesh: Mesh, plan: Plan, env: string | undefined): string {
  const { domain } = plan.product;
  const environment = env ?? mesh.production();
  const account = environment === undefined ? undefined : mesh.account(domain, environment);
  if (account === undefined) throw new UsageError(`${mesh.file} has no account of the domain ${domain} in ${environment ?? 'production'}`, 'name the environment: --env');
  const region = mesh.region(domain);
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  return `arn:${partition}:lambda:${region}:${account}:function:${foundationPrefix({ domain, environment: plan.environment })}`;
}

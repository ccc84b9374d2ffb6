import { mayBeDeployed } from '../contract/lifecycle';
import { type Mesh } from '../plan/mesh/mesh';
import { type Plan } from '../plan/plan-schema';
import { Refusal, UsageError } from './failure';
import { planOf, workspaceOf } from './plan-of';
import { findProducts, type KnownProduct, resolveProduct, shortName } from './products';
import { DeployedMesh } from './target';
import { type Session } from './verb';

/** Whose deployment is asked about, and where its handlers are. */
export interface DeploymentOptions {
  readonly target: 'aws' | 'local-aws';
  readonly env?: string;
}

/** A product whose status lets it be deployed in the environment that is asked about. */
export interface DeployableProduct {
  readonly product: KnownProduct;
  readonly name: string;
  readonly plan: Plan;
}

/** Products that are asked about at once; a handler answers ten. */
const AT_ONCE = 8;

/**
 * Asks about one product, or about all that may be deployed, with a session of its domain's account where that is in the local AWS; the
 * answers are in the order of the products. `nothing` is what is not done, in a sentence, where mesh.yaml is not valid.
 */
export async function askOfDeployed<T>(
  session: Session, root: string, reference: string | undefined, { target, env }: DeploymentOptions, nothing: string,
  ask: (acting: Session, mesh: Mesh, deployable: DeployableProduct) => Promise<T>,
): Promise<(DeployableProduct & { readonly answer: T })[]> {
  const loaded = workspaceOf(session, root).mesh();
  if (loaded === undefined) throw new UsageError('there is no mesh.yaml to say which accounts the products are in', 'write one: docs/guides/platform-team.md');
  if (!loaded.ok) throw new Refusal('invalid', `${nothing}: there are errors in mesh.yaml`, 'correct them; mesh validate shows them too', loaded.problems);
  const all = findProducts(root);
  const asked = (reference === undefined ? all : [resolveProduct(reference, root, session.cwd)])
    .map((product): DeployableProduct => ({ product, name: shortName(product, all), plan: planOf(session, root, product, env) }))
    .filter(({ plan }) => mayBeDeployed(plan.product.status, plan.environment === null));
  const local = target === 'local-aws' ? new DeployedMesh(session, root) : undefined;
  const actingFor = ({ plan: { product } }: DeployableProduct): Session => {
    if (local === undefined) return session;
    const { account, region } = local.placeOf(product, env);
    return local.sessionIn(account, region);
  };
  const answered: (DeployableProduct & { readonly answer: T })[] = [];
  for (let n = 0; n < asked.length; n += AT_ONCE) {
    answered.push(...await Promise.all(asked.slice(n, n + AT_ONCE).map(async (one) => ({ ...one, answer: await ask(actingFor(one), loaded.mesh, one) }))));
  }
  return answered;
}

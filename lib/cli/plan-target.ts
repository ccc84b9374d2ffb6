import { type Contract } from '../contract/contract';
import { mayBeDeployed } from '../contract/lifecycle';
import { type ContractTree } from '../plan/contract-tree';
import { type Plan } from '../plan/plan-schema';
import { inGit } from './diff';
import { ExitCode, Refusal, UsageError } from './failure';
import { library } from './library';
import { printChanges } from './plan-against';
import { planOf, workspaceOf } from './plan-of';
import { findMeshRoot, findProducts, type KnownProduct, resolveProduct, shortName } from './products';
import { DeployedMesh } from './target';
import { type Session } from './verb';
import { deployedContract } from './verify/verified';

interface Options {
  readonly target: 'aws' | 'local-aws';
  readonly env?: string;
  readonly json?: boolean;
}

/** Products that are asked for at once; a handler answers ten. */
const AT_ONCE = 8;

/**
 * What a deployment of the contracts here would change of what is deployed. Handlers say which contract that was, by its digest; what it
 * said is in the history of the repository.
 */
export async function planTarget(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const workspace = workspaceOf(session, root);
  const loaded = workspace.mesh();
  if (loaded === undefined) throw new UsageError('there is no mesh.yaml, which says in which accounts products are', 'write one: docs/guides/platform-team.md');
  if (!loaded.ok) throw new Refusal('invalid', 'nothing is compared: there are errors in mesh.yaml', 'correct them; mesh validate shows them too', loaded.problems);
  const all = findProducts(root);
  const asked = (reference === undefined ? all : [resolveProduct(reference, root, session.cwd)]).map((product) => ({ product, plan: planOf(session, root, product, options.env) }))
    .filter(({ plan }) => mayBeDeployed(plan.product.status, plan.environment === null));
  const local = options.target === 'local-aws' ? new DeployedMesh(session, root) : undefined;
  const sessionOf = ({ product }: Plan): Session => {
    if (local === undefined) return session;
    const { account, region } = local.placeOf(product, options.env);
    return local.sessionIn(account, region);
  };
  const found: ReturnType<ReturnType<typeof library.planChanges>['planChanges']> = [];
  for (let n = 0; n < asked.length; n += AT_ONCE) {
    found.push(...(await Promise.all(asked.slice(n, n + AT_ONCE).map(async ({ product, plan }) => {
      const deployed = await deployedContract(sessionOf(plan), loaded.mesh, plan, options.env);
      const head = library.contractTree().treeOnDisk(product.file, session.cwd);
      return library.planChanges().planChanges(deployedTree(head, deployed, product, shortName(product, all)), head, workspace, plan.environment);
    }))).flat());
  }
  printChanges(session, found, options.target, `in ${options.target}`, options.json === true);
  return ExitCode.fine;
}

function deployedTree(head: ContractTree, deployed: { readonly contract: string; readonly version: string } | undefined, { file }: KnownProduct, name: string): ContractTree {
  if (deployed === undefined) return { ...head, contracts: [] };
  const isDeployed = ({ digest }: Contract): boolean => `sha256:${digest}` === deployed.contract;
  if (head.contracts.some(isDeployed)) return head;
  const known = inGit(() => library.contractTree().contractInHistory(file, isDeployed), '--target', 'run it in the repository of git that what is deployed came from');
  if (known !== undefined) return known;
  throw new Refusal('unknown-contract', `${name} was deployed with a contract of version ${deployed.version} that no commit here has`,
    'fetch the whole history (git fetch --unshallow) and the branch that was deployed; what nobody has committed cannot be compared');
}

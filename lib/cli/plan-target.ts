import { type Contract } from '../contract/contract';
import { type ContractTree } from '../plan/contract-tree';
import { askOfDeployed, type DeployableProduct, type DeploymentOptions } from './deployed-products';
import { inGit } from './diff';
import { ExitCode, Refusal } from './failure';
import { library } from './library';
import { printChanges } from './plan-against';
import { withBothMeshes } from './plan-meshes';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { type Session } from './verb';
import { deployedContract, deployedRoles } from './verify/verified';

/**
 * What a deployment of the contracts here would change of what is deployed. Handlers say which contract that was, by its digest, and who has
 * what by subscription too; what the contract said is in the history of the repository.
 */
export async function planTarget(session: Session, reference: string | undefined, options: DeploymentOptions & { readonly json?: boolean }): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const workspace = workspaceOf(session, root);
  const found = await askOfDeployed(session, root, reference, options, 'nothing is compared', async (acting, mesh, deployable) => {
    const { product, plan } = deployable;
    const [deployed, before] = await Promise.all([deployedContract(acting, mesh, plan, options.env), deployedRoles(acting, mesh, plan, options.env)]);
    const head = library.contractTree().treeOnDisk(product.file, session.cwd);
    const after = library.heldAfter().heldAfter(workspace, mesh, product.file, before, options.env);
    const base = deployedTree(head, deployed, deployable);
    return withBothMeshes(session, root, base, (meshes) => library.planChanges().planChanges(base, head, meshes, { suffix: plan.environment, roles: { before, after } }));
  });
  printChanges(session, found.flatMap(({ answer }) => answer), options.target, `in ${options.target}`, options.json === true);
  return ExitCode.fine;
}

function deployedTree(head: ContractTree, deployed: { readonly contract: string; readonly version: string } | undefined, { product: { file }, name }: DeployableProduct): ContractTree {
  if (deployed === undefined) return { ...head, contracts: [] };
  const isDeployed = ({ digest }: Contract): boolean => `sha256:${digest}` === deployed.contract;
  if (head.contracts.some(isDeployed)) return head;
  const known = inGit(() => library.contractTree().contractInHistory(file, isDeployed), '--target', 'run it in the repository of git that what is deployed came from');
  if (known !== undefined) return known;
  throw new Refusal('unknown-contract', `${name} was deployed with a contract of version ${deployed.version} that no commit here has`,
    'fetch the whole history (git fetch --unshallow) and the branch that was deployed; what nobody has committed cannot be compared');
}

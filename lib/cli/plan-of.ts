import { type Workspace } from '../plan/workspace';
import { type Problem } from '../contract/problem';
import { type Plan } from '../plan/plan-schema';
import { type TestCase } from '../plan/pipeline/tests-file';
import { Refusal, UsageError } from './failure';
import { library } from './library';
import { type KnownProduct } from './products';
import { plural } from './terminal/units';
import { type Session } from './verb';

const workspaces = new WeakMap<Session, Workspace>();

/** The files of the mesh, read once a command. */
export function workspaceOf(session: Session, root: string): Workspace {
  const opened = workspaces.get(session) ?? new (library.workspace().Workspace)(root, session.cwd, { env: session.env });
  workspaces.set(session, opened);
  return opened;
}

/**
 * The plan of a product. Throws a Refusal with everything that is wrong with its files, a UsageError for an environment
 * that mesh.yaml does not have.
 */
export function planOf(session: Session, root: string, product: Pick<KnownProduct, 'id' | 'file'>, environment?: string): Plan {
  return planWithWarnings(session, root, product, environment).plan;
}

/** As {@link planOf}, with what the files are warned of. */
export function planWithWarnings(session: Session, root: string, product: Pick<KnownProduct, 'id' | 'file'>, environment?: string): { plan: Plan; warnings: readonly Problem[] } {
  const workspace = workspaceOf(session, root);
  checkEnvironment(workspace, environment);
  const compiled = library.compile().compileProduct(workspace, product.file, { environment });
  if (compiled.ok) return compiled;
  const errors = compiled.problems.filter((problem) => problem.severity === 'error').length;
  throw new Refusal('invalid', `${product.id} cannot be planned: ${plural(errors, 'error')} in its files`, 'correct them; mesh validate shows them too', compiled.problems);
}

/** The cases of the tests file beside a contract that has a plan. */
export function testsOf(session: Session, root: string, product: Pick<KnownProduct, 'file'>): readonly TestCase[] {
  return library.examine().examineProducts(workspaceOf(session, root), [product.file])[0]?.sound?.tests ?? [];
}

/** Throws UsageError for an environment that mesh.yaml does not have. */
export function checkEnvironment(workspace: Workspace, environment: string | undefined): void {
  if (environment === undefined) return;
  const mesh = workspace.mesh();
  if (mesh === undefined) throw new UsageError(`--env ${environment}: there is no mesh.yaml that could define it`, 'leave --env out, or write environments in mesh.yaml');
  if (mesh.ok && !mesh.mesh.environments().includes(environment)) {
    throw new UsageError(`there is no environment "${environment}"`, `mesh.yaml has: ${mesh.mesh.environments().join(', ')}`);
  }
}

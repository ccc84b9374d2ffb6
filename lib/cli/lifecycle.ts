import { type Contract } from '../contract/contract';
import { consumersOf } from '../contract/ending';
import { majorVersion } from '../contract/version';
import { type Rewritten } from '../plan/lifecycle/rewrite';
import { filesOf } from '../plan/product-files';
import { type Workspace } from '../plan/workspace';
import { Refusal, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot, findProducts, resolveProduct, shortName } from './products';
import { harmless } from './terminal/text';
import { type Session } from './verb';

/** What a verb of the lifecycle acts on: the contract of one version. */
export interface LifecycleSubject {
  readonly workspace: Workspace;
  readonly contract: Contract;
  /** Absolute path. */
  readonly file: string;
  readonly major: number;
}

/** The contract that a person named. With several versions, the major has to be said: the newest is not what should end. */
export function lifecycleContract(session: Session, reference: string | undefined): LifecycleSubject {
  const root = findMeshRoot(session.cwd);
  const { id, file } = resolveProduct(reference, root, session.cwd);
  const all = findProducts(root);
  const versions = all.filter((product) => product.id === id);
  if (versions.length > 1 && !/[-_]v\d+$|\.ya?ml$/.test(reference!)) {
    throw new UsageError(`which version of ${id}?`, `name one of ${versions.map((version) => shortName(version, all)).join(', ')}`);
  }
  const workspace = workspaceOf(session, root);
  const loaded = workspace.contract(file);
  if (!loaded.ok) throw new Refusal('invalid', `${workspace.nameOf(file)} is not a valid contract`, 'correct it first; mesh validate shows the same', loaded.problems);
  return { workspace, contract: loaded.contract, file, major: majorVersion(loaded.contract.version) ?? 0 };
}

/** Does what may be refused, in the words of the command line. */
export function refusing<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof library.rewrite().LifecycleRefusal) throw new Refusal('lifecycle', error.message, error.remedy, error.problems);
    throw error;
  }
}

/** Who relies on a version by its contract and by the pipelines of the mesh. */
export function whoIsTold(workspace: Workspace, contract: Contract, major: number): string[] {
  const readers = library.importers().importersOf(workspace, contract.id, major).map((importer) => `${importer.contract.id} v${importer.major}`);
  return [...new Set([...contract.roles.flatMap(consumersOf), ...readers])].sort();
}

export function lifecycleDocument(workspace: Workspace, file: string, { contract, changes }: Rewritten): object {
  const { id, version, status } = contract;
  return {
    product: id, major: majorVersion(version) ?? 0, version, status, file: workspace.nameOf(file),
    changes: changes.map(({ id: rule, grade, path, line, message }) => ({ id: rule, grade, path, line, message })),
  };
}

export function printLifecycle({ terminal: { out } }: Session, workspace: Workspace, file: string, { contract: { id, version, status }, changes }: Rewritten, facts: readonly string[]): void {
  const what = changes.length === 0 ? `is ${status} already, and nothing changes` : `is ${status}`;
  out.line(out.fold(`${out.paint.green('✔')} ${id} ${version} ${what}: ${harmless(workspace.nameOf(file))}`, '  '));
  for (const fact of facts) out.line(out.fold(`  ${harmless(fact)}`, '  '));
  const signed = filesOf(file).signoff === undefined ? [] : ['mesh validate --require-signoffs'];
  out.line(out.paint.dim(`next: ${['mesh diff --against main', ...signed, 'deploy it'].join(' · ')}`));
}

import * as path from 'node:path';
import { type Contract } from '../contract/contract';
import { Findings } from '../contract/findings';
import { type Problem } from '../contract/problem';
import { assemblePlan } from './compile-plan';
import { examineProducts, type SoundProduct } from './examine-product';
import { type Mesh } from './mesh/mesh';
import { checkMesh } from './mesh/mesh-checks';
import { type Plan } from './plan-schema';
import { type ProductFiles } from './product-files';
import { PIPELINE } from './rules';
import { signoffVerdict } from './signoff/check-signoffs';
import { type Workspace } from './workspace';

export interface CompileOptions {
  /**
   * An environment of mesh.yaml.
   * @default - production: names carry no suffix
   */
  readonly environment?: string | undefined;
  /** @default - the file beside the contract */
  readonly pipeline?: string | undefined;
  /** @default - the file beside the contract */
  readonly signoff?: string | undefined;
}

/** A plan and the contract it follows from, or everything that keeps it from being made. Warnings are there either way. */
export type Compiled =
  | { readonly ok: true; readonly plan: Plan; readonly contract: Contract; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles the plan of the product whose contract is in a file. */
export function compileProduct(workspace: Workspace, contractFile: string, options: CompileOptions = {}): Compiled {
  return compileAll(workspace, [contractFile], options.environment, named(options))[0];
}

/** As {@link compileProduct} of each of several: their SQL is checked in one call. */
export function compileProducts(workspace: Workspace, contractFiles: readonly string[], environment?: string): Compiled[] {
  return compileAll(workspace, contractFiles, environment, {});
}

function compileAll(workspace: Workspace, contractFiles: readonly string[], environment: string | undefined, beside: Partial<ProductFiles>): Compiled[] {
  const mesh = workspace.mesh();
  const faults = mesh === undefined ? [] : mesh.ok ? meshErrors(mesh.mesh) : mesh.problems;
  if (faults.length > 0) return contractFiles.map(() => ({ ok: false, problems: faults }));
  return examineProducts(workspace, contractFiles, environment, beside).map(({ problems, sound, files }): Compiled => {
    if (sound === undefined) return { ok: false, problems };
    if (sound.contract.incomplete) return { ok: false, problems: [...problems, ...noColumns(sound.contract)] };
    return { ok: true, plan: planOf(workspace, sound, files, environment), contract: sound.contract, warnings: problems };
  });
}

const errorsOf = new WeakMap<Mesh, readonly Problem[]>();

/** What mesh.yaml gets wrong by itself, looked for once and not for each product. */
function meshErrors(mesh: Mesh): readonly Problem[] {
  const errors = errorsOf.get(mesh) ?? checkMesh(mesh).problems().filter(({ severity }) => severity === 'error');
  errorsOf.set(mesh, errors);
  return errors;
}

function named({ pipeline, signoff }: CompileOptions): Partial<ProductFiles> {
  return { ...(pipeline === undefined ? {} : { pipeline: path.resolve(pipeline) }), ...(signoff === undefined ? {} : { signoff: path.resolve(signoff) }) };
}

/** The short template may leave its columns out; nothing can be built of that. */
function noColumns(contract: Contract): readonly Problem[] {
  const findings = new Findings(contract.file, (path, what) => contract.locate(path, what));
  findings.add(PIPELINE['no-columns'], ['schema'], {
    message: 'the contract has no columns yet, so there is nothing to build', remedy: 'write `schema.columns`, or draft them from data: `mesh init --from FILE`',
  });
  return findings.problems();
}

function planOf(workspace: Workspace, sound: SoundProduct, files: ProductFiles, environment: string | undefined): Plan {
  const { contract, promised, pipeline, tables, foreignKeys, pipelineDigest, lineage } = sound;
  return assemblePlan({
    contract, promised, pipeline, tables, foreignKeys, pipelineDigest, lineage, environment: sound.environment,
    protectedColumns: sound.protection.byTable,
    signoff: signoffVerdict(workspace, contract, files.signoff, environment),
    vocabulary: workspace.surroundings().vocabulary,
  });
}

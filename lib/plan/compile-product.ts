import { type Problem } from '../contract/problem';
import { assemblePlan } from './compile-plan';
import { examineProduct, type SoundProduct } from './examine-product';
import { type Plan } from './plan-schema';
import { type ProductFiles } from './product-files';
import { type Workspace } from './workspace';

export interface CompileOptions {
  /**
   * An environment of mesh.yaml.
   * @default - none: names carry no suffix and nobody has to sign
   */
  readonly environment?: string | undefined;
}

/** A plan, or everything that keeps it from being made. Warnings are there either way. */
export type Compiled =
  | { readonly ok: true; readonly plan: Plan; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles the plan of the product whose contract is in a file. */
export function compileProduct(workspace: Workspace, contractFile: string, options: CompileOptions = {}): Compiled {
  const mesh = workspace.mesh();
  if (mesh?.ok === false) return { ok: false, problems: mesh.problems };
  const environment = options.environment === undefined ? null : mesh?.mesh.suffix(options.environment) ?? null;
  const { problems, sound, files } = examineProduct(workspace, contractFile, environment);
  if (sound === undefined) return { ok: false, problems };
  return { ok: true, plan: planOf(workspace, sound, files, options.environment), warnings: problems };
}

function planOf(workspace: Workspace, sound: SoundProduct, files: ProductFiles, environment: string | undefined): Plan {
  const { contract, promised, pipeline, tables, pipelineDigest, mesh } = sound;
  const vocabulary = workspace.vocabulary();
  return assemblePlan({
    contract, promised, pipeline, tables, pipelineDigest, environment: sound.environment,
    protectedColumns: new Map(promised.map(({ object, columns }) => [object.name, columns
      .filter(({ classification }) => classification === 'confidential' || classification === 'restricted')
      .map(({ name, masking }) => ({ name, masking }))])),
    signoffs: {
      required: environment === undefined ? [] : mesh?.signoffs(environment) ?? [],
      file: files.signoff === undefined ? undefined : { file: workspace.nameOf(files.signoff), exists: true },
    },
    vocabulary: vocabulary?.ok === true ? vocabulary.vocabulary : undefined,
  });
}

import * as path from 'node:path';
import { byPosition, Findings } from '../contract/findings';
import { modelProblems } from '../contract/model-problems';
import { type Problem } from '../contract/problem';
import { readYamlFile } from '../contract/yaml-file';
import { digest } from '../contract/digest';
import { assemblePlan } from './compile-plan';
import { promisedTables } from './contract-tables';
import { defaultPipeline } from './default-pipeline';
import { type DraftPipeline } from './draft';
import { draftPipeline } from './draft-pipeline';
import { localFiles } from './local-files';
import { type PipelineFile, pipelineModel } from './pipeline-file';
import { type Plan } from './plan-schema';
import { type ProductFiles, filesOf } from './product-files';
import { inputsOf } from './refresh';
import { dependencyOrder } from './table-order';
import { type Workspace } from './workspace';

export interface CompileOptions {
  /**
   * An environment of mesh.yaml.
   * @default - none: names carry no suffix and nobody has to sign
   */
  readonly environment?: string | undefined;
  /** @default - the pipeline file beside the contract, if there is one */
  readonly pipeline?: string | undefined;
  /** @default - the sign-off file beside the contract, if there is one */
  readonly signoff?: string | undefined;
}

/** A plan, or everything that keeps it from being made. Warnings are there either way. */
export type Compiled =
  | { readonly ok: true; readonly plan: Plan; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Compiles the plan of the product whose contract is in a file. */
export function compileProduct(workspace: Workspace, contractFile: string, options: CompileOptions = {}): Compiled {
  const beside = filesOf(path.resolve(contractFile));
  const files = { ...beside, pipeline: options.pipeline ?? beside.pipeline, signoff: options.signoff ?? beside.signoff };
  const problems: Problem[] = [];
  const loaded = workspace.contract(files.contract);
  const loadedMesh = workspace.mesh();
  if (loadedMesh?.ok === false) problems.push(...loadedMesh.problems);
  if (!loaded.ok) return { ok: false, problems: [...problems, ...loaded.problems] };
  problems.push(...loaded.warnings);
  const mesh = loadedMesh?.ok === true ? loadedMesh.mesh : undefined;
  const { contract } = loaded;
  const environment = options.environment === undefined ? null : mesh?.suffix(options.environment) ?? null;
  const promised = promisedTables(contract, mesh?.classification(contract.domain) ?? 'internal');
  const read = files.pipeline === undefined ? { pipeline: defaultPipeline(promised), digest: null } : readPipeline(workspace, files, environment, problems);
  if (read === undefined || problems.some(({ severity }) => severity === 'error')) return { ok: false, problems: problems.sort(byPosition) };
  const ordering = dependencyOrder(read.pipeline.tables, inputsOf);
  if (!ordering.ok) throw new Error(`tables read each other: ${ordering.circle.join(' ← ')}`);
  const plan = assemblePlan({
    contract, promised, environment, pipeline: read.pipeline, tables: ordering.order, pipelineDigest: read.digest,
    protectedColumns: new Map(promised.map(({ object, columns }) => [object.name, columns
      .filter(({ classification }) => classification === 'confidential' || classification === 'restricted')
      .map(({ name, masking }) => ({ name, masking }))])),
    signoffs: { required: options.environment === undefined ? [] : mesh?.signoffs(options.environment) ?? [], file: files.signoff === undefined ? undefined : { file: files.signoff, exists: true } },
    vocabulary: undefined,
  });
  return { ok: true, plan, warnings: problems };
}

function readPipeline(workspace: Workspace, files: ProductFiles, environment: string | null, problems: Problem[]): { pipeline: DraftPipeline; digest: string } | undefined {
  const name = workspace.nameOf(files.pipeline!);
  const read = readYamlFile(files.pipeline!, { as: name });
  if (!read.ok) {
    problems.push(...read.problems);
    return undefined;
  }
  const wrong = modelProblems(pipelineModel, { file: name, value: read.value, locate: read.locate }, 'pipeline');
  if (wrong.length > 0) {
    problems.push(...wrong);
    return undefined;
  }
  const findings = new Findings(name, read.locate);
  const local = localFiles(workspace.root, path.dirname(files.pipeline!), findings);
  const pipeline = draftPipeline(read.value as PipelineFile, { findings, products: workspace, environment, ...local });
  problems.push(...findings.problems());
  return { pipeline, digest: `sha256:${digest(read.value)}` };
}

import * as path from 'node:path';
import { type Contract } from '../contract/contract';
import { byPosition } from '../contract/findings';
import { lintContract } from '../contract/lint/lint-contract';
import { type Problem } from '../contract/problem';
import { type PromisedTable, promisedTables } from './contract-tables';
import { defaultPipeline } from './default-pipeline';
import { type DraftPipeline, type DraftTable } from './draft';
import { type Mesh } from './mesh';
import { readPipeline } from './pipeline-reading';
import { filesOf, type ProductFiles } from './product-files';
import { checkTable, checkTables } from './table-checks';
import { type Workspace } from './workspace';

/** One product with all its files, read and judged. */
export interface Examined {
  readonly files: ProductFiles;
  /** Errors and warnings of all its files. */
  readonly problems: readonly Problem[];
  /** What a plan is made of; undefined where an error stands in the way. */
  readonly sound: SoundProduct | undefined;
}

export interface SoundProduct {
  readonly contract: Contract;
  readonly mesh: Mesh | undefined;
  readonly promised: readonly PromisedTable[];
  readonly pipeline: DraftPipeline;
  /** In dependency order. */
  readonly tables: readonly DraftTable[];
  readonly pipelineDigest: string | null;
  readonly environment: string | null;
}

/** Reads and judges a product: its contract, its pipeline, and whether they fit. `environment` is what names carry. */
export function examineProduct(workspace: Workspace, contractFile: string, environment: string | null = null): Examined {
  const files = filesOf(path.resolve(contractFile));
  const problems: Problem[] = [];
  const done = (sound?: SoundProduct): Examined => ({ files, problems: problems.sort(byPosition), sound: problems.some(({ severity }) => severity === 'error') ? undefined : sound });
  const loadedMesh = workspace.mesh();
  const mesh = loadedMesh?.ok === true ? loadedMesh.mesh : undefined;
  const loaded = workspace.contract(files.contract);
  const read = files.pipeline === undefined ? undefined : readPipeline(workspace, files.pipeline, environment);
  if (read?.ok === false) problems.push(...read.problems);
  if (!loaded.ok) {
    problems.push(...loaded.problems);
    if (read?.ok === true) problems.push(...read.read.findings.problems());
    return done();
  }
  const { contract } = loaded;
  const classification = mesh?.classification(contract.domain) ?? 'internal';
  problems.push(...loaded.warnings, ...lintContract(contract, classification).problems());
  if (read?.ok === false) return done();
  const promised = promisedTables(contract, classification);
  if (read === undefined) {
    const pipeline = defaultPipeline(promised);
    return done({ contract, mesh, promised, pipeline, tables: pipeline.tables, pipelineDigest: null, environment });
  }
  const { pipeline, declared, findings, digest } = read.read;
  const tables = checkTables(pipeline, declared, promised, findings);
  for (const table of tables ?? []) {
    const promise = table.layer === 'gold' ? promised.find(({ object }) => object.name === table.name) : undefined;
    checkTable(table, promise !== undefined, { names: undefined, typeOf: () => undefined }, findings);
  }
  problems.push(...findings.problems());
  return done(tables && { contract, mesh, promised, pipeline, tables, pipelineDigest: digest, environment });
}

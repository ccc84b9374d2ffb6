import * as fs from 'node:fs';
import * as path from 'node:path';
import { byPosition } from '../contract/findings';
import { type Problem } from '../contract/problem';
import { crossProblems } from './checks/cross-checks';
import { examineProducts } from './examine-product';
import { checkMesh } from './mesh/mesh-checks';
import { contractBeside, contractsBelow, kindOfFile } from './product-files';
import { gateProblems, signoffProblems } from './signoff/check-signoffs';
import { type SqlChecker } from './sql/sql-check';
import { findMeshRoot, Workspace } from './workspace';

export interface ValidateOptions {
  /** Where the person stands: paths are relative to it, and files are named from it. */
  readonly cwd: string;
  /** @default - found from the paths: the folder of mesh.yaml */
  readonly root?: string;
  /** @default - that of this process */
  readonly env?: NodeJS.ProcessEnv;
  /** @default - the jobs' own */
  readonly sqlChecker?: SqlChecker;
  /**
   * Whether a sign-off that the mesh asks for and that is missing or void is an error.
   * @default false
   */
  readonly requireSignoffs?: boolean;
  /** @default - now */
  readonly now?: Date;
}

export interface ValidatedFile {
  readonly file: string;
  /** Whether it has no error; it may have warnings. */
  readonly ok: boolean;
  readonly problems: readonly Problem[];
}

export interface Validation {
  readonly ok: boolean;
  readonly files: readonly ValidatedFile[];
}

/**
 * Validates files and folders, with all that belongs to them; without paths, the whole mesh. Every problem of every file at once.
 * `mesh.yaml` and the vocabulary belong to every contract: it is judged by them.
 */
export function validatePaths(paths: readonly string[], options: ValidateOptions): Validation {
  const cwd = path.resolve(options.cwd);
  const targets = paths.map((given) => path.resolve(cwd, given));
  const root = options.root ?? findMeshRoot(targets[0] === undefined ? cwd : folderOf(targets[0]));
  const workspace = new Workspace(root, cwd, options);
  const report = new Report(workspace);
  const whole = targets.length === 0;
  const contracts = new Set<string>();
  for (const target of whole ? [root] : targets) collect(target, workspace, contracts);
  const mesh = workspace.mesh();
  if (mesh !== undefined) report.file(path.join(root, 'mesh.yaml'), mesh.ok ? checkMesh(mesh.mesh).problems() : mesh.problems);
  const vocabulary = workspace.vocabulary();
  if (vocabulary !== undefined) report.file(path.join(root, 'contracts', 'vocabulary.yaml'), vocabulary.ok ? [] : vocabulary.problems);
  if (options.requireSignoffs === true) report.add(gateProblems(workspace));
  const examined = examineProducts(workspace, [...contracts]);
  for (const { files, sqlFiles, problems, neighbour } of examined) {
    for (const file of [files.contract, files.pipeline, files.tests, files.signoff]) if (file !== undefined) report.file(file, []);
    report.names(sqlFiles);
    report.add(problems);
    if (neighbour !== undefined) report.add(signoffProblems(workspace, neighbour.contract, files.signoff, options.requireSignoffs === true));
  }
  report.add(crossProblems(examined.flatMap(({ neighbour }) => neighbour ?? []), workspace.vocabulary()));
  return report.result();
}

class Report {
  private readonly byFile = new Map<string, Problem[]>();

  constructor(private readonly workspace: Workspace) {}

  /** A file that was looked at, whatever was found. */
  file(file: string, problems: readonly Problem[]): void {
    this.of(this.workspace.nameOf(file)).push(...problems);
  }

  names(files: readonly string[]): void {
    for (const file of files) this.of(file);
  }

  add(problems: readonly Problem[]): void {
    for (const problem of problems) this.of(problem.file).push(problem);
  }

  private of(file: string): Problem[] {
    const problems = this.byFile.get(file) ?? [];
    this.byFile.set(file, problems);
    return problems;
  }

  result(): Validation {
    const files = [...this.byFile].map(([file, problems]): ValidatedFile => ({
      file, ok: problems.every(({ severity }) => severity !== 'error'), problems: distinct([...problems].sort(byPosition)),
    })).sort((a, b) => (a.file < b.file ? -1 : 1));
    return { ok: files.every(({ ok }) => ok), files };
  }
}

/** The contracts a path stands for. */
function collect(target: string, workspace: Workspace, contracts: Set<string>): void {
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    const inside = target === workspace.root && fs.existsSync(path.join(target, 'contracts')) ? path.join(target, 'contracts') : target;
    for (const contract of contractsBelow(inside)) contracts.add(contract);
    return;
  }
  switch (kindOfFile(target)) {
    case 'mesh':
    case 'vocabulary': return;
    case 'pipeline':
    case 'tests':
    case 'signoff': contracts.add(contractBeside(target)); return;
    default: contracts.add(target);
  }
}

function folderOf(target: string): string {
  return fs.statSync(target, { throwIfNoEntry: false })?.isDirectory() === true ? target : path.dirname(target);
}

function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = JSON.stringify(problem);
    return !seen.has(key) && Boolean(seen.add(key));
  });
}


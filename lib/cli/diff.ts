import * as fs from 'node:fs';
import * as path from 'node:path';
import { Option } from 'commander';
import { dayOf } from '../contract/day';
import { type SetComparison } from '../contract/diff/diff-sets';
import { type ContractTree } from '../plan/contract-tree';
import { diffDocument } from './diff/json';
import { diffMarkdown } from './diff/markdown';
import { diffSarif } from './diff/sarif';
import { printDiff } from './diff/text';
import { ExitCode, Refusal, UsageError } from './failure';
import { library } from './library';
import { printProblems } from './terminal/problems';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

const FORMATS = ['text', 'json', 'sarif', 'markdown'] as const;

interface Options {
  readonly against?: string;
  readonly format?: (typeof FORMATS)[number];
  readonly json?: boolean;
}

export function registerDiff({ program, session, finish }: Registry): void {
  program.command('diff')
    .helpGroup(Group.write)
    .summary('what consumers would notice, and whether the version follows')
    .description('Compares two contracts, two folders of them, or the contracts here with a commit. Every change is breaking, risky or safe '
      + 'for consumers; a breaking one needs a new major version, any other a new minor or patch. Each names its rule: mesh explain <rule>.')
    .argument('[base]', 'a contract or a folder as it was; with --against the one to compare (default: the whole mesh)')
    .argument('[head]', 'the same as it is')
    .option('--against <ref>', 'compare with a branch, tag or commit of git')
    .addOption(new Option('--format <name>', 'markdown: for a pull request; sarif: for code scanning').choices(FORMATS).default('text'))
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh diff --against main', 'what this branch changes'],
      ['mesh diff --against v1.4.0 contracts/sales', 'one domain, since a release'],
      ['mesh diff orders.contract.yaml orders.v2.contract.yaml', 'what consumers would notice when they move to version 2'],
      ['mesh diff --against main --format markdown', 'a comment for a pull request'],
    ], '0 every version follows, 1 one does not, 2 wrong usage'))
    .action((base: string | undefined, head: string | undefined, options: Options) => {
      finish(diff(session, [base, head].filter((each) => each !== undefined), options, dayOf(new Date())));
    });
}

/** `today` is a day, `2026-01-31`: ends of life and of ignores are held against it. */
export function diff(session: Session, given: readonly string[], options: Options, today: string): number {
  const { comparison, skipped } = compared(session, given, options.against, today);
  const { out, err } = session.terminal;
  printProblems(skipped, err);
  switch (options.json === true ? 'json' : options.format ?? 'text') {
    case 'json': printJson(session, diffDocument(comparison)); break;
    case 'sarif': printJson(session, diffSarif(comparison)); break;
    case 'markdown': out.line(diffMarkdown(comparison)); break;
    case 'text': printDiff(comparison, out); break;
  }
  return comparison.ok ? ExitCode.fine : ExitCode.fault;
}

interface Compared {
  readonly comparison: SetComparison;
  /** Problems of contracts in the older tree that nobody could deploy: what they said was no promise. */
  readonly skipped: ContractTree['problems'];
}

function compared(session: Session, given: readonly string[], ref: string | undefined, today: string): Compared {
  const { treeInGit, treeOnDisk, treesOnDisk } = library.contractTree();
  if (ref !== undefined) {
    if (given.length > 1) throw new UsageError('with --against, only one file or folder is compared', 'leave out the second');
    const target = given.length === 0 ? contractsOf(library.workspace().findMeshRoot(session.cwd)) : existing(session, given[0]);
    return compareTrees(inGit(() => treeInGit(ref, target)), treeOnDisk(target, session.cwd), today);
  }
  if (given.length !== 2) throw new UsageError(given.length === 0 ? 'what should be compared?' : `what should ${given[0]} be compared with?`, 'write mesh diff BASE HEAD, or mesh diff --against main');
  const [base, head] = given.map((each) => existing(session, each));
  const folders = [base, head].map((each) => fs.statSync(each).isDirectory());
  if (folders[0] !== folders[1]) throw new UsageError('a file and a folder cannot be compared', 'give two contracts or two folders');
  const trees = treesOnDisk([base, head], session.cwd);
  return folders[0] ? compareTrees(trees[0], trees[1], today) : { comparison: compareFiles(trees[0], trees[1], today), skipped: [] };
}

/** Two contracts, whatever they are called. */
function compareFiles(base: ContractTree, head: ContractTree, today: string): SetComparison {
  refuse([...base.problems, ...head.problems]);
  return library.diff().comparePair(base.contracts[0], head.contracts[0], { base: base.surroundings, head: head.surroundings, today });
}

function compareTrees(base: ContractTree, head: ContractTree, today: string): Compared {
  refuse(head.problems);
  refuseDuplicates(base, head);
  if (base.contracts.length === 0 && head.contracts.length === 0) throw new UsageError('there is no contract to compare', 'a contract is a file <entity>.contract.yaml');
  const context = { base: base.surroundings, head: head.surroundings, today };
  const comparison = library.diff().compareSets(base.contracts, head.contracts, context, (before, after) => base.placeOf(before) === head.placeOf(after));
  return { comparison, skipped: base.problems.map((problem) => ({ ...problem, severity: 'warning' })) };
}

function refuse(problems: ContractTree['problems']): void {
  if (problems.length > 0) throw new Refusal('invalid', 'only valid contracts can be compared', 'correct it first: mesh validate', problems);
}

/** Refuses trees in which two contracts are of one version: one of them could hide what the other changes. */
export function refuseDuplicates(...trees: readonly ContractTree[]): void {
  const duplicates = trees.flatMap(({ contracts }) => library.crossChecks().duplicateVersions(contracts));
  if (duplicates.length > 0) throw new Refusal('invalid', 'two contracts have the same version, so it is unclear which one to compare', 'keep one of them; where a commit has both, compare with a commit that has one', duplicates);
}

/** Asks git, and says in our words why it could not answer. */
export function inGit<T>(ask: () => T, option = '--against', remedy = 'give a branch, tag or commit of the repository that the contracts are in; CI has to fetch it first'): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof library.contractTree().GitRefusal) throw new UsageError(`${option}: ${error.message}`, remedy);
    throw error;
  }
}

/** The whole mesh, as `mesh validate` takes it. */
export function contractsOf(root: string): string {
  const contracts = path.join(root, 'contracts');
  return fs.existsSync(contracts) ? contracts : root;
}

function existing(session: Session, given: string): string {
  const file = path.resolve(session.cwd, given);
  if (!fs.existsSync(file)) throw new UsageError(`there is no file or folder ${given}`);
  return file;
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { Option } from 'commander';
import { type Contract } from '../contract/contract';
import { type Problem } from '../contract/problem';
import { TIERS } from '../contract/tier';
import { type Workspace } from '../plan/workspace';
import { ExitCode, Refusal, UsageError } from './failure';
import { type Answers, askNames } from './init/ask';
import { namesIn } from './init/mesh-names';
import { withModelines } from './init/modeline';
import { nameFault } from './init/names';
import { writeNewFiles } from './init/write';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { askKnown } from './propose/ask';
import { proposedContract } from './propose/contract-text';
import { FAULTS, FRESHNESS, type Known, listed } from './propose/known';
import { printProblems } from './terminal/problems';
import { openPrompts, type Prompts } from './terminal/prompts';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, problemDocument, type Registry, type Session } from './verb';

interface Options extends Known {
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Of a contract that is there already, none of these can be said. */
const OF_THE_CONTRACT = ['grain', 'purpose', 'owner', 'columns', 'freshness', 'availability', 'tier', 'notice', 'consumers'] as const;

export function registerPropose({ program, session, finish }: Registry): void {
  program.command('propose')
    .helpGroup(Group.write)
    .summary('propose a product before it is built: a contract, and a page to discuss')
    .description('Writes a contract in status proposed, from which nothing is built, and beside it a request for comments: grain, service '
      + 'level, consumers, classification, sources, cost, and what the mesh would still ask of it. For a contract that already exists, '
      + 'it writes that page. Nothing that exists is overwritten. On a terminal it asks for what is left out.')
    .argument('[domain]', 'who would own it, e.g. sales')
    .argument('[entity]', 'what it would hold many of, e.g. orders')
    .option('--grain <text>', 'what one row is (default: one row per entity)')
    .option('--purpose <text>', 'what it is for')
    .option('--owner <user>', 'who would answer for it: an e-mail address or a user name')
    .option('--columns <list>', 'name, type and perhaps class of each, with commas; the first is the key')
    .option('--freshness <duration>', `how old the data may be (default: ${FRESHNESS})`)
    .option('--availability <percent>', 'how much of the time it is that fresh')
    .addOption(new Option('--tier <tier>', 'how far it reaches').choices(TIERS))
    .option('--notice <duration>', 'the time between announcing its end and ending')
    .option('--consumers <names>', 'who asked for it, with commas: consumers of mesh.yaml')
    .option('--sources <names>', 'what it is built from, in words, with commas')
    .option('-y, --yes', 'ask nothing: what is left out is left open')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh propose sales returns --purpose "What came back, and why" --consumers reporting', 'what is known so far'],
      ['mesh propose sales returns --columns "return_id string, email string confidential" --freshness 6h', 'with columns'],
    ], '0 written, and it would meet what the mesh asks, 1 written, and something is open, 2 wrong usage or the files exist'))
    .action(async (domain: string | undefined, entity: string | undefined, options: Options) => {
      finish(await propose(session, domain, entity, options));
    });
}

/** `open` gives the prompts of this process's terminal. */
export async function propose(session: Session, domain: string | undefined, entity: string | undefined, options: Options, open = openPrompts): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const { yes = false, json = false, ...known } = options;
  refuseFaults(domain, entity, known);
  const asks = session.terminal.interactive && !yes && !json;
  if (asks) return asking(session, root, { domain, entity, known, prompts: await open() });
  if (domain === undefined || entity === undefined) throw new UsageError('name a domain and an entity', 'for example: mesh propose sales returns');
  return write(session, root, { domain, entity }, known, json);
}

function refuseFaults(domain: string | undefined, entity: string | undefined, known: Known): void {
  const faults = [
    domain === undefined ? undefined : nameFault('domain', domain), entity === undefined ? undefined : nameFault('entity', entity),
    ...(Object.entries(known) as [keyof Known, string][]).map(([flag, text]) => prefixed(`--${flag}`, FAULTS[flag]?.(text))),
  ];
  for (const fault of faults) if (fault !== undefined) throw new UsageError(fault);
}

function prefixed(flag: string, fault: string | undefined): string | undefined {
  return fault === undefined ? undefined : `${flag}: ${fault}`;
}

interface Asking {
  readonly domain: string | undefined;
  readonly entity: string | undefined;
  readonly known: Known;
  readonly prompts: Prompts;
}

/** Asks for what was left out; of a contract that is there already only for its name. */
async function asking(session: Session, root: string, { domain, entity, known, prompts }: Asking): Promise<number> {
  prompts.begin('A data product to propose');
  const names = await askNames(prompts, { ...domain !== undefined && { domain }, ...entity !== undefined && { entity } }, namesIn(root, 'domains'));
  const all = fs.existsSync(path.join(root, contractFile(names))) ? known : await askKnown(prompts, names.entity, known, namesIn(root, 'consumers'));
  prompts.end(`dp_${names.domain}_${names.entity}`);
  return write(session, root, names, all, false);
}

type Names = Pick<Answers, 'domain' | 'entity'>;

function contractFile({ domain, entity }: Names): string {
  return `contracts/${domain}/${entity}.contract.yaml`;
}

function write(session: Session, root: string, names: Names, known: Known, json: boolean): number {
  const file = contractFile(names);
  const page = `contracts/${names.domain}/${names.entity}.rfc.md`;
  const shown = (each: string): string => path.relative(session.cwd, each) || '.';
  const isThere = fs.existsSync(path.join(root, file));
  if (isThere) refuseMore(known, file);
  if (fs.existsSync(path.join(root, page))) throw new UsageError(`nothing was written: ${shown(path.join(root, page))} already exists`, 'move it away to write it again');
  const files = isThere ? [] : withModelines(root, library.pythonHome().packageRoot(), [{ path: file, text: proposedContract(names, known) }]);
  writeNewFiles(root, files, shown);
  const { workspace, contract } = written(session, root, path.join(root, file));
  const { openPoints, requestForComments } = library.proposal();
  const points = openPoints(workspace, contract);
  writeNewFiles(root, [{ path: page, text: requestForComments({ workspace, contract, points, sources: listed(known.sources) }) }], shown);
  report(session, contract, [...files.map((each) => each.path), page], points, json);
  return points.some(({ severity }) => severity === 'error') ? ExitCode.fault : ExitCode.fine;
}

function refuseMore(known: Known, file: string): void {
  const given = OF_THE_CONTRACT.find((name) => known[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} would change ${file}, which is there already`, 'write it there; mesh propose then makes the page from it');
}

function written(session: Session, root: string, file: string): { readonly workspace: Workspace; readonly contract: Contract } {
  const workspace = workspaceOf(session, root);
  const loaded = workspace.contract(file);
  if (!loaded.ok) throw new Refusal('invalid', `${workspace.nameOf(file)} is not a valid contract yet`, 'correct it, then propose it again', loaded.problems);
  if (loaded.contract.status !== 'proposed') throw new UsageError(`${loaded.contract.id} is ${loaded.contract.status ?? 'without a status'}: it is no longer a proposal`);
  return { workspace, contract: loaded.contract };
}

function report(session: Session, { id }: Contract, files: readonly string[], points: readonly Problem[], json: boolean): void {
  const { out, err } = session.terminal;
  if (json) {
    printJson(session, { product: id, files, open: points.map(problemDocument) });
    return;
  }
  printProblems(points, err);
  out.line(`${out.paint.green('✔')} ${id}, proposed${points.length === 0 ? '' : `, ${plural(points.length, 'point')} open`}`);
  for (const file of files) out.line(`  ${file}`);
}

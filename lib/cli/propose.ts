import * as fs from 'node:fs';
import * as path from 'node:path';
import { Option } from 'commander';
import { type Contract } from '../contract/contract';
import { type Problem } from '../contract/problem';
import { TIERS } from '../contract/tier';
import { type Workspace } from '../plan/workspace';
import { ExitCode, Refusal, UsageError } from './failure';
import { domainsOf } from './init';
import { type Answers, ask, ownerFault } from './init/ask';
import { nameFault } from './init/names';
import { writeNewFiles } from './init/write';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { proposedContract } from './propose/contract-text';
import { printProblems } from './terminal/problems';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, problemDocument, type Registry, type Session } from './verb';

interface Options {
  readonly grain?: string;
  readonly purpose?: string;
  readonly owner?: string;
  readonly columns?: string;
  readonly freshness: string;
  readonly availability?: string;
  readonly tier?: string;
  readonly notice?: string;
  readonly consumers?: string;
  readonly sources?: string;
  readonly json?: boolean;
}

/** Of a contract that is there already, none of these can be said. */
const OF_THE_CONTRACT = ['grain', 'purpose', 'owner', 'columns', 'availability', 'tier', 'notice', 'consumers'] as const;

export function registerPropose({ program, session, finish }: Registry): void {
  program.command('propose')
    .helpGroup(Group.write)
    .summary('propose a product before it is built: a contract, and a page to discuss')
    .description('Writes a contract in status proposed, from which nothing is built, and beside it a request for comments: grain, service '
      + 'level, consumers, classification, sources, cost, and what the mesh would still ask of it. Of a contract that is there already, '
      + 'it writes that page. Nothing that exists is overwritten.')
    .argument('[domain]', 'who would own it, e.g. sales')
    .argument('[entity]', 'what it would hold many of, e.g. orders')
    .option('--grain <text>', 'what one row is (default: one row per entity)')
    .option('--purpose <text>', 'what it is for')
    .option('--owner <user>', 'who would answer for it: an e-mail address or a user name')
    .option('--columns <list>', 'name, type and perhaps class of each, with commas; the first is the key')
    .option('--freshness <duration>', 'how old the data may be', '24h')
    .option('--availability <percent>', 'how much of the time it is that fresh')
    .addOption(new Option('--tier <tier>', 'how far it reaches').choices(TIERS))
    .option('--notice <duration>', 'the time between announcing its end and ending')
    .option('--consumers <names>', 'who asked for it, with commas: consumers of mesh.yaml')
    .option('--sources <names>', 'what it is built from, in words, with commas')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh propose sales returns --purpose "What came back, and why" --consumers reporting', 'what is known so far'],
      ['mesh propose sales returns --columns "return_id string, email string confidential" --freshness 6h', 'with columns'],
    ], '0 written, and it would meet what the mesh asks, 1 written, and something is open, 2 wrong usage or the files exist'))
    .action(async (domain: string | undefined, entity: string | undefined, options: Options) => {
      finish(await propose(session, domain, entity, options));
    });
}

export async function propose(session: Session, domain: string | undefined, entity: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const answers = await answered(session, root, { domain, entity, owner: options.owner });
  return write(session, root, answers, { ...options, owner: answers.owner });
}

/** On a terminal, asks for what was left out. */
async function answered(session: Session, root: string, { domain, entity, owner }: { readonly domain?: string | undefined; readonly entity?: string | undefined; readonly owner?: string | undefined }): Promise<Omit<Answers, 'owner'> & { readonly owner?: string }> {
  for (const fault of [
    domain === undefined ? undefined : nameFault('domain', domain), entity === undefined ? undefined : nameFault('entity', entity), owner === undefined ? undefined : ownerFault(owner),
  ]) if (fault !== undefined) throw new UsageError(fault);
  if (domain !== undefined && entity !== undefined) return { domain, entity, ...owner !== undefined && { owner } };
  if (!session.terminal.interactive) throw new UsageError('name a domain and an entity', 'for example: mesh propose sales returns');
  return ask({ ...domain !== undefined && { domain }, ...entity !== undefined && { entity }, ...owner !== undefined && { owner } }, domainsOf(root), 'A data product to propose');
}

function write(session: Session, root: string, { domain, entity }: Pick<Answers, 'domain' | 'entity'>, options: Options): number {
  const stem = `contracts/${domain}/${entity}`;
  const page = `${stem}.rfc.md`;
  const shown = (file: string): string => path.relative(session.cwd, file) || '.';
  const isThere = fs.existsSync(path.join(root, `${stem}.contract.yaml`));
  if (isThere) refuseMore(options, `${stem}.contract.yaml`);
  const files = isThere ? [] : [{ path: `${stem}.contract.yaml`, text: proposedContract({
    ...options, domain, entity, owner: options.owner ?? `${domain}-${entity.replaceAll('_', '-')}@example.com`, consumers: listed(options.consumers),
  }) }];
  if (fs.existsSync(path.join(root, page))) throw new UsageError(`nothing was written: ${shown(path.join(root, page))} is there already`, 'move it away to write it anew');
  writeNewFiles(root, files, shown);
  const { workspace, contract } = written(session, root, path.join(root, `${stem}.contract.yaml`));
  const { openPoints, requestForComments } = library.proposal();
  const points = openPoints(workspace, contract);
  writeNewFiles(root, [{ path: page, text: requestForComments({ workspace, contract, points, sources: listed(options.sources) }) }], shown);
  report(session, contract, [...files.map((file) => file.path), page], points, options.json === true);
  return points.some(({ severity }) => severity === 'error') ? ExitCode.fault : ExitCode.fine;
}

function refuseMore(options: Options, file: string): void {
  const given = OF_THE_CONTRACT.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} would change ${file}, which is there already`, 'write it there; mesh propose then makes the page from it');
}

function listed(names: string | undefined): string[] {
  return (names ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
}

function written(session: Session, root: string, file: string): { readonly workspace: Workspace; readonly contract: Contract } {
  const workspace = workspaceOf(session, root);
  const loaded = workspace.contract(file);
  if (!loaded.ok) throw new Refusal('invalid', `${workspace.nameOf(file)} is no contract yet`, 'correct it, then propose it again', loaded.problems);
  if (loaded.contract.status !== 'proposed') throw new UsageError(`${loaded.contract.id} is ${loaded.contract.status ?? 'without a status'}: it is proposed no longer`);
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

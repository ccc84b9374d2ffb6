import * as fs from 'node:fs';
import * as path from 'node:path';
import { Option } from 'commander';
import { filesOf } from '../plan/product-files';
import { ExitCode, UsageError } from './failure';
import { type Answers, ask as askPerson, ownerFault } from './init/ask';
import { githubFiles } from './init/ci';
import { compatiblePipeline } from './init/compatible';
import { draft, GUESSED } from './init/draft';
import { namesIn } from './init/mesh-names';
import { withModelines } from './init/modeline';
import { identifierOf, nameFault } from './init/names';
import { type Profile } from './init/profile';
import { type NewFile, scaffold } from './init/scaffold';
import { writeNewFiles } from './init/write';
import { ask } from './jobs';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot, resolveProduct } from './products';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly from?: string;
  readonly owner?: string;
  readonly ci?: 'github';
  readonly compatibleWith?: string;
  readonly json?: boolean;
}

export function registerInit({ program, session, finish }: Registry): void {
  program.command('init')
    .helpGroup(Group.write)
    .summary('start a product: from nothing, or drafted from a sample of its data')
    .description('Writes a contract, a pipeline, tests, a query and a sample that work as they are: change them from there. '
      + 'With --from, drafts contract and pipeline from a CSV, JSON or Parquet file; whatever was guessed is marked "# guessed:". '
      + 'Nothing that exists is overwritten. On a terminal, asks for what was left out.')
    .argument('[domain]', 'who owns it, e.g. sales')
    .argument('[entity]', 'what it holds many of, e.g. orders')
    .option('--from <file>', 'a sample of the data to draft from')
    .option('--owner <user>', 'who answers for it: an e-mail address or a user name')
    .addOption(new Option('--ci <host>', 'instead of a product: a workflow that keeps the promises, and hooks before each commit').choices(['github']))
    .option('--compatible-with <product>', 'instead of a product: the pipeline of its version that has none, as a view over this one')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh init sales orders', 'a working product to change'],
      ['mesh init --from export.csv', 'a draft from data, named after the file'],
      ['mesh init sales orders --from export.csv', 'the same, named by you'],
      ['mesh init --ci github', '.github/workflows/mesh.yml and .pre-commit-config.yaml'],
      ['mesh init --compatible-with sales/orders-v2', 'version 1 as a view over version 2'],
    ], '0 written, 1 the sample cannot be read, 2 wrong usage or the files exist'))
    .action(async (domain: string | undefined, entity: string | undefined, options: Options) => {
      finish(await init(session, domain, entity, options));
    });
}

export async function init(session: Session, domain: string | undefined, entity: string | undefined, options: Options): Promise<number> {
  if (options.ci !== undefined) return initCi(session, [domain, entity, options.from, options.owner].some((given) => given !== undefined), options.json === true);
  if (options.compatibleWith !== undefined) return initView(session, options.compatibleWith, [domain, entity, options.from, options.owner].some((given) => given !== undefined), options.json === true);
  for (const fault of [
    domain === undefined ? undefined : nameFault('domain', domain),
    entity === undefined ? undefined : nameFault('entity', entity),
    options.owner === undefined ? undefined : ownerFault(options.owner),
  ]) if (fault !== undefined) throw new UsageError(fault);
  const root = findMeshRoot(session.cwd);
  const shown = (file: string): string => path.relative(session.cwd, file) || '.';
  const known = { ...domain && { domain }, ...entity && { entity }, ...options.owner && { owner: options.owner } };
  const { answers, files: made, after } = options.from === undefined
    ? await fromNothing(session, root, known)
    : await fromData(session, root, known, path.resolve(session.cwd, options.from));
  const files = withModelines(root, library.pythonHome().packageRoot(), made);
  writeNewFiles(root, files, shown);
  const product = `dp_${answers.domain}_${answers.entity}`;
  const guessed = files.flatMap((file) => guesses(file));
  if (options.json === true) {
    printJson(session, { product, files: files.map((file) => file.path), guessed });
    return ExitCode.fine;
  }
  const { out } = session.terminal;
  out.line(`${out.paint.green('✔')} ${product}`);
  for (const file of files) {
    const marked = guessed.filter((guess) => guess.file === file.path).length;
    out.line(`  ${shown(path.join(root, file.path))}${marked === 0 ? '' : out.paint.dim(`  ${plural(marked, 'line')} marked "${GUESSED.trim()}"`)}`);
  }
  nextSteps(session, root, answers, after);
  return ExitCode.fine;
}

function initCi(session: Session, more: boolean, json: boolean): number {
  if (more) throw new UsageError('--ci does not make a product', 'make them one after the other: mesh init --ci github, mesh init sales orders');
  const root = findMeshRoot(session.cwd);
  const shown = (file: string): string => path.relative(session.cwd, file) || '.';
  const { mesh } = workspaceOf(session, root).surroundings();
  const files = githubFiles(mesh !== undefined && library.requiredSignoffs().asksForSignoffs(mesh));
  writeNewFiles(root, files, shown, 'move them away');
  if (json) {
    printJson(session, { product: null, files: files.map((file) => file.path), guessed: [] });
    return ExitCode.fine;
  }
  const { out } = session.terminal;
  for (const file of files) out.line(`${out.paint.green('✔')} ${shown(path.join(root, file.path))}`);
  out.line();
  out.line(out.fold('next: npm install --save-dev cdk-nag@3 · pre-commit install · make the job a required check of the main branch', '      '));
  return ExitCode.fine;
}

/** The one version of a product that nothing builds yet becomes a view over another. */
function initView(session: Session, reference: string, more: boolean, json: boolean): number {
  if (more) throw new UsageError('--compatible-with does not make a product', 'write the contract of the version first, then its pipeline with mesh init --compatible-with');
  const root = findMeshRoot(session.cwd);
  const over = resolveProduct(reference, root, session.cwd);
  const workspace = workspaceOf(session, root);
  const versions = workspace.find(over.id);
  const from = versions.find(({ major }) => major === over.major);
  const bare = versions.filter(({ file, major }) => major !== over.major && filesOf(file).pipeline === undefined);
  if (from === undefined || bare.length !== 1) {
    throw new UsageError(`${over.id} has ${bare.length === 0 ? 'no other version' : `versions ${bare.map(({ major }) => major).join(' and ')}`} without a pipeline`, bare.length === 0 ? 'write the contract of the version that is to be a view, or move its pipeline away' : 'write the pipelines of all but one first');
  }
  const { file, tables } = bare[0];
  const [pipeline] = withModelines(root, library.pythonHome().packageRoot(), [{ path: path.relative(root, file).replace(/\.contract\.(ya?ml)$/, '.pipeline.$1').split(path.sep).join('/'), text: compatiblePipeline(tables, { product: over.id, major: over.major, tables: from.tables }) }]);
  writeNewFiles(root, [pipeline], (each) => path.relative(session.cwd, each), 'move it away');
  const guessed = guesses(pipeline);
  const { out } = session.terminal;
  if (json) printJson(session, { product: over.id, files: [pipeline.path], guessed });
  else out.line(`${out.paint.green('✔')} ${path.relative(session.cwd, path.join(root, pipeline.path))}${guessed.length === 0 ? '' : out.paint.dim(`  ${plural(guessed.length, 'line')} marked "${GUESSED.trim()}"`)}`);
  return ExitCode.fine;
}

interface Begun {
  readonly answers: Answers;
  readonly files: readonly NewFile[];
  /** Verbs to try next. */
  readonly after: readonly string[];
}

async function fromNothing(session: Session, root: string, known: Partial<Answers>): Promise<Begun> {
  const answers = await complete(session, root, known);
  const name = `${answers.domain}/${answers.entity}`;
  return { answers, files: scaffold(answers), after: [`test ${name}`, `run ${name}`, `show ${name}`] };
}

async function fromData(session: Session, root: string, known: Partial<Answers>, file: string): Promise<Begun> {
  if (fs.statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new UsageError(`--from ${path.relative(session.cwd, file)}: there is no such file`);
  const domains = namesIn(root, 'domains');
  const place = domains.length === 1 ? { name: domains[0], why: 'the only domain of mesh.yaml' } : { name: identifierOf(path.basename(root)) ?? 'main', why: 'the name of the folder' };
  const domain = known.domain ?? place.name;
  const entity = known.entity ?? identifierOf(path.basename(file).replace(/\..*$/, ''));
  if (entity === undefined) throw new UsageError(`no name can be made from ${path.basename(file)}`, 'name it: mesh init <domain> <entity> --from FILE');
  const owner = known.owner ?? `${domain}-${entity.replaceAll('_', '-')}@example.com`;
  const profile = await ask<Profile>(session, root, 'profile', { path: file });
  const folder = path.join(root, 'contracts', domain);
  const inside = !path.relative(fs.realpathSync(root), fs.realpathSync(file)).startsWith('..');
  const files = draft(profile, {
    domain, entity, owner, origin: path.basename(file),
    sample: inside ? path.relative(folder, file).split(path.sep).join('/') : undefined,
    guessed: {
      ...known.domain === undefined && { domain: place.why },
      ...known.entity === undefined && { entity: 'the name of the file' },
      ...known.owner === undefined && { owner: 'nobody was named' },
    },
  });
  return { answers: { domain, entity, owner }, files, after: [`run ${domain}/${entity}${inside ? '' : ` --input landing=${path.relative(session.cwd, file)}`}`, `show ${domain}/${entity}`] };
}

function guesses({ path: file, text }: NewFile): { file: string; line: number; guess: string }[] {
  return text.split('\n').flatMap((line, at) => {
    const from = line.indexOf(GUESSED);
    return from < 0 ? [] : [{ file, line: at + 1, guess: line.slice(from + GUESSED.length) }];
  });
}

async function complete(session: Session, root: string, known: Partial<Answers>): Promise<Answers> {
  const { domain, entity, owner } = known;
  if (domain !== undefined && entity !== undefined && (owner !== undefined || !session.terminal.interactive)) {
    return { domain, entity, owner: owner ?? `${domain}-${entity.replaceAll('_', '-')}@example.com` };
  }
  if (!session.terminal.interactive) throw new UsageError('name a domain and an entity', 'for example: mesh init sales orders');
  return askPerson(known, namesIn(root, 'domains'));
}

function nextSteps(session: Session, root: string, { domain }: Answers, after: readonly string[]): void {
  const { out } = session.terminal;
  const domains = namesIn(root, 'domains');
  out.line();
  if (domains.length > 0 && !domains.includes(domain)) out.line(`mesh.yaml has no domain ${domain} yet: add it under domains`);
  out.line(out.fold(`next: ${['validate', ...after].map((verb) => `mesh ${verb}`).join(' · ')}`, '      '));
}

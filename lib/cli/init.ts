import * as path from 'node:path';
import { ExitCode, UsageError } from './failure';
import { type Answers, ask, ownerFault } from './init/ask';
import { nameFault } from './init/names';
import { scaffold } from './init/scaffold';
import { writeNewFiles } from './init/write';
import { library } from './library';
import { findMeshRoot } from './products';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly from?: string;
  readonly owner?: string;
  readonly json?: boolean;
}

export function registerInit({ program, session, finish }: Registry): void {
  program.command('init')
    .helpGroup(Group.write)
    .summary('start a product: from nothing, or drafted from a sample of its data')
    .description('Writes a contract, a pipeline, tests, a query and a sample that work as they are: change them from there.\n'
      + 'With --from, drafts contract and pipeline from a CSV, JSON or Parquet file; whatever was guessed is marked "# guessed:".\n'
      + 'Nothing that exists is overwritten. On a terminal, asks for what was left out.')
    .argument('[domain]', 'who owns it, e.g. sales')
    .argument('[entity]', 'what it holds many of, e.g. orders')
    .option('--from <file>', 'a sample of the data to draft from')
    .option('--owner <user>', 'who answers for it: an e-mail address or a user name')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh init sales orders', 'a working product to change'],
      ['mesh init --from export.csv', 'a draft from data, named after the file'],
      ['mesh init sales orders --from export.csv', 'the same, named by you'],
    ], '0 written, 1 the sample cannot be read, 2 wrong usage or the files exist'))
    .action(async (domain: string | undefined, entity: string | undefined, options: Options) => {
      finish(await init(session, domain, entity, options));
    });
}

export async function init(session: Session, domain: string | undefined, entity: string | undefined, options: Options): Promise<number> {
  for (const fault of [
    domain === undefined ? undefined : nameFault('domain', domain),
    entity === undefined ? undefined : nameFault('entity', entity),
    options.owner === undefined ? undefined : ownerFault(options.owner),
  ]) if (fault !== undefined) throw new UsageError(fault);
  const root = findMeshRoot(session.cwd);
  const shown = (file: string): string => path.relative(session.cwd, file) || '.';
  const answers = await complete(session, root, { ...domain && { domain }, ...entity && { entity }, ...options.owner && { owner: options.owner } });
  const files = scaffold(answers);
  writeNewFiles(root, files, shown);
  const product = `dp_${answers.domain}_${answers.entity}`;
  if (options.json === true) {
    printJson(session, { product, files: files.map((file) => file.path), guessed: [] });
    return ExitCode.fine;
  }
  const { out } = session.terminal;
  out.line(`${out.paint.green('✔')} ${product}`);
  for (const file of files) out.line(`  ${shown(path.join(root, file.path))}`);
  nextSteps(session, root, answers);
  return ExitCode.fine;
}

async function complete(session: Session, root: string, known: Partial<Answers>): Promise<Answers> {
  const { domain, entity, owner } = known;
  if (domain !== undefined && entity !== undefined && (owner !== undefined || !session.terminal.interactive)) {
    return { domain, entity, owner: owner ?? `${domain}-${entity.replaceAll('_', '-')}@example.com` };
  }
  if (!session.terminal.interactive) throw new UsageError('name a domain and an entity', 'for example: mesh init sales orders');
  return ask(known, domainsOf(root));
}

/** Domains that mesh.yaml knows; none where there is no such file. */
function domainsOf(root: string): string[] {
  const read = library.yaml().readYamlFile(path.join(root, 'mesh.yaml'));
  const domains = read.ok ? (read.value as { domains?: unknown } | null)?.domains : undefined;
  return typeof domains === 'object' && domains !== null ? Object.keys(domains) : [];
}

function nextSteps(session: Session, root: string, { domain, entity }: Answers): void {
  const { out } = session.terminal;
  const domains = domainsOf(root);
  out.line();
  if (domains.length > 0 && !domains.includes(domain)) out.line(`mesh.yaml has no domain ${domain} yet: add it below domains`);
  out.line(`next: mesh validate && mesh test ${domain}/${entity} && mesh run ${domain}/${entity} && mesh show ${domain}/${entity}`);
}

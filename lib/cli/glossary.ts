import * as fs from 'node:fs';
import * as path from 'node:path';
import { type GlossaryFile } from '../plan/glossary';
import { ExitCode, Refusal, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
}

export function registerGlossary({ program, session, finish }: Registry): void {
  program.command('glossary')
    .helpGroup(Group.write)
    .summary('the vocabulary as glossary files for editors')
    .description('Writes the terms of contracts/vocabulary.yaml as glossary files of Contextive, one for each context, beside the '
      + 'contracts: editors with Contextive show a term\'s definition where it is used, in contracts, SQL and code.')
    .option('--out <folder>', 'where to write (default: contracts/)')
    .option('--check', 'write nothing, and fail where a file does not match the vocabulary: for CI')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh glossary', 'contracts/<context>/<context>.glossary.yml'],
      ['mesh glossary --check', 'whether they are up to date'],
    ], '0 written or up to date, 1 the vocabulary is at fault or a file is stale, 2 wrong usage'))
    .action((options: Options) => {
      finish(glossary(session, options));
    });
}

export function glossary(session: Session, options: Options): number {
  const root = findMeshRoot(session.cwd);
  const workspace = workspaceOf(session, root);
  const loaded = workspace.vocabulary();
  if (loaded === undefined) throw new UsageError('there is no contracts/vocabulary.yaml', 'write one: terms: {order: {definition: …}}');
  if (!loaded.ok) throw new Refusal('invalid', 'no glossary can be made: there are errors in the vocabulary', 'correct them; mesh validate shows them too', loaded.problems);
  const { mesh } = workspace.surroundings();
  const folder = options.out === undefined ? path.join(root, 'contracts') : path.resolve(session.cwd, options.out);
  const files = library.glossary().glossaries(loaded.vocabulary, mesh).map((file) => ({ ...file, at: path.join(folder, file.path) }));
  const stale = files.filter(({ at, text }) => !fs.existsSync(at) || fs.readFileSync(at, 'utf8') !== text);
  if (options.check !== true) for (const file of stale) write(file, session.cwd);
  const ok = options.check !== true || stale.length === 0;
  const shown = (file: { readonly at: string }): string => path.relative(session.cwd, file.at);
  if (options.json === true) {
    printJson(session, { ok, files: files.map((file) => ({ path: shown(file), terms: file.terms, changed: stale.includes(file) })) });
    return ok ? ExitCode.fine : ExitCode.fault;
  }
  if (!ok) throw new Refusal('stale', `${stale.map(shown).join(', ')} ${stale.length === 1 ? 'does' : 'do'} not match the vocabulary`, 'mesh glossary');
  const { out } = session.terminal;
  for (const file of files) out.line(`${out.paint.green('✔')} ${shown(file)}  ${out.paint.dim(`${plural(file.terms, 'term')}${stale.includes(file) ? '' : ', as it was'}`)}`);
  return ExitCode.fine;
}

function write({ at, text }: GlossaryFile & { readonly at: string }, cwd: string): void {
  try {
    fs.mkdirSync(path.dirname(at), { recursive: true });
    fs.writeFileSync(at, text);
  } catch (error) {
    throw new UsageError(`${path.relative(cwd, at)} cannot be written: ${(error as Error).message}`);
  }
}

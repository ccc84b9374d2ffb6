import * as fs from 'node:fs';
import * as path from 'node:path';
import { type StatusOf } from './docs/catalogue';
import { ExitCode, UsageError } from './failure';
import { type ProductStatus } from './job-results';
import { ask } from './jobs';
import { library } from './library';
import { checkEnvironment, workspaceOf } from './plan-of';
import { findMeshRoot, findProducts, productList } from './products';
import { stateFolder } from './state';
import { printProblems } from './terminal/problems';
import { plural } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly out?: string;
  readonly env?: string;
  readonly json?: boolean;
}

export function registerDocs({ program, session, finish }: Registry): void {
  program.command('docs')
    .helpGroup(Group.look)
    .summary('the mesh as a site to read and search')
    .description('Writes a site about every product: contract, schema with terms, quality, access, lineage down to the columns of the sources, '
      + 'versions and what changed between them. It needs no server and no network: open index.html, or put the folder on any web server.')
    .option('--out <folder>', 'where to write (default: .mesh/docs)')
    .addOption(environmentOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh docs', 'into .mesh/docs'],
      ['mesh docs --out public', 'for a web server'],
    ], '0 written, 1 a contract cannot be read and is missing, 2 wrong usage'))
    .action(async (options: Options) => {
      finish(await docs(session, options));
    });
}

export async function docs(session: Session, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const workspace = workspaceOf(session, root);
  checkEnvironment(workspace, options.env);
  if (workspace.contractFiles().length === 0) throw new UsageError('there is nothing to write about', productList(findProducts(root)));
  const { catalogueOf, siteOf, writeSite } = library.docs();
  const catalogue = await catalogueOf(workspace, options.env, (products) => statusOf(session, root, products));
  const files = siteOf(catalogue);
  const folder = options.out === undefined ? path.join(stateFolder(root), 'docs') : path.resolve(session.cwd, options.out);
  const index = path.relative(session.cwd, path.join(folder, 'index.html'));
  writeSite(files, folder, options.out ?? path.relative(session.cwd, folder));
  const unread = workspace.contractFiles().map((file) => workspace.contract(file)).filter((loaded) => !loaded.ok);
  const { out, err } = session.terminal;
  printProblems(unread.flatMap(({ problems }) => problems), err);
  const counts = { products: catalogue.entries.length, terms: catalogue.terms.size, pages: [...files.keys()].filter((file) => file.endsWith('.html')).length };
  if (options.json === true) printJson(session, { ok: unread.length === 0, index, ...counts, missing: unread.length });
  else out.line(`${out.paint.green('✔')} ${index}  ${out.paint.dim(`${plural(counts.products, 'product')}, ${plural(counts.terms, 'term')}, ${plural(counts.pages, 'page')}`)}`);
  if (unread.length === 0) return ExitCode.fine;
  err.line(`${err.paint.red('✖')} ${plural(unread.length, 'contract')} cannot be read and ${unread.length === 1 ? 'is' : 'are'} not in it`);
  return ExitCode.fault;
}

/** How each product stands on this machine; nobody is asked where nothing ever ran. */
async function statusOf(session: Session, root: string, entries: Parameters<StatusOf>[0]): Promise<readonly ProductStatus[]> {
  if (!fs.existsSync(path.join(root, '.mesh', 'catalog.db'))) return [];
  const products = entries.map(({ id, major, plan }) => ({ id, major, environment: plan?.environment ?? null }));
  const answer = await ask<{ products: ProductStatus[] }>(session, root, 'status', { products, state: stateFolder(root) });
  return answer.products.filter(({ lastRun }) => lastRun !== null);
}

import { majorVersion } from '../contract/version';
import { didYouMean } from '../contract/wording';
import { type Impact, type ImpactSubject, type Use } from '../plan/lineage/impact';
import { type Workspace } from '../plan/workspace';
import { ExitCode, Refusal, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot, findProducts, type KnownProduct, resolveProduct, shortName } from './products';
import { renderTable } from './terminal/table';
import { harmless } from './terminal/text';
import { type Channel } from './terminal/terminal';
import { plural } from './terminal/units';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly json?: boolean;
}

export function registerImpact({ program, session, finish }: Registry): void {
  program.command('impact')
    .helpGroup(Group.look)
    .summary('what depends on a product or a column: products, consumers, copies, interfaces')
    .description('Lists everything in the mesh that depends on a product, a table or a column of it, however far away: products that read it '
      + 'through SQL and rules, consumers that have a role, copies in their warehouses, tables and servers. Column by column: what is made of it, and what it decides.')
    .argument('[product.column]', 'a product (id, domain/entity-v1, stack name), with .column or .table.column behind it or not')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh impact sales/orders-v1', 'who would notice if it were gone'],
      ['mesh impact sales/orders.total_amount', 'if one column changed'],
      ['mesh impact dp_sales_orders.orders.total_amount --json', 'the same, for a machine'],
    ], '0 listed, 1 files are at fault, 2 wrong usage'))
    .action((reference: string | undefined, options: Options) => {
      finish(impact(session, reference, options));
    });
}

export function impact(session: Session, reference: string | undefined, options: Options): number {
  const root = findMeshRoot(session.cwd);
  const { product, element } = parsed(reference, root, session.cwd);
  const workspace = workspaceOf(session, root);
  const subject = subjectOf(workspace, product, element);
  const found = library.impact().impactOf(workspace, subject);
  if (found === undefined) {
    throw new Refusal('invalid', `cannot tell what depends on ${product.id}: there are errors in its files`, 'correct them first; mesh validate shows them too', library.examine().examineProducts(workspace, [product.file])[0].problems);
  }
  if (options.json === true) printJson(session, found);
  else {
    const all = findProducts(root);
    print(found, `${shortName(product, all)}${element === '' ? '' : `.${element}`}`, session.terminal.out);
    const { err } = session.terminal;
    for (const file of found.unknown) err.line(err.fold(`${err.paint.yellow('⚠')} ${harmless(file)}: what it reads is not known, there are errors in its files: mesh validate`, '  '));
  }
  return ExitCode.fine;
}

/** The longest beginning that is a product: names of products have dots too. */
function parsed(reference: string | undefined, root: string, cwd: string): { readonly product: KnownProduct; readonly element: string } {
  const parts = (reference ?? '').split('.');
  for (let length = parts.length; length > 1; length -= 1) {
    try {
      return { product: resolveProduct(parts.slice(0, length).join('.'), root, cwd), element: parts.slice(length).join('.') };
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
    }
  }
  return { product: resolveProduct(reference === undefined ? undefined : parts[0], root, cwd), element: parts.slice(1).join('.') };
}

function subjectOf(workspace: Workspace, { id, major, file }: KnownProduct, element: string): ImpactSubject {
  const subject = { product: id, major, table: null, column: null };
  if (element === '') return subject;
  const loaded = workspace.contract(file);
  if (!loaded.ok) throw new Refusal('invalid', `${workspace.nameOf(file)} is not a valid contract`, 'correct it first; mesh validate shows the same', loaded.problems);
  const { schema, version } = loaded.contract;
  const known = schema.flatMap((object) => object.properties.map((property) => ({ table: object.name, column: property.name })));
  const matching = known.filter(({ table, column }) => element === column || element === `${table}.${column}`);
  if (matching.length > 1) throw new UsageError(`${id} has several columns called ${element}`, `say which: ${matching.map(({ table, column }) => `${table}.${column}`).join(', ')}`);
  if (matching.length === 1) return { ...subject, major: majorVersion(version) ?? major, ...matching[0] };
  if (schema.some(({ name }) => name === element)) return { ...subject, table: element };
  throw new UsageError(`${id} has no column ${element}`, didYouMean(element, known.map(({ column }) => column)));
}

const WORDS: Readonly<Record<Use, string>> = { columns: 'columns', rows: 'which rows', checks: 'a check', untold: 'SQL that cannot be traced' };

function print({ products, consumers, marts, interfaces }: Impact, name: string, out: Channel): void {
  const { paint } = out;
  const counted = [plural(products.length, 'product'), plural(new Set(consumers.map(({ consumer }) => consumer)).size, 'consumer'), plural(interfaces.length, 'interface')];
  out.line(`${paint.bold(harmless(name))} ${products.length + consumers.length === 0 ? 'reaches nobody else' : `reaches ${counted.join(', ')}`}`);
  const section = (title: string, columns: Parameters<typeof renderTable>[0], cells: readonly (readonly string[])[]): void => {
    if (cells.length === 0) return;
    out.line(`\n${paint.bold(title)}`);
    const { lines, hidden } = renderTable(columns, cells, out.width() - 2, paint);
    for (const line of lines) out.line(`  ${line}`);
    if (hidden.length > 0) out.line(paint.dim(`  not shown for lack of space: ${hidden.join(', ')} (--json shows them)`));
  };
  section('Products', [{ title: 'product', whole: true }, { title: 'status', whole: true }, { title: 'by' }, { title: 'columns' }, { title: 'through' }, { title: 'owner' }],
    products.map((each) => [`${each.product} v${each.major}`, each.status, each.uses.map((use) => WORDS[use]).join(', '), each.columns.join(', ') || '–', each.through.join(', '), each.owner ?? '–']));
  section('Consumers', [{ title: 'consumer', whole: true }, { title: 'product' }, { title: 'role' }], consumers.map(({ consumer, product, major, role }) => [consumer, `${product} v${major}`, role]));
  section('Marts', [{ title: 'copied by', whole: true }, { title: 'product' }], marts.map(({ consumer, product, major }) => [consumer, `${product} v${major}`]));
  section('Interfaces', [{ title: 'interface', whole: true }, { title: 'kind', whole: true }, { title: 'product' }], interfaces.map(({ name: each, kind, product, major }) => [each, kind, `${product} v${major}`]));
}

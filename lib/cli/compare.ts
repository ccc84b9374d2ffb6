import { Option } from 'commander';
import { LIFECYCLE } from '../contract/lifecycle';
import { type Plan } from '../plan/plan-schema';
import { ExitCode, Refusal, UsageError } from './failure';
import { type ComparedTable, type CompareResult } from './job-results';
import { ask } from './jobs';
import { planOf } from './plan-of';
import { findMeshRoot, findProducts, type KnownProduct, resolveProduct, shortName } from './products';
import { execute } from './run';
import { stateFolder } from './state';
import { renderTable } from './terminal/table';
import { type Channel } from './terminal/terminal';
import { harmless } from './terminal/text';
import { count, decimal, plural } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, wholeNumber } from './verb';

interface Options {
  readonly by?: string;
  readonly published?: boolean;
  readonly engine?: 'duckdb' | 'spark';
  readonly examples: number;
  readonly env?: string;
  readonly json?: boolean;
}

export function registerCompare({ program, session, finish }: Registry): void {
  program.command('compare')
    .helpGroup(Group.look)
    .summary('compare what two products have published, row by row')
    .description('Runs two products, or two versions of one, on this machine and compares their certified tables: rows that only one of them has, '
      + 'and, column by column, in how many of the others the values differ. Columns are matched by their id, so a renamed one '
      + 'is found; masked columns are compared by their masked values.')
    .argument('[a]', 'a product: id, domain/entity-v1, stack name or contract file')
    .argument('[b]', 'the other')
    .option('--by <columns>', 'the columns that identify a row, comma-separated (default: the primary key)')
    .option('--published', 'run neither: compare what they have published')
    .addOption(new Option('--engine <name>', 'which engine runs both: duckdb, embedded (default), or spark, as Glue does (Java 17)').choices(['duckdb', 'spark']))
    .option('--examples <rows>', 'rows of each kind to show', wholeNumber('--examples', 0), 3)
    .addOption(environmentOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh compare sales/orders-v1 sales/orders-v2', 'what consumers would find when they move'],
      ['mesh compare sales/orders-v1 sales/orders-v2 --published --json', 'run neither, and print for a machine'],
      ['mesh compare sales/orders sales/purchases --by order_id', 'two products, by a key that both have'],
    ], '0 the rows are the same, 1 they differ or there are none, 2 wrong usage'))
    .action(async (a: string | undefined, b: string | undefined, options: Options) => {
      finish(await compare(session, [a, b], options));
    });
}

export async function compare(session: Session, references: readonly (string | undefined)[], options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  if (references.includes(undefined)) throw new UsageError('compare needs two products', 'write mesh compare sales/orders-v1 sales/orders-v2');
  if (options.engine !== undefined && options.published === true) throw new UsageError('--engine chooses what runs both, but with --published nothing runs', 'leave one of them out; tables are compared the same way whichever engine built them');
  const [a, b] = references.map((reference) => resolveProduct(reference, root, session.cwd));
  if (a.file === b.file) throw new UsageError(`${a.id} v${a.major} is one product`, 'name the version of each: sales/orders-v1 sales/orders-v2');
  const plans = { a: planOf(session, root, a, options.env), b: planOf(session, root, b, options.env) };
  if (options.published !== true) {
    const inTurn = [{ product: a, plan: plans.a }, { product: b, plan: plans.b }];
    for (const each of readsProduct(plans.a, b) ? inTurn.reverse() : inTurn) await runIt(session, root, each, options);
  }
  const by = options.by?.split(',').map((name) => name.trim()).filter((name) => name !== '');
  const result = await ask<CompareResult>(session, root, 'compare', {
    ...plans, state: stateFolder(root), examples: options.examples, ...by && { by },
  });
  if (options.json === true) printJson(session, result);
  else {
    const all = findProducts(root);
    print(result, [shortName(a, all), shortName(b, all)], session.terminal.out);
  }
  return result.same ? ExitCode.fine : ExitCode.fault;
}

/** A view over the other is built from what that has published. */
function readsProduct({ sources }: Plan, { id, major }: KnownProduct): boolean {
  return sources.some((source) => source.kind === 'product' && source.product === id && source.major === major);
}

/** One that is retired keeps what it has published. */
async function runIt(session: Session, root: string, { product, plan }: { readonly product: KnownProduct; readonly plan: Plan }, { env, engine }: Pick<Options, 'env' | 'engine'>): Promise<void> {
  if (LIFECYCLE[plan.product.status].runs === 'no') return;
  const { state, message } = await execute(session, root, product, { input: {}, env, brief: true, ...engine !== undefined && { engine } });
  if (state !== 'published' && state !== 'skipped') throw new Refusal(state, `${product.id} v${product.major} was ${state}${message ? `: ${message}` : ''}`, `see: mesh run ${product.file}; --published compares what was published before`);
}

function print({ same, a, b, tables }: CompareResult, names: readonly string[], out: Channel): void {
  for (const table of tables) printTable(table, names, out);
  const verdict = same ? 'the same rows' : `${plural(tables.filter((table) => !table.same).length, 'table')} of ${count(tables.length)} ${tables.length === 1 ? 'differs' : 'differ'}`;
  out.line(out.fold(`${same ? out.paint.green('✔') : out.paint.red('✖')} ${names[0]} ${a.version} (${a.runId}) and ${names[1]} ${b.version} (${b.runId}): ${verdict}`, '  '));
}

function printTable(table: ComparedTable, names: readonly string[], out: Channel): void {
  const { paint } = out;
  out.line(`${paint.bold(harmless(table.table.a === table.table.b ? table.table.a : `${table.table.a} and ${table.table.b}`))} ${paint.dim(`by ${table.by.join(', ')}`)}`);
  const fact = (text: string): void => out.line(out.fold(`  ${harmless(text)}`, '    '));
  fact(`${plural(table.rows.a, 'row')} and ${count(table.rows.b)}: ${count(table.both)} in both, ${count(table.only.a)} only in ${names[0]}, ${count(table.only.b)} only in ${names[1]}`);
  if (table.duplicates.a + table.duplicates.b > 0) fact(`keys are not unique: ${plural(table.duplicates.a, 'row')} more in ${names[0]}, ${count(table.duplicates.b)} in ${names[1]}`);
  const differing = table.columns.filter(({ different }) => different > 0);
  if (differing.length > 0) {
    fact(`${count(table.different)} of ${plural(table.both, 'row')} differ:`);
    const { lines } = renderTable([{ title: 'column' }, { title: 'rows', align: 'right', whole: true }, { title: 'of both', align: 'right', whole: true }, { title: 'by at most', align: 'right', whole: true }, { title: 'type' }],
      differing.map(({ a, b, type, different, largest }) => [a === b ? a : `${a} → ${b}`, count(different), `${decimal(100 * different / table.both)} %`, largest === null ? '–' : decimal(largest, 6), type.a === type.b ? type.a : `${type.a} → ${type.b}`]), out.width() - 4, paint);
    for (const line of lines) out.line(`    ${line}`);
  }
  if (table.missing.a.length > 0) fact(`only ${names[1]} has ${table.missing.a.join(', ')}`);
  if (table.missing.b.length > 0) fact(`only ${names[0]} has ${table.missing.b.join(', ')}`);
  const { different, onlyA, onlyB } = table.examples;
  for (const { key, columns } of different) fact(`${said(key)}: ${Object.entries(columns).map(([name, { a, b }]) => `${name} ${value(a)} → ${value(b)}`).join(', ')}`);
  for (const [keys, name] of [[onlyA, names[0]], [onlyB, names[1]]] as const) for (const key of keys) fact(`${said(key)}: only in ${name}`);
  out.line();
}

function said(key: Readonly<Record<string, unknown>>): string {
  return Object.entries(key).map(([name, each]) => `${name} ${value(each)}`).join(', ');
}

function value(each: unknown): string {
  return each === null || each === undefined ? '∅' : typeof each === 'string' ? each : JSON.stringify(each);
}

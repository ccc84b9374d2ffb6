import { certificateLine, shortcomings } from './certificate-report';
import { planOf } from './plan-of';
import { ExitCode, UsageError } from './failure';
import { type Certificate, type ShownTable } from './job-results';
import { ask } from './jobs';
import { findMeshRoot, findProducts, resolveProduct, shortName } from './products';
import { readAs } from './consumer-reading';
import { askedOf, targetOf } from './target';
import { renderTable } from './terminal/table';
import { harmless } from './terminal/text';
import { type Channel } from './terminal/terminal';
import { plural } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption, wholeNumber } from './verb';

interface Options {
  readonly table?: string;
  readonly limit: number;
  readonly as?: string;
  readonly env?: string;
  readonly target: string;
  readonly json?: boolean;
}

interface Answer {
  readonly tables: readonly ShownTable[];
  readonly certificate: Certificate | null;
  /** Of a deployment: as whom it was read. */
  readonly consumer?: string;
}

export function registerShow({ program, session, finish }: Registry): void {
  program.command('show')
    .helpGroup(Group.look)
    .summary('a sample of what consumers read, and its certificate')
    .description('Shows rows of the certified, published tables, masked as consumers see them, and the certificate they stand on. For a deployment '
      + 'they are what Athena returns to a consumer\'s analyst: the rows and columns that were granted to it.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .option('--table <name>', 'only this table')
    .option('--limit <rows>', 'rows of each table', wholeNumber('--limit', 0), 10)
    .option('--as <consumer>', 'for a deployment: the consumer to read as (default: the first whose people the contract names)')
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh show sales/orders', 'ten rows of each table'],
      ['mesh show sales/orders --limit 1000 --json', 'more, for a machine'],
      ['mesh show sales/orders --target local-aws --as reporting', 'what reporting sees in the local AWS'],
    ], '0 shown, 1 nothing is certified yet, 2 wrong usage'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await show(session, reference, options));
    });
}

export async function show(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const product = resolveProduct(reference, root, session.cwd);
  const plan = planOf(session, root, product, options.env);
  const target = targetOf(session, root, options.target);
  if (target.deployment === undefined && options.as !== undefined) throw new UsageError('--as is for a deployment: on this machine everybody reads the same', 'leave --as out, or give --target local-aws');
  const { session: acting, where } = askedOf(session, root, target, product, options.env);
  const answer = target.deployment === undefined
    ? await ask<Answer>(session, root, 'show', { plan, ...where, limit: options.limit, ...options.table === undefined ? {} : { table: options.table } })
    : {
      ...await ask<Pick<Answer, 'certificate'>>(acting, root, 'certificate', { plan, ...where }),
      ...await readAs(session, root, target.deployment, { product, plan, consumer: options.as, table: options.table, limit: options.limit, environment: options.env }),
    };
  const name = shortName(product, findProducts(root));
  const { out, err } = session.terminal;
  if (options.json === true) printJson(session, { product: product.id, ...answer });
  else {
    for (const table of answer.tables) {
      const planned = plan.tables.find(({ database, table: physical }) => `${database}.${physical}` === table.table);
      const total = answer.certificate?.tables.find((certified) => certified.table === planned?.name)?.rows;
      printTable(table, planned?.primaryKey ?? [], total, out);
    }
    if (answer.consumer !== undefined) out.line(out.paint.dim(`read by Athena as the analyst of ${answer.consumer}`));
    if (answer.certificate !== null) {
      out.line(out.fold(`${out.paint.bold(name)} ${certificateLine(answer.certificate, out.paint)}`, '  '));
      out.line(out.paint.dim(out.fold(`certificate ${answer.certificate.certificateId} · run ${answer.certificate.runId} · ${answer.certificate.issuedAt}`, '  ')));
      for (const line of shortcomings(answer.certificate, out.paint)) out.line(out.fold(line, '  '));
    }
  }
  if (answer.certificate !== null) return ExitCode.fine;
  err.line(`${err.paint.red('✖')} ${name} has no certified data yet`);
  err.line(`  ${err.paint.cyan('→')} mesh run ${name}${target.deployment === undefined ? '' : ` --target ${target.name}`}`);
  return ExitCode.fault;
}

function printTable(table: ShownTable, key: readonly string[], total: number | undefined, out: Channel): void {
  const numeric = /^(int|bigint|float|double|decimal)/;
  // Half a text still says something, half a number, date or short key does not.
  const exact = /^(int|bigint|float|double|decimal|boolean|date|time)/;
  const short = (name: string): boolean => table.rows.every((row) => cell(row[name]).length <= 24);
  const whole = (name: string, type: string): boolean => exact.test(type) || (key.includes(name) && short(name));
  const columns = table.columns.map(({ name, type }) => ({ title: harmless(name), align: numeric.test(type) ? 'right' as const : 'left' as const, whole: whole(name, type) }));
  const { lines, hidden } = renderTable(columns, table.rows.map((row) => table.columns.map((column) => cell(row[column.name]))), out.width(), out.paint);
  const shown = total === undefined || total <= table.rows.length ? plural(table.rows.length, 'row') : `${table.rows.length} of ${plural(total, 'row')}`;
  out.line(`${out.paint.bold(harmless(table.table))} ${out.paint.dim(shown)}`);
  for (const line of lines) out.line(line);
  if (hidden.length > 0) out.line(out.paint.dim(out.fold(`and ${plural(hidden.length, 'column')} more: ${hidden.join(', ')} (--json shows them)`, '  ')));
  out.line();
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '∅';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

import { planOf } from './plan-of';
import { ExitCode, Refusal } from './failure';
import { type QuarantineGroup } from './job-results';
import { ask } from './jobs';
import { findMeshRoot, findProducts, resolveProduct, shortName } from './products';
import { askedOf, targetOf } from './target';
import { renderTable } from './terminal/table';
import { displayWidth, harmless, pad } from './terminal/text';
import { type Channel } from './terminal/terminal';
import { count, plural } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption, wholeNumber } from './verb';

interface Options {
  readonly table?: string;
  readonly run?: string;
  readonly row?: number;
  readonly limit: number;
  readonly env?: string;
  readonly target: string;
  readonly json?: boolean;
}

interface Answer {
  readonly groups: readonly QuarantineGroup[];
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}

export function registerQuarantine({ program, session, finish }: Registry): void {
  program.command('quarantine')
    .helpGroup(Group.look)
    .summary('rows that were set aside: how many, by which rule, why')
    .description('Shows what the rules set aside instead of publishing it. Columns classified above internal are masked there too. '
      + 'Rows stay for 30 days. For a deployment it shows how many, by which rule and why: the rows themselves are never shown outside it.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .option('--table <name>', 'only rows of this table of the pipeline')
    .option('--run <id>', 'only rows of this run')
    .option('--row <number>', 'explain one row, counted from 1', wholeNumber('--row', 1))
    .option('--limit <rows>', 'rows to list under --json', wholeNumber('--limit', 0), 20)
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh quarantine sales/orders', 'how many rows, and why'],
      ['mesh quarantine sales/orders --row 1', 'one of them in full'],
    ], '0 shown (also when it is empty), 1 it cannot be read or has no such row, 2 wrong usage'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await quarantine(session, reference, options));
    });
}

export async function quarantine(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const product = resolveProduct(reference, root, session.cwd);
  const plan = planOf(session, root, product, options.env);
  const target = targetOf(session, root, options.target);
  const deployed = target.deployment !== undefined;
  const { session: acting, where } = askedOf(session, root, target, product, options.env);
  const answer = await ask<Answer>(acting, root, 'quarantine', {
    plan, ...where, limit: options.limit,
    ...options.table === undefined ? {} : { table: options.table },
    ...options.run === undefined ? {} : { runId: options.run },
    ...options.row === undefined ? {} : { row: options.row },
  });
  const total = answer.groups.reduce((sum, group) => sum + group.rows, 0);
  const name = shortName(product, findProducts(root));
  if (options.row !== undefined && (answer.rows ?? []).length === 0) {
    throw new Refusal('no-such-row', `the quarantine of ${name} has no row ${options.row}`, total === 0 ? 'it is empty' : `it has ${plural(total, 'row')}`);
  }
  const { out } = session.terminal;
  if (options.json === true) printJson(session, { product: product.id, ...answer });
  else if (options.row !== undefined) printRow(answer.rows![0], out);
  else if (total === 0) out.line(`the quarantine of ${name} is empty`);
  else printGroups(name, answer.groups, total, out, deployed ? [] : [`mesh quarantine ${name} --row 1`]);
  return ExitCode.fine;
}

function printGroups(name: string, groups: readonly QuarantineGroup[], total: number, out: Channel, next: readonly string[]): void {
  out.line(`${out.paint.bold(name)} ${plural(total, 'row')} in quarantine`);
  // The newest run says most; the time is in the ids that we make.
  const time = (run: string): string => /\d{8}T\d{6}Z/.exec(run)?.[0] ?? run;
  for (const run of [...new Set(groups.map((group) => group.runId))].sort((a, b) => (time(a) < time(b) ? 1 : -1))) {
    const own = groups.filter((group) => group.runId === run);
    const { lines } = renderTable([{ title: 'rows', align: 'right', whole: true }, { title: 'table', whole: true }, { title: 'why' }, { title: 'rule' }],
      own.map((group) => [count(group.rows), group.table, group.reason, group.rule]), out.width() - 2, out.paint);
    out.line(`${out.paint.dim('run')} ${harmless(run)}`);
    for (const line of lines) out.line(`  ${line}`);
  }
  if (next.length > 0) out.line(out.paint.dim(`next: ${next.join(' · ')}`));
}

/** Where the row came from and why it is here, then the row itself. */
function printRow(row: Readonly<Record<string, unknown>>, out: Channel): void {
  const record = typeof row.record === 'object' && row.record !== null ? row.record as Record<string, unknown> : {};
  const facts = Object.entries(row).filter(([field, value]) => field !== 'record' && value !== null && value !== undefined);
  list(facts, out);
  out.line();
  list(Object.entries(record), out);
}

function list(fields: readonly (readonly [string, unknown])[], out: Channel): void {
  const width = Math.max(0, ...fields.map(([field]) => displayWidth(harmless(field))));
  for (const [field, value] of fields) {
    const text = value === null ? '∅' : typeof value === 'string' ? value : JSON.stringify(value);
    out.line(`${out.paint.dim(pad(harmless(field), width))}  ${harmless(text)}`);
  }
}

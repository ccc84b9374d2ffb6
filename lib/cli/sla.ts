import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Month } from '../plan/sla-review/month';
import type { Observed, Review } from '../plan/sla-review/review';
import type { SlaReport } from '../plan/sla-review/report';
import { ExitCode, UsageError } from './failure';
import { library } from './library';
import { planOf } from './plan-of';
import { findMeshRoot, findProducts, productList, resolveProduct } from './products';
import { parseInstant } from './run';
import { askOfProducts, targetOf } from './target';
import { renderTable } from './terminal/table';
import { harmless } from './terminal/text';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption } from './verb';

interface Options {
  readonly month?: string;
  readonly report?: string;
  readonly env?: string;
  readonly now?: string;
  readonly target: string;
  readonly json?: boolean;
}

export function registerSla({ program, session, finish }: Registry): void {
  program.command('sla')
    .helpGroup(Group.look)
    .summary('how products kept their promises in a month')
    .description('Holds a month against the contracts: how fresh the data was, how much of the time, how good, what went wrong, who read it, '
      + 'and when it will end. From the runs of this machine, or from a report that the platform has stored.')
    .argument('[product]', 'only this one')
    .option('--month <YYYY-MM>', 'the month (default: the last one that is over)')
    .option('--report <file>', 'a stored report instead of the runs of this machine')
    .option('--now <time>', 'as of this time (ISO 8601): a month that is not over is looked at up to now', parseInstant)
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh sla --month 2026-10', 'all products'],
      ['mesh sla sales/orders --month 2026-10 --json', 'one, for a machine'],
      ['mesh sla --report sla-2026-10.json', 'what the platform has stored'],
    ], '0 shown, 2 wrong usage', 'The exit code says whether the review could be made, not whether promises were kept.'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await sla(session, reference, options));
    });
}

export async function sla(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const report = options.report === undefined ? await made(session, reference, options) : stored(session, reference, options.report, options.month);
  if (options.json === true) printJson(session, report);
  else print(session, report);
  return ExitCode.fine;
}

/** From the run log of this machine or of a deployment, by the same code as the platform's report. */
async function made(session: Session, reference: string | undefined, { month: name, env, now: asked, target }: Options): Promise<SlaReport> {
  const { monthBefore, monthOf } = library.slaMonth();
  const { promisedBy, review } = library.slaReview();
  const now = asked === undefined ? new Date() : new Date(asked);
  const month: Month | undefined = name === undefined ? monthBefore(now) : monthOf(name);
  if (month === undefined) throw new UsageError(`--month must be a month, got "${name}"`, 'for example 2026-10');
  const root = findMeshRoot(session.cwd);
  const all = findProducts(root);
  const products = reference === undefined ? all : [resolveProduct(reference, root, session.cwd)];
  if (products.length === 0) throw new UsageError('there is no product yet', productList(all));
  const plans = products.map((product) => planOf(session, root, product, env));
  const observed = await askOfProducts<Pick<Observed, 'published' | 'incidents'>>(session, root, targetOf(session, root, target), 'history', plans.map(({ environment }, n) => ({ product: products[n], suffix: environment })), {
    env, from: month.from.toISOString(), until: month.until.toISOString(),
  });
  return {
    mesh: meshName(root), month: month.name, generatedAt: now.toISOString(),
    // Nobody counts who reads here.
    products: plans.map((plan, n) => review(promisedBy(plan), { ...observed[n], usage: null }, month, now)),
  };
}

function meshName(root: string): string {
  const loaded = new (library.workspace().Workspace)(root).mesh();
  return loaded?.ok === true ? loaded.mesh.name : path.basename(root);
}

function stored(session: Session, reference: string | undefined, file: string, month: string | undefined): SlaReport {
  const report = reportIn(path.resolve(session.cwd, file), file);
  if (month !== undefined && month !== report.month) throw new UsageError(`--report ${file} is of ${report.month}, not of ${month}`, 'leave --month out, or name the report of that month');
  const wanted = reference?.toLowerCase();
  const products = report.products.filter((one) => wanted === undefined || [one.product, `${one.domain}/${one.entity}`, `${one.domain}/${one.entity}-v${one.major}`].includes(wanted));
  if (products.length === 0) throw new UsageError(`--report ${file} has no product "${reference ?? ''}"`, `it has ${report.products.map(({ domain, entity }) => `${domain}/${entity}`).join(', ')}`);
  return { ...report, products };
}

function reportIn(at: string, file: string): SlaReport {
  const remedy = 'name the JSON of a report, as the platform stores it below sla/';
  let found: Partial<SlaReport>;
  try {
    found = JSON.parse(fs.readFileSync(at, 'utf8')) as Partial<SlaReport>;
  } catch (error) {
    throw new UsageError(`--report ${file} cannot be read: ${(error as Error).message}`, remedy);
  }
  if (typeof found.month !== 'string' || found.products === undefined) throw new UsageError(`--report ${file} is no report of service levels`, remedy);
  return found as SlaReport;
}

function print(session: Session, { mesh, month, products }: SlaReport): void {
  const { out } = session.terminal;
  const { paint } = out;
  const { cells, nameOf, remarks } = library.slaReport();
  const verdict = (text: string, row: number): string => ({ 'kept': paint.green, 'broken': paint.red, 'nothing published': paint.yellow, 'nothing promised': paint.dim }[products[row].verdict](text));
  out.line(`${paint.bold(harmless(mesh))} ${month}${products.some(isOpen) ? paint.dim(' so far') : ''}`);
  const { lines, hidden } = renderTable([
    { title: 'product' }, { title: 'promise', colour: verdict, whole: true },
    ...['fresh', 'available', 'promised', 'score', 'publications', 'incidents', 'reads', 'end of life'].map((title) => ({ title, align: 'right' as const, whole: true })),
  ], products.map(cells), out.width(), paint);
  for (const line of lines) out.line(line);
  if (hidden.length > 0) out.line(paint.dim(`not shown for want of room: ${hidden.join(', ')}`));
  for (const one of products) {
    const said = remarks(one);
    if (said.length === 0) continue;
    out.line();
    out.line(paint.bold(nameOf(one)));
    for (const sentence of said) out.line(out.fold(`  ${harmless(sentence)}`, '    '));
  }
}

function isOpen({ month, until }: Review): boolean {
  return until.startsWith(month);
}

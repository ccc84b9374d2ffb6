import * as fs from 'node:fs';
import * as path from 'node:path';
import { domainNames } from '../../constructs/domain/naming';
import { platformEnvironment } from '../plan/mesh/mesh-accounts';
import type { Month } from '../plan/sla-review/month';
import type { Observed, Review } from '../plan/sla-review/review';
import type { SlaReport } from '../plan/sla-review/report';
import { ExitCode, UsageError } from './failure';
import { library } from './library';
import { planOf, workspaceOf } from './plan-of';
import { findMeshRoot, findProducts, productList, resolveProduct } from './products';
import { parseInstant } from './run';
import { askOfProducts, DeployedMesh, targetOf } from './target';
import { renderTable } from './terminal/table';
import { harmless } from './terminal/text';
import { askLambda } from './verify/ask-lambda';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption } from './verb';

interface Options {
  readonly month?: string;
  readonly report?: string;
  readonly platform?: boolean;
  readonly env?: string;
  readonly now?: string;
  readonly target: string;
  readonly json?: boolean;
}

export function registerSla({ program, session, finish }: Registry): void {
  program.command('sla')
    .helpGroup(Group.look)
    .summary('how products kept their promises in a month')
    .description('Compares a month with the contracts: how fresh the data was, how much of the time, how good, what went wrong, who read it, '
      + 'and when it will end. From the runs of this machine or of a deployment, from the metrics of all accounts by the platform\'s own review, or from a report '
      + 'that it has stored.')
    .argument('[product]', 'only this one')
    .option('--month <YYYY-MM>', 'the month (default: the last one that is over)')
    .option('--report <file>', 'a stored report instead of the runs of this machine')
    .option('--platform', 'ask the platform\'s review, which reads the metrics of all accounts now')
    .option('--now <time>', 'as of this time (ISO 8601): a month that is not over is looked at up to now', parseInstant)
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh sla --month 2026-10', 'all products'],
      ['mesh sla sales/orders --month 2026-10 --json', 'one, for a machine'],
      ['mesh sla --platform --month 2026-10', 'of what is deployed, by the platform\'s review'],
      ['mesh sla --report sla-2026-10.json', 'what the platform has stored'],
    ], '0 shown, 2 wrong usage', 'The exit code says whether the review could be made, not whether promises were kept.'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await sla(session, reference, options));
    });
}

export async function sla(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const report = await reportOf(session, reference, options);
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

async function reportOf(session: Session, reference: string | undefined, options: Options): Promise<SlaReport> {
  const { report: file, month, platform } = options;
  if (file !== undefined && platform === true) throw new UsageError('--report and --platform are two places to take a report from', 'leave one of them out');
  if (platform === true) return ofProduct(await reviewed(session, options), reference, 'the platform\'s review');
  if (file === undefined) return made(session, reference, options);
  const report = reportIn(path.resolve(session.cwd, file), file);
  if (month !== undefined && month !== report.month) throw new UsageError(`--report ${file} is of ${report.month}, not of ${month}`, 'leave --month out, or name the report of that month');
  return ofProduct(report, reference, `--report ${file}`);
}

/** As the platform's review makes it now, of the products that are deployed in an environment. */
async function reviewed(session: Session, { month, env, now, target }: Options): Promise<SlaReport> {
  if (now !== undefined) throw new UsageError('--now is for the runs of this machine', 'leave it out: the platform looks at a month that is not over up to now');
  const root = findMeshRoot(session.cwd);
  const loaded = workspaceOf(session, root).mesh();
  if (loaded?.ok !== true) throw new UsageError('there is no valid mesh.yaml to say where the platform is', 'write one: docs/guides/platform-team.md');
  const { mesh } = loaded;
  const environment = env ?? mesh.production();
  const account = environment === undefined ? undefined : mesh.platformAccount(environment);
  if (environment === undefined || account === undefined) throw new UsageError(`${mesh.file} has no account of the platform in ${environment ?? 'production'}`, 'name the environment: --env');
  const { region } = mesh.definition.platform;
  const place = { mesh: mesh.name, environment: mesh.suffix(platformEnvironment(mesh, environment)), domain: 'platform', account, region, platformAccount: account, platformRegion: region };
  const asking = target === 'local-aws' ? new DeployedMesh(session, root).sessionIn(account, region) : session;
  const report = await askLambda(asking, domainNames.handlerArn(place, 'review'), { action: 'show', ...(month === undefined ? {} : { month }) }) as SlaReport;
  return { ...report, products: report.products.filter((one) => one.environment === mesh.suffix(environment)) };
}

function ofProduct(report: SlaReport, reference: string | undefined, of: string): SlaReport {
  const wanted = reference?.toLowerCase();
  const products = report.products.filter((one) => wanted === undefined || [one.product, `${one.domain}/${one.entity}`, `${one.domain}/${one.entity}-v${one.major}`].includes(wanted));
  if (products.length === 0 && reference !== undefined) throw new UsageError(`${of} has no product "${reference}"`, `it has ${report.products.map(({ domain, entity }) => `${domain}/${entity}`).join(', ')}`);
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
  if (typeof found.month !== 'string' || found.products === undefined) throw new UsageError(`--report ${file} is not a report of service levels`, remedy);
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
  if (hidden.length > 0) out.line(paint.dim(`not shown for lack of space: ${hidden.join(', ')}`));
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

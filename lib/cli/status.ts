import { verdictText } from './certificate-report';
import { planOf } from './plan-of';
import { ExitCode, Refusal, UsageError } from './failure';
import { type ProductStatus } from './job-results';
import { findMeshRoot, findProducts, type KnownProduct, productList, resolveProduct, shortName } from './products';
import { parseInstant } from './run';
import { askOfProducts, type ProductAsked, targetOf } from './target';
import { renderTable } from './terminal/table';
import { harmless } from './terminal/text';
import { age, decimal } from './terminal/units';
import { endingNotice } from '../plan/ending-notice';
import { type Plan } from '../plan/plan-schema';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption } from './verb';

interface Options {
  readonly env?: string;
  readonly now?: string;
  readonly target: string;
  readonly json?: boolean;
}

export function registerStatus({ program, session, finish }: Registry): void {
  program.command('status')
    .helpGroup(Group.look)
    .summary('how every product stands: last run, certificate, freshness')
    .description('Shows for each product its last run, the certificate that consumers rely on now, how old its data is and what is running.')
    .argument('[product]', 'only this one')
    .option('--now <time>', 'ages as of this time (ISO 8601)', parseInstant)
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([['mesh status', 'all products'], ['mesh status sales/orders --json', 'one, for a machine']], '0 shown, 2 wrong usage',
      'The exit code says whether the status could be shown, not whether it is good.'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await status(session, reference, options));
    });
}

export async function status(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const all = findProducts(root);
  const products = reference === undefined ? all : [resolveProduct(reference, root, session.cwd)];
  if (products.length === 0) throw new UsageError('there is no product yet', productList(all));
  const target = targetOf(session, root, options.target);
  const asked: ProductAsked[] = [];
  const notices: string[] = [];
  for (const product of products) {
    const plan = planOrNothing(session, root, product, options.env);
    asked.push({ product, suffix: plan?.environment ?? null });
    const notice = plan === undefined ? undefined : endingNotice(plan);
    if (notice !== undefined) notices.push(`${shortName(product, all)}: ${notice}`);
  }
  const answer = { products: await askOfProducts<ProductStatus>(session, root, target, 'status', asked, { env: options.env, ...options.now && { now: options.now } }) };
  if (options.json === true) {
    printJson(session, answer);
    return ExitCode.fine;
  }
  print(session, answer.products, (status) => {
    const product = products.find((candidate) => candidate.id === status.product && candidate.major === status.major);
    return product === undefined ? status.product : shortName(product, all);
  });
  const { err } = session.terminal;
  for (const notice of notices) err.line(err.fold(`${err.paint.yellow('⚠')} ${harmless(notice)}`, '  '));
  // Of one product there is room for its runs: replay begins with one of them.
  if (reference !== undefined) for (const one of answer.products) printRuns(session, one);
  return ExitCode.fine;
}

function printRuns(session: Session, { runs }: ProductStatus): void {
  if (runs.length === 0) return;
  const { out } = session.terminal;
  const { lines } = renderTable([{ title: 'run', whole: true }, { title: 'state', whole: true }, { title: 'started', whole: true }, { title: 'ended', whole: true }],
    runs.map((run) => [run.runId, run.state, run.startedAt.replace(/\.\d+/, ''), run.endedAt?.replace(/\.\d+/, '') ?? '–']), out.width(), out.paint);
  out.line();
  for (const line of lines) out.line(line);
}

/** A product whose contract is broken by now still has a status. */
function planOrNothing(session: Session, root: string, product: KnownProduct, environment?: string): Plan | undefined {
  try {
    return planOf(session, root, product, environment);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    session.terminal.err.line(`${session.terminal.err.paint.yellow('⚠')} ${product.id}: ${harmless(error.message)}; see: mesh validate`);
    return undefined;
  }
}

function print(session: Session, statuses: readonly ProductStatus[], nameOf: (status: ProductStatus) => string): void {
  const { out, err } = session.terminal;
  const { paint } = out;
  const rows = statuses.map((status) => [
    nameOf(status), status.state,
    status.certificate?.verdict ?? '–', status.certificate === null ? '–' : decimal(status.certificate.score),
    status.freshnessSeconds === null ? '–' : `${age(status.freshnessSeconds)} old`,
    status.lastRun === null ? '–' : `${status.lastRun.runId} (${status.lastRun.state})`,
  ]);
  const colourVerdict = (text: string, row: number): string => {
    const verdict = statuses[row].certificate?.verdict;
    return verdict === undefined ? text : text.replace(verdict, verdictText(verdict, paint));
  };
  const { lines, hidden } = renderTable([
    { title: 'product' }, { title: 'state' }, { title: 'certificate', colour: colourVerdict }, { title: 'score', align: 'right', whole: true },
    { title: 'data', align: 'right' }, { title: 'last run' },
  ], rows, out.width(), paint);
  for (const line of lines) out.line(line);
  if (hidden.length > 0) out.line(paint.dim(`not shown for lack of space: ${hidden.join(', ')}`));
  for (const status of statuses) {
    const message = status.lastRun?.message;
    if (message && !['published', 'skipped'].includes(status.lastRun?.state ?? '')) err.line(err.fold(`${err.paint.yellow('⚠')} ${nameOf(status)}: ${harmless(message)}`, '  '));
    if (status.running !== null) out.line(`… ${nameOf(status)}: running${status.running.since === undefined ? '' : ` since ${status.running.since}`}`);
  }
}

import { freshnessText, verdictText } from './certificate-report';
import { planOf } from './plan-of';
import { ExitCode, JobsBug, Refusal, UsageError } from './failure';
import { type ProductStatus, type RunResult } from './job-results';
import { findMeshRoot, findProducts, type KnownProduct, productList, shortName } from './products';
import { execute, type RunOptions } from './run';
import { askOfProducts, type Target, targetOf } from './target';
import { openProgress } from './terminal/progress';
import { printProblems } from './terminal/problems';
import { renderTable } from './terminal/table';
import { harmless } from './terminal/text';
import { age, count, decimal, took } from './terminal/units';
import { type Plan } from '../plan/plan-schema';
import { printJson, type Session } from './verb';

/** What came of one product. */
interface Outcome {
  readonly product: KnownProduct;
  readonly name: string;
  readonly plan?: Plan;
  readonly run?: RunResult;
  /** How it stands, where this run had nothing to do. */
  readonly standing?: ProductStatus;
  /** Why there is no run. */
  readonly message?: string;
  readonly state: RunResult['state'];
}

/** Whether all is well with it: published, found to be up to date, or retired with its data kept. */
const stands = (outcome: Outcome | undefined): boolean =>
  outcome?.state === 'published' || (outcome?.state === 'skipped' && (outcome.run !== undefined || outcome.plan?.product.status === 'retired'));

const key = (id: string, major: number): string => `${id} v${major}`;

/** Runs every product, those that others read first; what reads a product that failed is skipped, and says so. */
export async function runAll(session: Session, options: RunOptions): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const products = findProducts(root);
  const target = targetOf(session, root, options.target);
  if (products.length === 0) throw new UsageError('there is nothing to run', productList(products));
  const outcomes = new Map<string, Outcome>();
  const plans = new Map<string, Plan>();
  const bugs: JobsBug[] = [];
  const explain = (error: unknown): string => {
    if (error instanceof JobsBug) bugs.push(error);
    return failureText(session, error);
  };
  const record = (outcome: Outcome): void => void outcomes.set(key(outcome.product.id, outcome.product.major), outcome);
  for (const product of products) {
    const name = shortName(product, products);
    try {
      plans.set(key(product.id, product.major), planOf(session, root, product, options.env));
    } catch (error) {
      record({ product, name, state: 'failed', message: explain(error) });
    }
  }
  for (const product of inOrder(products, plans)) {
    const own = key(product.id, product.major);
    const name = shortName(product, products);
    const plan = plans.get(own)!;
    if (plan.product.status === 'retired') {
      record({ product, name, plan, state: 'skipped', message: 'retired: its data is kept, and it does not run' });
      continue;
    }
    const missing = reads(plan).filter((other) => !stands(outcomes.get(other)));
    if (missing.length > 0) {
      record({ product, name, plan, state: 'skipped', message: `skipped: it reads ${missing.map((other) => outcomes.get(other)?.name ?? other).join(', ')}, which ${missing.length === 1 ? 'was' : 'were'} not published` });
      continue;
    }
    try {
      const run = await execute(session, root, product, { ...options, brief: true }, target);
      record({ product, name, plan, run, state: run.state });
      if (run.state === 'published') openProgress(session.terminal.err, session.env).done(name, run.seconds);
    } catch (error) {
      record({ product, name, plan, state: 'failed', message: explain(error) });
    }
  }
  const all = await withStanding(session, root, target, products.map((product) => outcomes.get(key(product.id, product.major))!), options);
  const ok = all.every(stands);
  if (options.json === true) printJson(session, { ok, runs: all.map((outcome) => outcome.run ?? { product: outcome.product.id, state: outcome.state, message: outcome.message }) });
  else report(session, all);
  // One product's bug does not keep the others from running; it is reported last, where it is seen.
  if (bugs.length > 0 && options.json !== true) throw bugs[0];
  if (bugs.length > 0) return ExitCode.bug;
  return ok ? ExitCode.fine : ExitCode.fault;
}

/** A product that was up to date is shown with the certificate it has. */
async function withStanding(session: Session, root: string, target: Target, outcomes: readonly Outcome[], { now, env }: RunOptions): Promise<Outcome[]> {
  const idle = outcomes.filter((outcome) => outcome.state === 'skipped' && outcome.run !== undefined);
  if (idle.length === 0) return [...outcomes];
  const products = await askOfProducts<ProductStatus>(session, root, target, 'status', idle.map(({ product, plan }) => ({ product, suffix: plan?.environment ?? null })), { env, ...now && { now } });
  return outcomes.map((outcome) => {
    const found = products.find((status) => status.product === outcome.product.id && status.major === outcome.product.major);
    return found === undefined || !idle.includes(outcome) ? outcome : { ...outcome, standing: found };
  });
}

const reads = (plan: Plan): string[] => plan.sources.flatMap((source) => (source.kind === 'product' ? [key(source.product, source.major)] : []));

/** Products whose plan is there, each after those it reads. Validation has refused circles. */
function inOrder(products: readonly KnownProduct[], plans: ReadonlyMap<string, Plan>): KnownProduct[] {
  const ordered = new Set<KnownProduct>();
  const visit = (product: KnownProduct, above: readonly KnownProduct[]): void => {
    const plan = plans.get(key(product.id, product.major));
    if (plan === undefined || ordered.has(product) || above.includes(product)) return;
    for (const other of reads(plan)) {
      const found = products.find((candidate) => key(candidate.id, candidate.major) === other);
      if (found !== undefined) visit(found, [...above, product]);
    }
    ordered.add(product);
  };
  for (const product of products) visit(product, []);
  return [...ordered];
}

/** A failure of one product, in one line; what concerns all of them goes on. */
function failureText(session: Session, error: unknown): string {
  if (error instanceof JobsBug) return `a bug in mesh: ${error.message}`;
  if (!(error instanceof Refusal)) throw error;
  printProblems(error.problems, session.terminal.err);
  return error.remedy === undefined ? error.message : `${error.message}; ${error.remedy}`;
}

const orDash = (value: number | null | undefined, text: (value: number) => string): string => (value === null || value === undefined ? '–' : text(value));

function report(session: Session, outcomes: readonly Outcome[]): void {
  const { out, err } = session.terminal;
  const { paint } = out;
  const colourState = (text: string, row: number): string => ({ published: paint.green, rejected: paint.red, failed: paint.red, skipped: paint.yellow })[outcomes[row].state](text);
  const sum = (run: RunResult, field: 'rowsIn' | 'rowsOut' | 'quarantined' | 'removed', tables?: readonly string[]): string =>
    count(run.tables.filter((table) => tables?.includes(table.table) ?? true).reduce((total, table) => total + table[field], 0));
  const rows = outcomes.map(({ name, run, plan, state, standing }) => {
    // Published is what is certified, or provisionally so; that says more.
    const shown = state === 'published' ? run?.certificate?.verdict ?? state : state === 'skipped' && run !== undefined ? 'unchanged' : state;
    if (run === undefined || plan === undefined) return [name, shown, ...Array<string>(7).fill('–')];
    const entry = plan.tables.filter((table) => table.from.some((input) => plan.sources.some((source) => source.name === input))).map((table) => table.name);
    const published = plan.tables.filter((table) => table.published).map((table) => table.name);
    return [
      name, shown, sum(run, 'rowsIn', entry), sum(run, 'rowsOut', published), sum(run, 'quarantined'), sum(run, 'removed'),
      orDash((run.certificate ?? standing?.certificate)?.score, decimal),
      orDash(run.certificate === null ? standing?.freshnessSeconds : run.certificate.freshness.seconds, age), took(run.seconds),
    ];
  });
  const right = { align: 'right', whole: true } as const;
  const wide = out.width() >= 110;
  const { lines } = renderTable([
    { title: 'product' }, { title: 'state', whole: true, colour: colourState },
    { title: wide ? 'rows read' : 'read', ...right }, { title: 'published', ...right },
    { title: wide ? 'quarantined' : 'quar.', ...right }, { title: 'removed', ...right },
    { title: 'score', ...right }, { title: wide ? 'freshness' : 'age', ...right }, { title: 'time', ...right },
  ], rows, out.width(), paint);
  for (const line of lines) out.line(line);
  for (const outcome of outcomes) {
    const { name, run, message, state } = outcome;
    if (stands(outcome) && state === 'skipped') {
      out.line(paint.dim(out.fold(`${name}: ${harmless(run?.message ?? message ?? 'nothing to do')}`, '  ')));
      continue;
    }
    const why = message ?? (run !== undefined && run.state !== 'published' ? [run.message ?? run.certificate?.reasons.join('; '), run.remedy].filter((part) => part).join('; ') : undefined);
    if (why !== undefined && why !== '') err.line(err.fold(`${err.paint.red('✖')} ${name}: ${harmless(why.replace(/\s*\n\s*/g, ' '))}`, '  '));
    const stale = run?.certificate;
    if (stale !== null && stale !== undefined && !stale.freshness.passed) err.line(err.fold(`${err.paint.yellow('⚠')} ${name}: ${verdictText(stale.verdict, err.paint)}, but ${freshnessText(stale)}`, '  '));
  }
  const seen = outcomes.find((outcome) => stands(outcome) && outcome.run !== undefined);
  const lost = outcomes.find((outcome) => outcome.run?.tables.some((table) => table.quarantined > 0));
  const next = [...seen ? [`mesh show ${seen.name}`] : [], ...lost ? [`mesh quarantine ${lost.name}`] : [], 'mesh status'];
  out.line();
  out.line(out.fold(`next: ${next.join(' · ')}`, '      '));
}

import { verdictLine } from './certificate-report';
import { ExitCode, UsageError } from './failure';
import { type Certificate } from './job-results';
import { ask } from './jobs';
import { planOf } from './plan-of';
import { findMeshRoot, findProducts, resolveProduct, shortName } from './products';
import { parseInstant } from './run';
import { askedOf, targetOf } from './target';
import { renderTable } from './terminal/table';
import { count, decimal } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption } from './verb';

interface Options {
  readonly to?: string;
  readonly now?: string;
  readonly env?: string;
  readonly target: string;
  readonly json?: boolean;
}

/** What the jobs answer. */
interface RolledBack {
  readonly product: string;
  readonly major: number;
  readonly runId: string;
  readonly from: string;
  readonly certificate: Certificate;
  readonly seconds: number;
}

interface Choice {
  readonly certificateId: string;
  readonly runId: string;
  readonly issuedAt: string;
  readonly verdict: Certificate['verdict'];
  readonly score: number;
  readonly rows: number;
}

export function registerRollback({ program, session, finish }: Registry): void {
  program.command('rollback')
    .helpGroup(Group.run)
    .summary('publish an earlier certificate again')
    .description('Lets consumers read what an earlier run had certified, in every table of the product. Nothing is computed. The next run goes on from '
      + 'there: it reads again what came after it. Without --to it shows the certificates that you can go back to.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .option('--to <certificate>', 'the id of an earlier certificate')
    .option('--now <time>', 'as if it were this time (ISO 8601)', parseInstant)
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh rollback sales/orders', 'what you can go back to'],
      ['mesh rollback sales/orders --to 5d0c1f0e-…', 'go back to it'],
    ], '0 done, or shown; 1 it is not certified, not of this contract or no longer kept; 2 wrong usage'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await rollback(session, reference, options));
    });
}

export async function rollback(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const product = resolveProduct(reference, root, session.cwd);
  const plan = planOf(session, root, product, options.env);
  const name = shortName(product, findProducts(root));
  const target = targetOf(session, root, options.target);
  if (target.deployment !== undefined && options.now !== undefined) throw new UsageError('--now is for what is on this machine: a deployment goes by the actual time', 'leave --now out, or --target');
  const { session: acting, where } = askedOf(session, root, target, product, options.env);
  const request = { plan, root, ...where };
  const again = `${name}${options.env === undefined ? '' : ` --env ${options.env}`}${target.deployment === undefined ? '' : ` --target ${target.name}`}`;
  if (options.to === undefined) {
    const { certificates } = await ask<{ certificates: readonly Choice[] }>(acting, root, 'rollback', request);
    if (options.json === true) printJson(session, { product: product.id, certificates });
    else printChoices(session, name, again, certificates);
    return ExitCode.fine;
  }
  const done = await ask<RolledBack>(acting, root, 'rollback', { ...request, certificateId: options.to, ...options.now === undefined ? {} : { now: options.now } });
  if (options.json === true) printJson(session, done);
  else {
    const { out } = session.terminal;
    out.line(out.fold(`${out.paint.green('✔')} ${out.paint.bold(name)} is back at certificate ${done.certificate.certificateId} of ${done.certificate.issuedAt}`, '  '));
    out.line(out.fold(`  ${verdictLine(done.certificate, out.paint)}`, '    '));
    out.line(out.paint.dim(`next: mesh show ${again}; fix what was wrong, then mesh run ${again}, which reads again what came after it`));
  }
  return ExitCode.fine;
}

function printChoices(session: Session, name: string, again: string, certificates: readonly Choice[]): void {
  const { out } = session.terminal;
  if (certificates.length === 0) {
    out.line(`${name} has no certified data yet`);
    return;
  }
  const { lines } = renderTable([
    { title: 'certificate', whole: true }, { title: 'issued', whole: true }, { title: 'verdict' }, { title: 'score', align: 'right', whole: true }, { title: 'rows', align: 'right', whole: true }, { title: 'run' },
  ], certificates.map((one) => [one.certificateId, one.issuedAt.replace(/\.\d+/, ''), one.verdict, decimal(one.score), count(one.rows), one.runId]), out.width(), out.paint);
  for (const line of lines) out.line(line);
  out.line(out.paint.dim(certificates.length === 1 ? 'it is what is published now; there is no earlier one' : `the first is what is published now; next: mesh rollback ${again} --to CERTIFICATE`));
}

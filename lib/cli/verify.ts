import { mayBeDeployed } from '../contract/lifecycle';
import { foundationPrefix } from '../contract/names';
import { type Mesh } from '../plan/mesh';
import { INTERFACE_VERSION } from '../plan/interface-version';
import { type Plan } from '../plan/plan-schema';
import { ExitCode, Refusal, UsageError } from './failure';
import { planOf, workspaceOf } from './plan-of';
import { findMeshRoot, findProducts, resolveProduct, shortName } from './products';
import { plural } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';
import { askLambda } from './verify/ask-lambda';

interface Options {
  readonly env?: string;
  readonly repair?: boolean;
  readonly json?: boolean;
}

/** What the handler of grants in a domain's account answers: constructs/grants/answers.ts. */
interface Inspection {
  readonly contract: string;
  readonly version: string;
  readonly closed: string | null;
  readonly grants: readonly string[];
  readonly differences: readonly string[];
  readonly refused: readonly string[];
  readonly drift: readonly string[];
}

/** Of one product. */
interface Verified extends Inspection {
  readonly product: string;
  readonly ok: boolean;
  readonly repaired: { readonly granted: number; readonly revoked: number } | null;
}

export function registerVerify({ program, session, finish }: Registry): void {
  program.command('verify')
    .helpGroup(Group.look)
    .summary('whether what consumers may see on AWS is what contracts and subscriptions say')
    .description('Asks the platform\'s handler in each domain\'s account for what is in force on the published tables, filters and grants, and says what '
      + 'differs from contracts and bindings, also what somebody has given by hand. With --repair it is put right, by the same code that grants.')
    .argument('[product]', 'only this one')
    .option('--repair', 'put right what differs, and take away what nobody explains')
    .addOption(environmentOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh verify', 'all products of production'],
      ['mesh verify sales/orders --repair', 'one, and put right'],
    ], '0 all is as it should be, 1 something differs, 2 wrong usage', 'It asks through the AWS CLI, with your session in the account of the platform or of the domain.'))
    .action((reference: string | undefined, options: Options) => {
      finish(verify(session, reference, options));
    });
}

export function verify(session: Session, reference: string | undefined, options: Options): number {
  const root = findMeshRoot(session.cwd);
  const loaded = workspaceOf(session, root).mesh();
  if (loaded === undefined) throw new UsageError('there is no mesh.yaml, which says in which accounts products are', 'write one: docs/guides/platform-team.md');
  if (!loaded.ok) throw new Refusal('invalid', 'nothing is verified: there are errors in mesh.yaml', 'correct them; mesh validate shows them too', loaded.problems);
  const { mesh } = loaded;
  const all = findProducts(root);
  const chosen = reference === undefined ? all : [resolveProduct(reference, root, session.cwd)];
  const plans = chosen.map((product) => ({ name: shortName(product, all), plan: planOf(session, root, product, options.env) }));
  const deployed = plans.filter(({ plan }) => mayBeDeployed(plan.product.status, plan.environment === null));
  const found = deployed.map(({ name, plan }) => ofProduct(session, mesh, name, plan, options));
  if (options.json === true) printJson(session, { ok: found.every(({ ok }) => ok), products: found });
  else print(session, found, options.repair === true);
  return found.every(({ ok }) => ok) ? ExitCode.fine : ExitCode.fault;
}

function ofProduct(session: Session, mesh: Mesh, product: string, plan: Plan, { env, repair }: Options): Verified {
  const { domain, entity, major } = plan.product;
  const environment = env ?? mesh.environments().find((name) => mesh.suffix(name) === null);
  const account = environment === undefined ? undefined : mesh.account(domain, environment);
  if (account === undefined) throw new UsageError(`${mesh.file} has no account of the domain ${domain} in ${environment ?? 'production'}`, 'say in which environment: --env');
  const region = mesh.region(domain);
  const partition = region.startsWith('cn-') ? 'aws-cn' : region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
  const arn = `arn:${partition}:lambda:${region}:${account}:function:${foundationPrefix({ domain, environment: plan.environment })}-grants`;
  const identity = { InterfaceVersion: INTERFACE_VERSION, Domain: domain, Environment: plan.environment ?? '', Entity: entity, Major: String(major) };
  const repaired = repair === true ? askLambda(session, arn, { ...identity, action: 'reconcile', repair: true }) as { granted: number; revoked: number } : undefined;
  const inspection = askLambda(session, arn, { ...identity, action: 'inspect' }) as Inspection;
  const another = inspection.contract === plan.digests.contract ? [] : [`what is deployed follows from another contract, version ${inspection.version}, and the file has ${plan.product.version}: deploy its stack of grants`];
  const differences = [...another, ...inspection.differences];
  return {
    product, ok: differences.length === 0 && inspection.drift.length === 0, ...inspection, differences,
    repaired: repaired === undefined ? null : { granted: repaired.granted, revoked: repaired.revoked },
  };
}

function print({ terminal: { out } }: Session, found: readonly Verified[], isRepair: boolean): void {
  for (const { product, ok, closed, grants, differences, refused, drift, repaired } of found) {
    const said = closed === null ? `${plural(grants.length, 'grant')} by contracts and subscriptions` : `nobody is given anything: ${closed}`;
    out.line(`${ok ? out.paint.green('✔') : out.paint.red('✖')} ${out.paint.bold(product)}  ${said}`);
    if (repaired !== null && repaired.granted + repaired.revoked > 0) out.line(`  put right: ${repaired.granted} granted, ${repaired.revoked} taken away`);
    for (const difference of differences) out.line(out.fold(`  ✖ ${difference}`, '    '));
    for (const one of drift) out.line(out.fold(`  ✖ ${one}, and neither contract nor binding says so`, '    '));
    for (const one of refused) out.line(out.paint.dim(out.fold(`  not given: ${one}`, '    ')));
  }
  const wrong = found.filter(({ ok }) => !ok).length;
  if (wrong > 0 && !isRepair) out.line(out.paint.dim('next: who did it is in the trail, as Grants changed by hand; then put it into a contract, or mesh verify --repair'));
}

import { Option } from 'commander';
import { stackName } from '../contract/names';
import { type Plan } from '../plan/plan-schema';
import { askOfDeployed, type DeploymentOptions } from './deployed-products';
import { ExitCode } from './failure';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { plural } from './terminal/units';
import { environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';
import { type Finding, type Verified, verifyProduct } from './verify/verified';

interface Options extends DeploymentOptions {
  readonly repair?: boolean;
  readonly json?: boolean;
}

export function registerVerify({ program, session, finish }: Registry): void {
  program.command('verify')
    .helpGroup(Group.look)
    .summary('whether what is deployed is what contracts and subscriptions say, and who changed it')
    .description('Asks the platform\'s handlers in each domain\'s account how things stand: filters, grants and published tables, the listing and its assets, '
      + 'the alarms. Says what differs from contracts and bindings, where the contract says so, and who changed it, according to CloudTrail. With '
      + '--repair it is put right, by the same code that made it.')
    .argument('[product]', 'only this one')
    .option('--repair', 'put right what differs, and remove what nothing explains')
    .addOption(environmentOption())
    .addOption(new Option('--target <name>', 'aws: with your own session; local-aws: what is deployed in the local AWS of mesh up').choices(['aws', 'local-aws']).default('aws'))
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh verify', 'all products of production'],
      ['mesh verify sales/orders --repair', 'one, and put right'],
    ], '0 all is as it should be, 1 something differs, 2 wrong usage', 'It asks through the AWS CLI, with your session in the account of the platform or of the domain.'))
    .action(async (reference: string | undefined, options: Options) => {
      finish(await verify(session, reference, options));
    });
}

export async function verify(session: Session, reference: string | undefined, options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const asked = await askOfDeployed(session, root, reference, options, 'nothing is verified', (acting, mesh, { product, name, plan }) =>
    verifyProduct(acting, mesh, { name, plan, lineOf: linesOf(session, root, product.file) }, options));
  const found = asked.map(({ answer }) => answer);
  if (options.json === true) printJson(session, { ok: found.every(({ ok }) => ok), products: found });
  else for (const { answer, plan } of asked) print(session, answer, plan, options.repair === true);
  return found.every(({ ok }) => ok) ? ExitCode.fine : ExitCode.fault;
}

/** Where the parts of a contract stand: `roles.analyst` is the role of that name, all others are paths. */
function linesOf(session: Session, root: string, file: string): (part: string) => string {
  const workspace = workspaceOf(session, root);
  const loaded = workspace.contract(file);
  const name = workspace.nameOf(file);
  return (part) => {
    if (!loaded.ok) return name;
    const [, role] = /^roles\.(.+)$/.exec(part) ?? [];
    const steps = role === undefined ? part.split(/[.[\]]+/).filter((step) => step !== '') : ['roles', String(loaded.contract.roles.findIndex((one) => one.role === role))];
    return `${name}:${loaded.contract.locate(steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step))).line}`;
  };
}

function print({ terminal: { out } }: Session, { product, ok, closed, grants, listed, unlisted, alarms, differences, drift, waiting, refused, repaired }: Verified, plan: Plan, isRepair: boolean): void {
  const said = [
    closed === null ? `${plural(grants.length, 'grant')} by contracts and subscriptions` : `nobody is granted anything: ${closed}`,
    listed ? 'listed' : `not listed${unlisted === null ? '' : `: ${unlisted}`}`,
    plural(alarms, 'alarm'),
  ];
  out.line(`${ok ? out.paint.green('✔') : out.paint.red('✖')} ${out.paint.bold(product)}  ${said.join(', ')}`);
  if (repaired !== null && repaired.granted + repaired.revoked > 0) out.line(`  put right: ${repaired.granted} granted, ${repaired.revoked} taken away`);
  const tell = (finding: Finding, more = ''): void => {
    out.line(out.fold(`  ✖ ${finding.what}${more}`, '    '));
    out.line(out.paint.dim(out.fold(`    ${finding.where === null ? '' : `${finding.where}; `}${who(finding)}`, '    ')));
  };
  for (const finding of differences) tell(finding);
  for (const finding of drift) tell(finding, ', and neither contract nor binding says so');
  for (const one of waiting) out.line(out.paint.dim(out.fold(`  waiting: ${one}`, '    ')));
  for (const one of refused) out.line(out.paint.dim(out.fold(`  not given: ${one}`, '    ')));
  const inStack = differences.some(({ of }) => of === 'alarms');
  if (inStack) out.line(out.paint.dim(out.fold(`  next: alarms are put right by their stack: npx cdk deploy ${stackName({ ...plan.product, environment: plan.environment })} --revert-drift`, '    ')));
  if (!isRepair && (drift.length > 0 || differences.some(({ of }) => of !== 'alarms'))) out.line(out.paint.dim('  next: put what is meant into a contract, and the rest right: mesh verify --repair'));
}

/** What the trail does not have was done before it begins, elsewhere, or by a deployment. */
function who({ by, trail }: Finding): string {
  if (by === null) return `nobody known: ${trail}, has no record of it`;
  return `${by.event} by ${by.principal}${by.sourceIdentity === null ? '' : ` (${by.sourceIdentity})`} at ${by.at.replace(/\.\d+/, '')}`;
}

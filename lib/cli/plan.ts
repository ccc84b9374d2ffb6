import * as fs from 'node:fs';
import * as path from 'node:path';
import { Option } from 'commander';
import { planAgainst } from './plan-against';
import { planWithWarnings } from './plan-of';
import { ExitCode, UsageError } from './failure';
import { printPlan } from './plan-report';
import { planTarget } from './plan-target';
import { findMeshRoot, findProducts, resolveProduct, shortName } from './products';
import { printProblems } from './terminal/problems';
import { environmentOption, Group, helpText, jsonOption, type Registry, type Session } from './verb';

interface Options {
  readonly env?: string;
  readonly out?: string;
  readonly against?: string;
  readonly target?: 'aws' | 'local-aws';
  readonly json?: boolean;
}

export function registerPlan({ program, session, finish }: Registry): void {
  program.command('plan')
    .helpGroup(Group.write)
    .summary('what a contract and its pipeline compile to: tables, checks, names')
    .description('Compiles a product and shows what would be built: sources, tables in their order, checks, modes, the engine and why, '
      + 'and everything that was derived because nobody wrote it. Nothing is run. With --against or --target, what a deployment would change instead: '
      + 'tables, grants, who is hit, cost; of the whole mesh, or of one product.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .option('--against <ref>', 'what changes since a branch, tag or commit of git')
    .addOption(new Option('--target <name>', 'what changes of what is deployed; aws: with your own session; local-aws: in the local AWS of mesh up').choices(['aws', 'local-aws']))
    .option('--out <file>', 'also write plan.json to this file')
    .addOption(environmentOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh plan sales/orders', 'the plan, for a person'],
      ['mesh plan sales/orders --env dev --json', 'plan.json, as the jobs read it'],
      ['mesh plan --against main', 'what deploying this branch would change'],
      ['mesh plan --target aws', 'the same, by what is deployed'],
    ], '0 planned, 1 the contract or pipeline is at fault, 2 wrong usage', 'The format of plan.json: schemas/plan.schema.json'))
    .action(async (reference: string | undefined, options: Options) => {
      if (options.target !== undefined) {
        if (options.against !== undefined || options.out !== undefined) throw new UsageError('--target compares with what is deployed, which has neither --against nor --out', 'leave that out');
        finish(await planTarget(session, reference, { ...options, target: options.target }));
      } else if (options.against === undefined) finish(plan(session, reference, options));
      else if (options.out !== undefined || options.env !== undefined) throw new UsageError('--against compares contracts, which have neither --out nor --env', 'leave that out');
      else finish(planAgainst(session, reference, options.against, options.json === true));
    });
}

export function plan(session: Session, reference: string | undefined, options: Options): number {
  const root = findMeshRoot(session.cwd);
  const product = resolveProduct(reference, root, session.cwd);
  const { plan: compiled, warnings } = planWithWarnings(session, root, product, options.env);
  printProblems(warnings, session.terminal.err);
  const text = `${JSON.stringify(compiled, null, 2)}\n`;
  if (options.out !== undefined) {
    try {
      fs.writeFileSync(path.resolve(session.cwd, options.out), text);
    } catch (error) {
      throw new UsageError(`--out ${options.out} cannot be written: ${(error as Error).message}`);
    }
  }
  if (options.json === true) session.terminal.out.write(text);
  else printPlan(shortName(product, findProducts(root)), compiled, session.terminal.out);
  return ExitCode.fine;
}

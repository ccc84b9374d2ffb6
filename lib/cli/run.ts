import * as fs from 'node:fs';
import * as path from 'node:path';
import { Option } from 'commander';
import { isDay } from '../contract/day';
import { LIFECYCLE } from '../contract/lifecycle';
import { type Engine } from '../plan/sql/python-home';
import { planOf } from './plan-of';
import { ExitCode, Refusal, UsageError } from './failure';
import { type Mode, type RunRequest, type RunResult } from './job-results';
import { runJobs } from './jobs';
import { findMeshRoot, findProducts, type KnownProduct, resolveProduct, shortName } from './products';
import { runAll } from './run-all';
import { nextAfter, printRun } from './run-report';
import { askedOf, HERE, type Target, targetOf } from './target';
import { engineOption, environmentOption, Group, helpText, jsonOption, printJson, type Registry, type Session, targetOption } from './verb';

export interface RunOptions {
  readonly all?: boolean;
  readonly mode?: Mode;
  readonly now?: string;
  readonly input: Readonly<Record<string, string>>;
  readonly runId?: string;
  readonly engine?: Engine;
  readonly env?: string;
  readonly target: string;
  readonly json?: boolean;
}

export function registerRun({ program, session, finish }: Registry): void {
  program.command('run')
    .helpGroup(Group.run)
    .summary('build, certify and publish a product')
    .description('Takes a product from its sources to certified, published tables. What consumers read changes only when the '
      + 'certificate is given: after a failed run they still read the last certified data. A run that was killed goes on '
      + 'where it stopped when it is started again.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .option('--all', 'every product, those that others read first')
    .addOption(new Option('--mode <mode>', 'init: evolve and reload from nothing; full: reload; delta: what changed (default: delta where it can, else full)')
      .choices(['init', 'full', 'delta']))
    .option('--now <time>', 'run as if it were this time (ISO 8601, e.g. 2025-01-31T06:00:00Z)', parseInstant)
    .addOption(new Option('--input <name=path>', 'read a source from a file or folder, this time; may be repeated').argParser(parseInput).default({}, 'what has landed'))
    .option('--run-id <id>', 'name the run; the same id again goes on with that run', parseRunId)
    .addOption(engineOption())
    .addOption(environmentOption())
    .addOption(targetOption())
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh run sales/orders', 'run one product'],
      ['mesh run --all', 'run the mesh, in the order of its dependencies'],
      ['mesh run sales/orders --input landing=export.csv', 'with this file instead of what has landed'],
      ['mesh run sales/orders --engine spark', 'the same rows, on the engine that runs on Glue'],
      ['mesh run sales/orders --mode full --json', 'reload, and print the run for a machine'],
    ], '0 published, 1 rejected or failed, 2 wrong usage, 130 interrupted'))
    .action(async (reference: string | undefined, options: RunOptions) => {
      if (options.all === true) {
        for (const [given, name] of [[reference, 'a product'], [options.runId, '--run-id'], [Object.keys(options.input)[0], '--input']] as const) {
          if (given !== undefined) throw new UsageError(`--all runs every product and cannot be combined with ${name}`);
        }
        finish(await runAll(session, options));
      } else {
        finish(await run(session, reference, options));
      }
    });
}

/** Runs one product and reports it. */
export async function run(session: Session, reference: string | undefined, options: RunOptions & { readonly replayFrom?: string }): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const product = resolveProduct(reference, root, session.cwd);
  const target = targetOf(session, root, options.target);
  const result = await execute(session, root, product, options, target);
  if (options.json === true) {
    printJson(session, result);
  } else {
    const name = shortName(product, findProducts(root));
    printRun(name, result, session.terminal);
    const next = nextAfter(name, result, target.name);
    if (next.length > 0) session.terminal.out.line(session.terminal.out.paint.dim(`next: ${next.join(' · ')}`));
  }
  return result.state === 'published' || result.state === 'skipped' ? ExitCode.fine : ExitCode.fault;
}

/** Compiles a product and has the jobs run it. */
export async function execute(session: Session, root: string, product: KnownProduct, options: Pick<RunOptions, 'mode' | 'now' | 'input' | 'runId' | 'env' | 'engine'> & { readonly replayFrom?: string; readonly brief?: boolean }, target: Target = HERE): Promise<RunResult> {
  const plan = planOf(session, root, product, options.env);
  if (LIFECYCLE[plan.product.status].runs === 'no') throw new Refusal('retired', `${product.id} is retired: its data is kept, and it does not run`, 'set its status back to deprecated to run it once more');
  const known = plan.sources.filter((source) => source.kind !== 'product').map((source) => source.name);
  const inputs: Record<string, string> = {};
  for (const [name, given] of Object.entries(options.input)) {
    if (!known.includes(name)) {
      throw new UsageError(`--input ${name}=…: ${product.id} reads no files as "${name}"`, known.length > 0 ? `its sources: ${known.join(', ')}` : 'it reads other products only');
    }
    inputs[name] = path.resolve(session.cwd, given);
    if (!fs.existsSync(inputs[name])) throw new UsageError(`--input ${name}=${given}: there is no such file or folder`);
  }
  if (target.deployment !== undefined) checkDeployedRun(options);
  const { session: acting, where } = askedOf(session, root, target, product, options.env);
  const request: RunRequest = {
    plan, root, ...where, mode: options.mode ?? null, engine: options.engine ?? 'duckdb', inputs,
    ...options.runId === undefined ? {} : { runId: options.runId },
    ...options.now === undefined ? {} : { now: options.now },
    ...options.replayFrom === undefined ? {} : { replayFrom: options.replayFrom },
  };
  return runJobs(acting, root, request, `${product.domain}/${product.entity}`, options.brief === true);
}

/** What is deployed has its own clock, and the engine of its jobs. Throws UsageError. */
function checkDeployedRun({ now, engine = 'duckdb' }: Pick<RunOptions, 'now' | 'engine'>): void {
  if (now !== undefined) throw new UsageError('--now is for runs on this machine: a deployment goes by the actual time', 'leave --now out, or --target');
  if (engine !== 'duckdb') throw new UsageError('--engine is for runs on this machine: a deployment uses the engine of its jobs', 'start the local AWS with it: MESH_LOCAL_ENGINE=spark mesh up');
}

/** ISO 8601; without a zone it is UTC. Throws UsageError. */
export function parseInstant(text: string): string {
  const shape = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$/;
  const zoned = /(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes('T') ? text : `${text}Z`;
  const moment = shape.test(text) ? new Date(zoned) : new Date(Number.NaN);
  if (Number.isNaN(moment.getTime()) || !isDay(text.slice(0, 10))) {
    throw new UsageError(`--now must be a time in ISO 8601, got "${text}"`, 'for example 2025-01-31T06:00:00Z');
  }
  return moment.toISOString().replace('.000Z', 'Z');
}

function parseInput(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, file] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (name === undefined) throw new UsageError(`--input must be NAME=PATH, got "${text}"`, 'for example --input landing=export.csv');
  if (Object.hasOwn(before, name)) throw new UsageError(`--input names ${name} twice`);
  return { ...before, [name]: file };
}

function parseRunId(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text)) throw new UsageError(`--run-id is at most 80 letters, digits, ".", "_" and "-", got "${text.slice(0, 90)}"`);
  return text;
}

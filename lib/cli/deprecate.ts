import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Contract } from '../contract/contract';
import { isDay } from '../contract/day';
import { majorVersion } from '../contract/version';
import { didYouMean } from '../contract/wording';
import { type Workspace } from '../plan/workspace';
import { ExitCode, UsageError } from './failure';
import { lifecycleContract, lifecycleDocument, printLifecycle, refusing, whoIsTold } from './lifecycle';
import { library } from './library';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly supersededBy?: string;
  readonly endOfSupport?: string;
  readonly endOfLife?: string;
  readonly json?: boolean;
}

export function registerDeprecate({ program, session, finish }: Registry): void {
  program.command('deprecate')
    .helpGroup(Group.write)
    .summary('announce the end of a version: how long it stays, and what replaces it')
    .description('Writes status, end of support and end of life into the contract, and the version that follows: in place, leaving all else '
      + 'as it is. A day that is not given is the first that the notice period allows, the contract\'s (mesh.noticePeriod) or the '
      + 'mesh\'s (the policy least-notice). A day inside the notice period is refused, and an announced day cannot come closer.')
    .argument('[product]', 'id, domain/entity-v1, stack name or contract file')
    .option('--superseded-by <product>', 'what takes its place: an id, a version of this product, or a contract file')
    .option('--end-of-support <day>', 'the last day on which it is repaired, e.g. 2027-06-30 (default: its end of life)')
    .option('--end-of-life <day>', 'the day on which it may be retired (default: the first that the notice allows)')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh deprecate sales/orders-v1 --superseded-by 2.0.0', 'move to version 2, in the notice period'],
      ['mesh deprecate sales/orders-v1 --end-of-life 2027-12-31', 'or with more time'],
      ['mesh diff --against main', 'what consumers are told'],
    ], '0 written, 1 the day is too soon or the contract is at fault, 2 wrong usage'))
    .action((reference: string | undefined, options: Options) => {
      finish(deprecate(session, reference, options));
    });
}

export function deprecate(session: Session, reference: string | undefined, options: Options): number {
  for (const [name, day] of [['--end-of-support', options.endOfSupport], ['--end-of-life', options.endOfLife]] as const) {
    if (day !== undefined && !isDay(day)) throw new UsageError(`${name} must be a day, e.g. 2027-06-30, got "${day}"`);
  }
  const { workspace, contract, file, major } = lifecycleContract(session, reference);
  const supersededBy = options.supersededBy === undefined ? undefined : successor(session, workspace, contract, options.supersededBy);
  const done = refusing(() => library.deprecate().deprecate(workspace, file, contract, { ...options, supersededBy }));
  fs.writeFileSync(file, done.text);
  const told = whoIsTold(workspace, contract, major);
  const document = { ...lifecycleDocument(workspace, file, done), endOfSupport: done.endOfSupport, endOfLife: done.endOfLife, supersededBy: supersededBy ?? null, consumers: told };
  if (options.json === true) printJson(session, document);
  else {
    printLifecycle(session, workspace, file, done, [
      `end of support is ${done.endOfSupport}, end of life ${done.endOfLife}${supersededBy === undefined ? '' : `; use ${supersededBy} instead`}`,
      told.length === 0 ? 'nobody in the mesh reads it' : `${told.join(', ')} ${told.length === 1 ? 'sees' : 'see'} it in mesh validate, plan and status, the catalogue, certificates and alarms`,
    ]);
  }
  return ExitCode.fine;
}

/** What a contract calls its successor: the id of another product, or another version of its own. */
function successor(session: Session, workspace: Workspace, contract: Contract, given: string): string {
  const file = path.resolve(session.cwd, given);
  if (/\.ya?ml$/.test(given) && fs.existsSync(file)) {
    const loaded = workspace.contract(file);
    if (!loaded.ok) throw new UsageError(`--superseded-by ${given} is not a valid contract`, 'correct it first: mesh validate');
    if (loaded.contract.id !== contract.id) return loaded.contract.id;
    return otherVersion(workspace, contract, loaded.contract.version);
  }
  if (majorVersion(given) !== undefined) return otherVersion(workspace, contract, given);
  if (given === contract.id) throw new UsageError(`--superseded-by ${given} is the product itself`, 'name a version of it, e.g. 2.0.0, or another product');
  if (workspace.find(given).length > 0) return given;
  throw new UsageError(`--superseded-by ${given}: there is no such product in the mesh`, didYouMean(given, workspace.ids()) ?? 'write its contract first: the next version may be a draft');
}

function otherVersion(workspace: Workspace, contract: Contract, version: string): string {
  const majors = workspace.find(contract.id).map(({ major }) => major);
  const own = majorVersion(contract.version);
  const wanted = majorVersion(version)!;
  if (wanted !== own && majors.includes(wanted)) return version;
  throw new UsageError(`--superseded-by ${version}: ${wanted === own ? 'that is the version itself' : `${contract.id} has no version ${wanted}`}`, 'write its contract first, in a file of its own beside this one');
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { type ServiceControlPolicy } from '../plan/mesh/service-control-policies';
import { ExitCode, Refusal, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot } from './products';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly out?: string;
  readonly json?: boolean;
}

export function registerScp({ program, session, finish }: Registry): void {
  program.command('scp')
    .helpGroup(Group.look)
    .summary('service control policies that keep the mesh\'s accounts')
    .description('Prints the service control policies of AWS Organizations that keep roles, keys, hooks and trails of the mesh\'s accounts as the '
      + 'platform has deployed them, whoever is administrator in an account.')
    .option('--out <folder>', 'write each policy into a file of its own, for aws organizations create-policy')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh scp', 'all of them, as one JSON array'],
      ['mesh scp --out policies', 'policies/mesh-roles.json and its like'],
    ], '0 fine, 1 mesh.yaml is at fault, 2 wrong usage'))
    .action((options: Options) => {
      finish(scp(session, options));
    });
}

export function scp(session: Session, options: Options): number {
  const root = findMeshRoot(session.cwd);
  const loaded = workspaceOf(session, root).mesh();
  if (loaded === undefined) throw new UsageError('there is no mesh.yaml', 'write one: docs/guides/platform-team.md');
  if (!loaded.ok) throw new Refusal('invalid', 'no policies were made: there are errors in mesh.yaml', 'correct them; mesh validate shows them too', loaded.problems);
  const { LONGEST_SCP, serviceControlPolicies } = library.serviceControlPolicies();
  const policies = serviceControlPolicies(loaded.mesh);
  for (const { name, document } of policies) {
    const { length } = JSON.stringify(document);
    if (length > LONGEST_SCP) throw new Refusal('invalid', `${name} has ${length} characters, AWS Organizations allows ${LONGEST_SCP}`, 'name fewer roles in access.administrators, by a pattern');
  }
  const { out: to } = options;
  const files = to === undefined ? undefined : policies.map((policy) => write(policy, path.resolve(session.cwd, to), session.cwd));
  if (files === undefined || options.json === true) {
    printJson(session, policies.map((policy, index) => ({ ...policy, file: files?.[index] ?? null })));
    return ExitCode.fine;
  }
  const { out } = session.terminal;
  policies.forEach(({ description }, index) => out.line(`${out.paint.green('✔')} ${files[index]}  ${out.paint.dim(description)}`));
  return ExitCode.fine;
}

/** As it is sent, white space and all: it counts. */
function write({ name, document }: ServiceControlPolicy, folder: string, cwd: string): string {
  const file = path.join(folder, `${name}.json`);
  const shown = path.relative(cwd, file);
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(file, JSON.stringify(document));
  } catch (error) {
    throw new UsageError(`${shown} cannot be written: ${(error as Error).message}`);
  }
  return shown;
}

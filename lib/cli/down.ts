import { ExitCode } from './failure';
import { LocalAws } from './local/local-aws';
import { findMeshRoot } from './products';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly forget?: boolean;
  readonly json?: boolean;
}

export function registerDown({ program, session, finish }: Registry): void {
  program.command('down')
    .helpGroup(Group.run)
    .summary('stop the local AWS, keeping what is deployed in it')
    .description('Stops the local AWS of this mesh. What is deployed in it is kept under .mesh/aws, and is there again after mesh up.')
    .option('--forget', 'also delete everything it kept: accounts, stacks and data')
    .addOption(jsonOption())
    .addHelpText('after', helpText([['mesh down', 'stop it'], ['mesh down --forget', 'stop it, and start over next time']], '0 none is running any more, 1 it does not stop'))
    .action(async (options: Options) => {
      finish(await down(session, options));
    });
}

export async function down(session: Session, options: Options): Promise<number> {
  const local = new LocalAws(session, findMeshRoot(session.cwd));
  const running = local.find();
  if (running !== undefined) await local.stop(running);
  if (options.forget === true) local.forget();
  if (options.json === true) printJson(session, { stopped: running?.pid ?? null, forgotten: options.forget === true });
  else session.terminal.out.line(`${running === undefined ? 'no local AWS was running' : `the local AWS, process ${running.pid}, stopped`}${options.forget === true ? '; what it kept is gone' : ''}`);
  return ExitCode.fine;
}

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
    .summary('ends the local AWS; what is deployed in it is kept')
    .description('Ends the local AWS of this mesh. What is deployed in it is kept below .mesh/aws, and is there again after mesh up.')
    .option('--forget', 'also take away all that it kept: accounts, stacks and data')
    .addOption(jsonOption())
    .addHelpText('after', helpText([['mesh down', 'end it'], ['mesh down --forget', 'end it, and begin anew next time']], '0 none runs any more, 1 it does not end'))
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
  else session.terminal.out.line(`${running === undefined ? 'no local AWS runs' : `the local AWS, process ${running.pid}, ended`}${options.forget === true ? '; what it kept is gone' : ''}`);
  return ExitCode.fine;
}

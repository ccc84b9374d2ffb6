import { type Argument, Command, CommanderError } from 'commander';
import { ExitCode, Interrupted, JobsBug, Refusal, UsageError } from './failure';
import { printProblems } from './terminal/problems';
import { type Channel, openTerminal } from './terminal/terminal';
import { printJson, problemDocument, type Session } from './verb';
import { registerVerbs } from './verbs';
import { VERSION } from './version';

const ISSUES = 'https://github.com/cdk-data-mesh/cdk-data-mesh/issues';

/** Runs one command line (without node and script) and gives its exit code; never throws. */
export async function main(args: readonly string[], streams: Pick<NodeJS.Process, 'stdin' | 'stdout' | 'stderr'>, cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  const terminal = openTerminal(streams, env);
  const end = args.indexOf('--');
  const isFlag = (flag: string) => (arg: string, at: number): boolean => arg === flag && (end < 0 || at < end);
  const debug = args.some(isFlag('--debug'));
  const session: Session = { terminal, cwd, env };
  let exitCode: number = ExitCode.fine;
  const program = makeProgram(session);
  const given = args.filter((arg, at) => !isFlag('--debug')(arg, at));
  try {
    registerVerbs({ program, session, finish: (code) => { exitCode = code; } }, given[0]);
    await program.parseAsync(given, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.fine : ExitCode.usage;
    const isForMachine = args.some(isFlag('--json')) || args.some(isFlag('--format=json')) || args.some((arg, at) => isFlag('json')(arg, at) && args[at - 1] === '--format');
    if (isForMachine && !(error instanceof Interrupted)) printJson(session, { error: errorDocument(error) });
    return report(error, terminal.err, debug);
  }
}

function makeProgram(session: Session): Command {
  const { out, err } = session.terminal;
  return new Command('mesh')
    .description('One contract file in; a governed, certified, monitored data product out.')
    .usage('<verb> [arguments] [options]')
    .version(VERSION, '--version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [verb]', 'print the help of a verb, with examples')
    .showHelpAfterError(false)
    .exitOverride()
    .configureHelp({
      subcommandTerm: (verb) => [verb.name(), ...verb.registeredArguments.map((argument) => argumentTerm(argument))].join(' '),
      styleTitle: (title) => out.paint.bold(title),
      styleCommandText: (text) => out.paint.cyan(text),
      styleSubcommandText: (text) => out.paint.cyan(text),
    })
    .configureOutput({
      writeOut: out.write, writeErr: err.write,
      getOutHelpWidth: () => Math.min(out.width(), 110), getErrHelpWidth: () => Math.min(err.width(), 110),
      getOutHasColors: () => out.paint.bold('') !== '', getErrHasColors: () => err.paint.bold('') !== '',
      outputError: (text) => {
        const [message, ...hints] = text.trim().replace(/^error: /, '').split('\n');
        printFailure(err, message, [...hints.map((hint) => hint.replace(/^\(D?(.*)\)$/, (_all, rest: string) => (hint.startsWith('(D') ? `d${rest}` : rest))), 'see: mesh help']);
      },
    })
    .addHelpText('after', [
      '', 'Start here:', '  mesh init sales orders', '  mesh validate', '  mesh run sales/orders', '  mesh show sales/orders', '',
      'Exit codes: 0 fine, 1 the data or the contract is at fault, 2 wrong usage,',
      '            70 a bug, 130 interrupted',
      'Every verb takes --debug: the stack trace of a bug. NO_COLOR, FORCE_COLOR work.',
    ].join('\n'));
}

function argumentTerm(argument: Argument): string {
  const shown = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${shown}>` : `[${shown}]`;
}

function printFailure(err: Channel, message: string, remedies: readonly string[]): void {
  err.line(err.fold(`${err.paint.red('✖')} ${message}`, '  '));
  for (const remedy of remedies) err.line(err.fold(`  ${err.paint.cyan('→')} ${remedy.replaceAll('\n', '\n    ')}`, '    '));
}

function report(error: unknown, err: Channel, debug: boolean): number {
  if (error instanceof Interrupted) {
    printFailure(err, error.message, []);
    return ExitCode.interrupted;
  }
  if (error instanceof UsageError) {
    printFailure(err, error.message, error.remedy === undefined ? [] : [error.remedy]);
    return ExitCode.usage;
  }
  if (error instanceof Refusal) {
    printProblems(error.problems, err);
    printFailure(err, error.message, error.remedy === undefined ? [] : [error.remedy]);
    return ExitCode.fault;
  }
  const message = error instanceof Error ? error.message : String(error);
  printFailure(err, `a bug in mesh, not in your files: ${message}`, [
    ...(debug ? [] : ['to see the stack trace, run the same command with --debug']), `report it, with what you ran: ${ISSUES}`,
  ]);
  if (debug) err.line(error instanceof JobsBug ? error.trace : (error instanceof Error ? error.stack : undefined) ?? message);
  return ExitCode.bug;
}

/** What `--json` prints where there is no result. */
function errorDocument(error: unknown): object {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) return { code: 'usage', message, remedy: error.remedy ?? null, problems: [] };
  if (error instanceof Refusal) return { code: error.code, message, remedy: error.remedy ?? null, problems: error.problems.map((problem) => ({ file: problem.file, ...problemDocument(problem) })) };
  return { code: 'bug', message, remedy: null, problems: [] };
}

import { spawn } from 'node:child_process';
import { ExitCode, UsageError } from './failure';
import { LocalAws, localEnvironment, platformOf, type Running } from './local/local-aws';
import { findMeshRoot } from './products';
import { decimal } from './terminal/units';
import { Group, helpText, jsonOption, printJson, type Registry, type Session, wholeNumber } from './verb';

interface Options {
  readonly port?: number;
  readonly coverage?: boolean;
  readonly json?: boolean;
}

export function registerUp({ program, session, finish }: Registry): void {
  program.command('up')
    .helpGroup(Group.run)
    .summary('a local AWS, for cdk deploy without an account')
    .description('Starts a local AWS for the accounts of mesh.yaml on 127.0.0.1, and prints the environment that the CDK, the AWS CLI and SDKs '
      + 'need to reach it. What is deployed is kept below .mesh/aws. With a command after --, runs it in that environment and ends what it started.')
    .argument('[command...]', 'what to run in it, after --')
    .option('--port <number>', 'where it listens (default: 4566, or another that is free)', wholeNumber('--port', 1, 65_535))
    .option('--coverage', 'start nothing: list what is emulated, and what is only stored')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['eval "$(mesh up)"', 'from now on this shell acts on the local AWS'],
      ['mesh up -- npx cdk deploy --all', 'start it, deploy, end it'],
      ['mesh up --coverage', 'what it does as AWS does, and what it does not'],
    ], 'of the command, else 0 it runs, 1 it does not start, 2 wrong usage'))
    .action(async (command: string[], options: Options) => {
      finish(await up(session, command, options));
    });
}

export async function up(session: Session, command: readonly string[], options: Options): Promise<number> {
  const root = findMeshRoot(session.cwd);
  const local = new LocalAws(session, root);
  if (options.coverage === true) {
    session.terminal.out.line(local.coverage().trimEnd());
    return ExitCode.fine;
  }
  const platform = platformOf(session, root);
  const before = local.find();
  if (before !== undefined && options.port !== undefined && options.port !== before.port) {
    throw new UsageError(`the local AWS of this mesh listens on ${before.port}`, 'leave --port out, or run mesh down first');
  }
  const began = Date.now();
  const running = before ?? await local.start(options.port, platform);
  const environment = localEnvironment(running, platform);
  if (command.length > 0) {
    try {
      return await run(command, session, environment);
    } finally {
      if (before === undefined) await local.stop(running);
    }
  }
  announce(session, running, before === undefined ? (Date.now() - began) / 1000 : undefined);
  if (options.json === true) printJson(session, { pid: running.pid, port: running.port, environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value ?? null])) });
  else for (const [name, value] of Object.entries(environment)) session.terminal.out.line(value === undefined ? `unset ${name}` : `export ${name}=${value}`);
  return ExitCode.fine;
}

function announce(session: Session, { port, pid }: Running, seconds: number | undefined): void {
  const { err } = session.terminal;
  err.line(`${err.paint.green('✔')} local AWS on 127.0.0.1:${port}, process ${pid}${seconds === undefined ? ', already running' : ` (${decimal(seconds)} s)`}`);
  err.line(err.paint.dim('  the environment to reach it is on stdout: eval "$(mesh up)"; mesh down ends it'));
}

function run(command: readonly string[], session: Session, environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  return new Promise((resolve, reject) => {
    // The terminal tells the command, which ends as it sees fit; what was started for it is ended after it.
    const wait = (): void => undefined;
    process.on('SIGINT', wait);
    const child = spawn(command[0], command.slice(1), { stdio: 'inherit', cwd: session.cwd, env: { ...session.env, ...environment } });
    child.once('error', (error) => {
      process.off('SIGINT', wait);
      reject(new UsageError(`${command[0]} cannot be run: ${error.message}`, 'what follows -- is a command and its arguments; for shell syntax: mesh up -- sh -c \'…\''));
    });
    child.once('exit', (code, signal) => {
      process.off('SIGINT', wait);
      resolve(code ?? (signal === 'SIGINT' ? ExitCode.interrupted : ExitCode.fault));
    });
  });
}

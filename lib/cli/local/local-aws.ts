import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as http from 'node:http';
import * as net from 'node:net';
import * as path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Mesh } from '../../plan/mesh/mesh';
import { Refusal, UsageError } from '../failure';
import { library } from '../library';
import { workspaceOf } from '../plan-of';
import { type Session } from '../verb';
import { localPython } from './local-python';

/** A local AWS that runs. */
export interface Running {
  readonly pid: number;
  readonly port: number;
}

const DEFAULT_PORT = 4566;
const STARTS_WITHIN = 60_000;
/** What it keeps is written when it is told to end. */
const ENDS_WITHIN = 60_000;

/** The local AWS of one mesh. What it keeps is below `.mesh/aws`. */
export class LocalAws {
  private readonly folder: string;

  constructor(private readonly session: Session, private readonly root: string) {
    this.folder = path.join(root, '.mesh', 'aws');
  }

  /** Undefined where none runs. */
  find(): Running | undefined {
    try {
      const found = JSON.parse(fs.readFileSync(this.record, 'utf8')) as Running;
      return isOurs(found.pid) ? found : undefined;
    } catch {
      return undefined;
    }
  }

  /** Starts one, and waits until it answers. Throws a Refusal with what it said last. */
  async start(port: number | undefined, { account, region, organization }: { readonly account: string; readonly region: string; readonly organization?: string }): Promise<Running> {
    const chosen = await freePort(port);
    const { executable, env } = localPython(this.session, this.root);
    fs.mkdirSync(this.folder, { recursive: true });
    const log = fs.openSync(this.log, 'w');
    const child = spawn(executable, ['-m', 'mesh_local_aws', '--port', String(chosen), '--state', this.folder, '--region', region, '--account', account, ...(organization === undefined ? [] : ['--organization', organization])], {
      // Of its own group: Ctrl-C on a command that runs in it does not end it.
      detached: true, stdio: ['ignore', log, log], cwd: this.root, env: { ...this.session.env, ...env, ...this.forLambda(), MESH_JOBS_PYTHON: this.jobsPython() },
    });
    child.unref();
    fs.closeSync(log);
    let ended: string | undefined;
    child.once('exit', (code, signal) => { ended = `it ended with ${code ?? signal}`; });
    child.once('error', (error) => { ended = error.message; });
    for (const until = Date.now() + STARTS_WITHIN; Date.now() < until && ended === undefined;) {
      if (await answers(chosen)) {
        const running = { pid: child.pid!, port: chosen };
        fs.writeFileSync(this.record, JSON.stringify(running));
        return running;
      }
      await sleep(50);
    }
    if (ended === undefined) child.kill('SIGKILL');
    const lines = fs.readFileSync(this.log, 'utf8').trim().split('\n');
    // It says itself why it ends, where it knows.
    const [said] = lines.flatMap((line) => / CRITICAL \[[\w-]+\] (.*)/.exec(line)?.[1] ?? []);
    const last = said ?? lines.slice(-3).join('\n');
    throw new Refusal('local-aws', `the local AWS did not start: ${ended ?? 'it does not answer'}\n${last}`, `its log is ${path.relative(this.session.cwd, this.log)}`);
  }

  /** Ends it, and waits until what it keeps is written. */
  async stop({ pid }: Running): Promise<void> {
    process.kill(pid, 'SIGTERM');
    for (const until = Date.now() + ENDS_WITHIN; Date.now() < until && isOurs(pid);) await sleep(50);
    if (isOurs(pid)) throw new Refusal('local-aws', `the local AWS, process ${pid}, does not stop`, `see ${path.relative(this.session.cwd, this.log)}`);
    fs.rmSync(this.record, { force: true });
  }

  /** Takes away all that it kept. */
  forget(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /** What is emulated and what is stored only, as the local AWS itself says it. */
  coverage(): string {
    const { executable, env } = localPython(this.session, this.root);
    const done = spawnSync(executable, ['-m', 'mesh_local_aws', '--port', '0', '--region', 'us-east-1', '--account', '000000000000', '--coverage'], { encoding: 'utf8', env: { ...this.session.env, ...env } });
    if (done.status !== 0) throw new Error(`the local AWS does not say what it covers:\n${done.stderr}`);
    return done.stdout;
  }

  private get record(): string {
    return path.join(this.folder, 'process.json');
  }

  private get log(): string {
    return path.join(this.folder, 'server.log');
  }

  /** Handlers run in the node that runs this. */
  private forLambda(): Record<string, string> {
    return { PATH: [path.dirname(process.execPath), this.session.env.PATH ?? ''].join(path.delimiter) };
  }

  private jobsPython(): string {
    return library.pythonHome().findPython({ root: this.root, env: this.session.env, notice: (text) => { this.session.terminal.err.line(text); } }).executable;
  }
}

/** What commands need to act on the local AWS, as the platform's account; undefined is to be unset. */
export function localEnvironment({ port }: Running, { account, region }: { readonly account: string; readonly region: string }): Record<string, string | undefined> {
  const nothing = process.platform === 'win32' ? 'NUL' : '/dev/null';
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: account, AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: region, AWS_DEFAULT_REGION: region,
    // Nobody's own account is to be reached by mistake.
    AWS_CONFIG_FILE: nothing, AWS_SHARED_CREDENTIALS_FILE: nothing, AWS_EC2_METADATA_DISABLED: 'true', AWS_PROFILE: undefined, AWS_SESSION_TOKEN: undefined,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // Half of a synth goes into the CDK's own look at properties; the local AWS holds templates against the same schemas. Policies are still checked.
    CDK_VALIDATION: 'false',
  };
}

/** The platform's account and region, which requests are made with. Throws UsageError without a mesh.yaml. */
export function platformOf(session: Session, root: string): { mesh: Mesh; account: string; region: string; organization?: string } {
  const loaded = workspaceOf(session, root).mesh();
  if (loaded === undefined) throw new UsageError('there is no mesh.yaml: the local AWS stands in for its accounts', 'write one: name, platform, environments, domains');
  if (!loaded.ok) throw new Refusal('invalid', 'mesh.yaml is not valid', 'correct it; mesh validate shows it too', loaded.problems);
  const { mesh } = loaded;
  const environment = mesh.production() ?? mesh.environments()[0];
  const account = mesh.platformAccount(environment);
  if (account === undefined) throw new UsageError(`the platform has no account in ${environment}`, 'write it in mesh.yaml, at platform.account');
  const { governance, audit, platform: { region } } = mesh.definition;
  return { mesh, account, region, organization: governance?.organization ?? audit?.organizationId };
}

/** Whether a process is a local AWS of ours: a number alone may be another process's by now. */
function isOurs(pid: number): boolean {
  const done = spawnSync('ps', ['-o', 'stat=,command=', '-p', String(pid)], { encoding: 'utf8' });
  return done.status === 0 && done.stdout.includes('mesh_local_aws') && !/^Z/.test(done.stdout.trim());
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    http.get({ host: '127.0.0.1', port, path: '/_ministack/health', timeout: 1_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    }).on('error', () => { resolve(false); });
  });
}

async function freePort(asked: number | undefined): Promise<number> {
  if (await isFree(asked ?? DEFAULT_PORT)) return asked ?? DEFAULT_PORT;
  if (asked !== undefined) throw new UsageError(`port ${asked} is in use`, 'leave --port out, or name another');
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => { resolve(port); });
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => { resolve(false); }).listen(port, '127.0.0.1', () => { server.close(() => { resolve(true); }); });
  });
}

import { spawn, spawnSync } from 'node:child_process';
import { type Duplex, type Readable, type Writable } from 'node:stream';
import { type FindPython, findPython, type PythonHome, PythonMissing } from './python-home';

/** A line the jobs write while they work; `progress` and `warning`, before the last, which is `result` or `error`. */
export interface JobEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** How a command of the jobs ended. */
export type JobOutcome =
  | { readonly kind: 'result'; readonly result: unknown }
  /** A person can act on it: the data, the contract, the request or this machine is at fault. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly remedy?: string }
  | { readonly kind: 'interrupted' }
  | { readonly kind: 'bug'; readonly message: string; readonly trace: string };

export interface JobOptions extends Omit<FindPython, 'notice' | 'aws'> {
  /**
   * Who answers: `local` by what this machine keeps, `deployed` by what is deployed.
   * @default - local
   */
  readonly entrypoint?: 'local' | 'deployed';
  /** @default - events are dropped */
  readonly onEvent?: (event: JobEvent) => void;
  /** @default - nothing is said */
  readonly notice?: (text: string) => void;
}

const MODULE = 'mesh_jobs.entrypoints';
const KEPT_STDERR = 64 * 1024;
/** The jobs watch this descriptor: it closes when we are gone, however that came, and then so must they. */
const LIFELINE = 3;

/** Runs one command of the jobs: a request in, events while it works, one outcome. Signals to us reach the jobs. */
export async function callJobs(command: string, request: object, options: JobOptions): Promise<JobOutcome> {
  const home = tryFind(options);
  if ('kind' in home) return home;
  return new Promise((resolve) => {
    // A group of its own: Ctrl-C on the terminal reaches the jobs once, through us.
    const child = spawn(home.executable, ['-P', '-m', moduleOf(options), command], {
      cwd: options.root, env: { ...jobEnv(options.env, home), MESH_LIFELINE: String(LIFELINE) }, stdio: ['pipe', 'pipe', 'pipe', 'pipe'], detached: true,
    });
    const [stdin, stdout, stderr, lifeline] = child.stdio as unknown as [Writable, Readable, Readable, Duplex];
    const lines = new Lines(options.onEvent);
    let errors = '';
    let interrupted = false;
    const stop = (signal: NodeJS.Signals): void => {
      // Asked twice, it is not asked any more.
      child.kill(interrupted ? 'SIGKILL' : signal);
      interrupted = true;
    };
    const abandon = (): void => void child.kill('SIGKILL');
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, stop);
    process.once('exit', abandon);
    const settle = (outcome: JobOutcome): void => {
      for (const signal of signals) process.off(signal, stop);
      process.off('exit', abandon);
      lifeline.destroy();
      resolve(outcome);
    };
    stdout.setEncoding('utf8').on('data', (text: string) => lines.take(text));
    stderr.setEncoding('utf8').on('data', (text: string) => { errors = (errors + text).slice(-KEPT_STDERR); });
    // The jobs may end before they have read everything; how they ended says why.
    stdin.on('error', () => undefined);
    lifeline.on('error', () => undefined);
    stdin.end(`${JSON.stringify(request)}\n`);
    child.on('error', (error) => settle(spawnFault(home.executable, error)));
    child.on('close', (code, signal) => settle(outcomeOf(lines.end(), { code, signal, errors, interrupted })));
  });
}

/** As {@link callJobs}, for callers that cannot wait and work that is short. */
export function callJobsSync(command: string, request: object, options: JobOptions): JobOutcome {
  const home = tryFind(options);
  if ('kind' in home) return home;
  const done = spawnSync(home.executable, ['-P', '-m', moduleOf(options), command], {
    cwd: options.root, env: jobEnv(options.env, home), input: `${JSON.stringify(request)}\n`, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024,
  });
  if (done.error) return spawnFault(home.executable, done.error);
  const lines = new Lines(options.onEvent);
  lines.take(done.stdout);
  return outcomeOf(lines.end(), { code: done.status, signal: done.signal, errors: done.stderr.slice(-KEPT_STDERR), interrupted: done.signal === 'SIGINT' });
}

function tryFind(options: JobOptions): PythonHome | JobOutcome {
  try {
    return findPython({ notice: () => undefined, aws: options.entrypoint === 'deployed', ...options });
  } catch (error) {
    if (!(error instanceof PythonMissing)) throw error;
    return { kind: 'refused', code: 'python-missing', message: error.message, remedy: error.remedy };
  }
}

function moduleOf({ entrypoint = 'local' }: JobOptions): string {
  return `${MODULE}.${entrypoint}`;
}

function jobEnv(env: NodeJS.ProcessEnv, home: PythonHome): NodeJS.ProcessEnv {
  return { ...env, ...home.env, PYTHONUTF8: '1', PYTHONUNBUFFERED: '1' };
}

function spawnFault(executable: string, error: Error): JobOutcome {
  return {
    kind: 'refused', code: 'python-missing', message: `Python could not be started: ${executable}: ${error.message}`,
    remedy: 'set MESH_PYTHON to a Python 3.11 that has mesh_jobs, or unset it',
  };
}

/** Cuts a stream into events; what is no event is kept, since it can only be a bug. */
class Lines {
  private rest = '';
  private last: JobEvent | undefined;
  private readonly strange: string[] = [];

  constructor(private readonly onEvent: (event: JobEvent) => void = () => undefined) {}

  take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.read(line);
  }

  end(): { readonly last: JobEvent | undefined; readonly strange: readonly string[] } {
    if (this.rest !== '') this.read(this.rest);
    return { last: this.last, strange: this.strange };
  }

  private read(line: string): void {
    if (line.trim() === '') return;
    try {
      const event = parseExactly(line) as JobEvent;
      if (event.event === 'result' || event.event === 'error') this.last = event;
      else this.onEvent(event);
    } catch {
      this.strange.push(line);
    }
  }
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** JSON whose integers are kept to the digit: ids of snapshots and values of data can be larger than a number here may be. */
function parseExactly(json: string): unknown {
  const exact = /\d{16}/.test(json)
    ? json.replace(TOKEN, (token) => (/^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token))
    : json;
  return JSON.parse(exact);
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
  readonly interrupted: boolean;
}

function outcomeOf({ last, strange }: ReturnType<Lines['end']>, { code, signal, errors, interrupted }: Ending): JobOutcome {
  const text = (field: string): string | undefined => (typeof last?.[field] === 'string' ? last[field] : undefined);
  if (last?.event === 'result') {
    return { kind: 'result', result: Object.fromEntries(Object.entries(last).filter(([field]) => field !== 'event')) };
  }
  if (interrupted || code === 130 || code === 143) return { kind: 'interrupted' };
  const trace = [text('trace') ?? '', ...strange, errors].filter((part) => part !== '').join('\n');
  if (last === undefined) {
    if (signal === 'SIGKILL') {
      return { kind: 'refused', code: 'killed', message: 'the jobs were killed from outside (SIGKILL), most likely for lack of memory', remedy: 'free some memory and run it again: it goes on where it stopped' };
    }
    const missing = /No module named '?mesh_jobs/.exec(errors);
    if (missing) return { kind: 'refused', code: 'python-missing', message: 'this Python does not have mesh_jobs', remedy: 'set MESH_PYTHON to a Python 3.11 that has it, or unset it' };
    return { kind: 'bug', message: `the jobs ended without an answer (${signal ?? `exit ${code}`})`, trace };
  }
  const message = text('message') ?? 'the jobs gave no reason';
  if (code === 1 || code === 2) return { kind: 'refused', code: text('code') ?? 'refused', message, ...text('remedy') === undefined ? {} : { remedy: text('remedy')! } };
  return { kind: 'bug', message, trace };
}

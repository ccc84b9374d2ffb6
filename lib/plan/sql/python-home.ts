import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** Where the jobs can run. */
export interface PythonHome {
  readonly executable: string;
  /** What Python needs to find the jobs beside it. */
  readonly env: Readonly<Record<string, string>>;
}

/** What computes. */
export type Engine = 'duckdb' | 'spark';

/** No interpreter that could run the jobs, and what to do about it. */
export class PythonMissing extends Error {
  constructor(message: string, readonly remedy: string) {
    super(message);
  }
}

export interface FindPython {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  /** Told before something slow is done. */
  readonly notice: (text: string) => void;
  /** @default - the embedded engine, DuckDB */
  readonly engine?: Engine;
  /**
   * Whether AWS is asked for something.
   * @default false
   */
  readonly aws?: boolean;
}

const NAME = 'cdk-data-mesh';

/**
 * MESH_PYTHON, else the package's own .venv, else one below the mesh root's .mesh, which is made on first need from the
 * wheel that is shipped. Throws PythonMissing.
 */
export function findPython({ root, env, notice, engine, aws }: FindPython): PythonHome {
  const home = packageRoot();
  const sources = path.join(home, 'glue-jobs', 'src');
  const beside: Record<string, string> = fs.existsSync(sources) ? { PYTHONPATH: [sources, ...env.PYTHONPATH ? [env.PYTHONPATH] : []].join(path.delimiter) } : {};
  const wanted = env.MESH_PYTHON;
  if (wanted !== undefined && wanted !== '') {
    // A bare name is looked up on the PATH by spawn.
    if (wanted.includes(path.sep) && !fs.existsSync(wanted)) {
      throw new PythonMissing(`MESH_PYTHON names ${wanted}, and there is no such file`, 'set it to a Python 3.11 that has mesh_jobs, or unset it');
    }
    return { executable: wanted, env: beside };
  }
  const own = interpreter(path.join(home, '.venv'));
  if (fs.existsSync(own)) return { executable: own, env: beside };
  return { executable: installed(home, path.join(root, '.mesh', 'venv'), ['embedded', ...engine === 'spark' ? ['spark'] : [], ...aws === true ? ['s3'] : []], notice), env: {} };
}

/** The folder of our package.json, wherever this file was compiled or bundled to. */
export function packageRoot(): string {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = path.join(folder, 'package.json');
    if (fs.existsSync(manifest) && (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { name?: unknown }).name === NAME) return folder;
  }
  return path.resolve(__dirname, '..', '..');
}

function interpreter(venv: string): string {
  return process.platform === 'win32' ? path.join(venv, 'Scripts', 'python.exe') : path.join(venv, 'bin', 'python');
}

/** `extras` are what the wheel calls the libraries of each engine; those of an engine that nobody asks for are not fetched. */
function installed(home: string, venv: string, extras: readonly string[], notice: (text: string) => void): string {
  const python = interpreter(venv);
  const wheels = path.join(home, 'dist', 'jobs');
  const wheel = fs.existsSync(wheels) ? fs.readdirSync(wheels).filter((name) => name.endsWith('.whl')).sort().pop() : undefined;
  const stamp = path.join(venv, '.mesh-wheel');
  if (wheel === undefined) {
    throw new PythonMissing('the Python package of the jobs is not installed', 'set MESH_PYTHON to a Python 3.11 that has mesh_jobs, or install this package again');
  }
  const [there, ...has] = fs.existsSync(stamp) ? fs.readFileSync(stamp, 'utf8').split('\n') : [];
  if (there === wheel && extras.every((extra) => has.includes(extra))) return python;
  notice(`making a Python environment for the jobs in ${venv} (once; ${extras.includes('spark') ? 'a few minutes, as PySpark is large' : 'a minute at most'})`);
  fs.mkdirSync(path.dirname(venv), { recursive: true });
  run(systemPython(), ['-m', 'venv', venv]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `${path.join(wheels, wheel)}[${extras.join(',')}]`]);
  fs.writeFileSync(stamp, [wheel, ...extras].join('\n'));
  return python;
}

function systemPython(): string {
  for (const candidate of ['python3.11', 'python3', 'python']) {
    const asked = spawnSync(candidate, ['-c', 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))']);
    if (asked.status === 0) return candidate;
  }
  throw new PythonMissing('Python 3.11 to 3.13 is needed and was not found', 'install it, or set MESH_PYTHON');
}

function run(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  if (done.status === 0) return;
  const why = done.error?.message ?? `${done.stdout}${done.stderr}`.trim().split('\n').slice(-5).join('\n');
  throw new PythonMissing(`${command} ${args.join(' ')} failed: ${why}`, 'set MESH_PYTHON to a Python 3.11 that has mesh_jobs');
}

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Refusal } from '../failure';
import { library } from '../library';
import { type Session } from '../verb';

/** How the local AWS is started. */
export interface LocalPython {
  readonly executable: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Of what was installed: the lock file that it came from. */
const STAMP = '.cdk-data-mesh-stamp';

/**
 * The Python of the local AWS: an environment of its own, since the emulator pins libraries that the jobs have in other versions. It is
 * beside the jobs' environment in a clone of this package, else below the mesh's `.mesh`, and made on first need. Throws a Refusal.
 */
export function localPython(session: Session, root: string): LocalPython {
  const home = library.pythonHome().packageRoot();
  const lock = path.join(home, 'local-aws', 'requirements.lock');
  const beside = fs.existsSync(path.join(home, '.venv'));
  const venv = beside ? path.join(home, '.venv-local-aws') : path.join(root, '.mesh', 'local-aws-venv');
  const found = { executable: executable(venv, 'python'), env: { PYTHONPATH: path.join(home, 'local-aws', 'src') } };
  const stamp = path.join(venv, STAMP);
  const wanted = createHash('sha256').update(fs.readFileSync(lock)).digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return found;
  const { err } = session.terminal;
  err.line(err.paint.dim(`making a Python environment for the local AWS in ${path.relative(session.cwd, venv) || venv} (once; a minute at most)`));
  const { findPython } = library.pythonHome();
  const jobs = findPython({ root, env: session.env, notice: (text) => { err.line(err.paint.dim(text)); } }).executable;
  fs.mkdirSync(path.dirname(venv), { recursive: true });
  run(jobs, ['-m', 'venv', '--clear', venv]);
  const uv = beside ? executable(path.join(home, '.venv'), 'uv') : '';
  // The lock file has everything, by hash, and leaves out what only the linter in cfn-lint would need.
  const install = ['pip', 'install', '--quiet', '--no-deps', '--require-hashes', '-r', lock];
  if (fs.existsSync(uv)) run(uv, [...install, '--python', found.executable]);
  else run(found.executable, ['-m', ...install, '--disable-pip-version-check']);
  fs.writeFileSync(stamp, wanted);
  return found;
}

function executable(venv: string, name: string): string {
  return process.platform === 'win32' ? path.join(venv, 'Scripts', `${name}.exe`) : path.join(venv, 'bin', name);
}

function run(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, { encoding: 'utf8' });
  if (done.status === 0) return;
  const why = done.error?.message ?? `${done.stdout}${done.stderr}`.trim().split('\n').slice(-5).join('\n');
  throw new Refusal('local-aws', `the local AWS cannot be installed: ${command} ${args.join(' ')}: ${why}`, 'missing packages come from PyPI; check that it can be reached from here');
}

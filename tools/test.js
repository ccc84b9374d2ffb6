// Runs the tests, TypeScript's and Python's, and ends with one line of totals. --ci: those that CI runs at every change with them,
// which are the same once more of other kinds and ways, in short. --soak: all but these: long fault and scale runs, and the same
// on other engines. --deployed: of the soak, two domains that the CDK's own command line deploys into a local AWS, from empty
// accounts to data that outlives its stack, and their runs stopped and timed out at every state.
'use strict';
const { spawn, spawnSync } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { localPython, main, root, setUp, SetupError, venvBin } = require('./setup');

const SOAK = '\\.soak\\.test\\.ts$';
const CI = '\\.ci\\.test\\.ts$';

/** Of tests that have ended without a report. */
const LOST = { passed: 0, failed: 1, skipped: 0, ok: false };

/** With room for what is soon garbage: V8's own 16 MB are collected all the time. Jest's workers are started the same way. */
async function jest(scratch, ...which) {
  const report = path.join(scratch, 'jest.json');
  const [status] = await once(spawn(process.execPath, ['--max-semi-space-size=64', path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--maxWorkers=2', '--json', `--outputFile=${report}`, ...which],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] }), 'close');
  if (!fs.existsSync(report)) return LOST;
  const { numPassedTests, numFailedTests, numPendingTests, numRuntimeErrorTestSuites } = JSON.parse(fs.readFileSync(report, 'utf8'));
  return { passed: numPassedTests, failed: numFailedTests + numRuntimeErrorTestSuites, skipped: numPendingTests, ok: status === 0 };
}

/** Shared out as glue-jobs/tests/conftest.py says, or in another way. */
function pytest(scratch, marked, ...way) {
  return counted(scratch, 'glue-jobs', venvBin('python'), ['-n', '2', ...way, '-m', marked], 'inherit');
}

/** Of the local AWS, in one process: what it hooks into is one process's. */
function localPytest(scratch, marked, files = []) {
  return (output) => counted(scratch, 'local-aws', localPython, ['-m', marked, ...files], output);
}

/** At once, since deployments wait for much. What others than the first say comes after. */
async function beside(scratch, first, ...others) {
  const results = await Promise.all([first('inherit'), ...others.map(async (other, index) => {
    const said = path.join(scratch, `beside-${index}.log`);
    const out = fs.openSync(said, 'w');
    const result = await other(out);
    fs.closeSync(out);
    return { ...result, said };
  })]);
  for (const { said } of results) if (said !== undefined) process.stdout.write(fs.readFileSync(said));
  return results;
}

let reports = 0;

async function counted(scratch, folder, python, which, output) {
  const report = path.join(scratch, `${folder}-${reports++}.xml`);
  const [status] = await once(spawn(python, ['-m', 'pytest', ...which, `--junitxml=${report}`], { cwd: path.join(root, folder), stdio: ['ignore', output, output] }), 'close');
  const suite = fs.existsSync(report) ? /<testsuite [^>]*>/.exec(fs.readFileSync(report, 'utf8')) : null;
  if (suite === null) return LOST;
  const count = (name) => Number(new RegExp(`${name}="(\\d+)"`).exec(suite[0])?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return { passed: count('tests') - failed - count('skipped'), failed, skipped: count('skipped'), ok: status === 0 };
}

const PREFIX = 'cdk-data-mesh-test-';
/** Bytes that tests outside of the soak write at most at a time, and what they need beside it. */
const WRITTEN = 2 * 2 ** 30;
const NEEDED = 6 * 2 ** 30;

/** A folder for all that tests write, in memory where Linux lets us: small files are made and deleted by the ten thousand, for which a disk takes longer than the tests. */
function folderInMemory() {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = fs.statfsSync(memory);
    if (bavail * bsize >= WRITTEN && os.freemem() >= WRITTEN + NEEDED) {
      forget(memory);
      const folder = fs.mkdtempSync(path.join(memory, `${PREFIX}${process.pid}-`));
      if (mayExecute(folder)) return folder;
      fs.rmSync(folder, { recursive: true });
    }
  } catch { /* not there, or not ours to write in */ }
  return undefined;
}

/** What runs left that were killed. */
function forget(memory) {
  for (const name of fs.readdirSync(memory).filter((each) => each.startsWith(PREFIX))) {
    const pid = Number(name.slice(PREFIX.length).split('-')[0]);
    if (!fs.existsSync(`/proc/${pid}`)) fs.rmSync(path.join(memory, name), { recursive: true, force: true });
  }
}

/** Some that mount it do not let files in it be executed, which tests do. */
function mayExecute(folder) {
  const file = path.join(folder, 'executed');
  fs.writeFileSync(file, '#!/bin/sh\n', { mode: 0o755 });
  const { status } = spawnSync(file);
  fs.rmSync(file);
  return status === 0;
}

const [DEPLOYED, STOPPED] = [['tests/test_deployment.py', 'tests/test_removal.py'], ['tests/test_stops.py']];

const suites = {
  '--short': async (scratch) => [
    ...await beside(scratch, () => jest(scratch, '--testPathIgnorePatterns', SOAK, CI), localPytest(scratch, 'not soak')),
    await pytest(scratch, 'not soak and not ci'),
  ],
  '--ci': async (scratch) => [
    ...await beside(scratch, () => jest(scratch, '--testPathIgnorePatterns', SOAK), localPytest(scratch, 'not soak')),
    await pytest(scratch, 'not soak'),
  ],
  // Of an hour's run each test is told as it ends, and failures without pytest's own reading of sources, which Python 3.11 can
  // break off (python/cpython#106905) with all tests that are left.
  '--soak': async (scratch) => (await beside(
    scratch,
    async () => [await jest(scratch, '--testPathPatterns', SOAK), await pytest(scratch, 'soak', '--dist', 'worksteal', '-vv', '--tb=native')],
    localPytest(scratch, 'soak'),
  )).flat(),
  // Each deploys its own mesh.
  '--deployed': (scratch) => beside(scratch, ...[DEPLOYED, STOPPED].map((files) => localPytest(scratch, 'soak', files))),
};

main(async () => {
  const suite = suites[process.argv[2] ?? '--short'];
  if (suite === undefined) throw new SetupError(`no tests are called ${process.argv[2]}: ${Object.keys(suites).join(', ')} are known`);
  await setUp({ localAws: true });
  require('./build').buildCli();
  const scratch = (suite === suites['--soak'] ? undefined : folderInMemory()) ?? fs.mkdtempSync(path.join(os.tmpdir(), PREFIX));
  // PostgreSQL does not run as root: who it runs as then comes through.
  fs.chmodSync(scratch, 0o711);
  process.env.TMPDIR = scratch;
  const results = await suite(scratch);
  fs.rmSync(scratch, { recursive: true, force: true });
  const total = (field) => results.reduce((sum, result) => sum + result[field], 0);
  const failed = Math.max(total('failed'), results.every((result) => result.ok) ? 0 : 1);
  // A machine that cannot do something, such as make a disk that is too small, says so.
  if (total('skipped') > 0) process.stdout.write(`${total('skipped')} skipped\n`);
  process.stdout.write(`${total('passed')} passed, ${failed} failed\n`);
  if (failed > 0) process.exitCode = 1;
});

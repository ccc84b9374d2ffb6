// Before all tests: what a synth puts into a deployment is built from the sources as they are, and what tests start many times starts fast.
'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { buildHandlers, buildWheel } = require('../tools/build');
const { root, venvBin } = require('../tools/setup');

module.exports = async () => {
  buildHandlers();
  buildWheel({ force: false });
  // Each `new App()` leaves a folder behind: all of them in one that test/teardown.js removes.
  process.env.TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-jest-'));
  // The CLI, once some test has built it: below the package, as its own files are.
  process.env.MESH_TEST_CLI = path.join(root, 'node_modules', '.cache', 'cdk-data-mesh', `cli-${process.pid}`);
  process.env.MESH_PYTHON = await warmPython(process.env.TMPDIR);
};

/** An interpreter for the jobs whose processes are forks of one that has imported what they import: local-aws/src/mesh_local_aws/warm_python.py. */
async function warmPython(folder) {
  const warm = path.join(root, 'local-aws', 'src', 'mesh_local_aws', 'warm_python.py');
  const server = spawn(venvBin('python'), ['-P', warm, folder, 'mesh_jobs.entrypoints.warm:local'], {
    stdio: ['pipe', 'ignore', 'inherit'], env: { ...process.env, PYTHONPATH: path.join(root, 'glue-jobs', 'src'), PYTHONUTF8: '1', PYTHONUNBUFFERED: '1' },
  });
  // It ends with its standard input, so with this process, however that ends.
  server.unref();
  server.stdin.unref();
  const python = path.join(folder, 'python');
  while (!fs.existsSync(python)) {
    if (server.exitCode !== null) throw new Error(`the Python that tests start jobs with ended with ${server.exitCode}`);
    await new Promise((resolve) => { setTimeout(resolve, 10); });
  }
  return python;
}

// Whole processes measured, interleaved and said.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, SetupError, venvBin } = require('../setup');

/** Everything that benches make and keep; may be deleted at any time. */
const bench = path.join(root, '.bench');
const python = venvBin('python');
const mesh = (...args) => [process.execPath, path.join(root, 'dist', 'bin', 'mesh.js'), ...args];
const bareNode = [process.execPath, '-e', '0'];

/** Runs a command as a whole process: wall seconds and the peak memory of the largest process in it. */
function measure(command, { cwd = root, before, env = {} } = {}) {
  before?.();
  const log = path.join(bench, 'last.log');
  const done = spawnSync(python, [path.join(__dirname, 'measure.py'), ...command], { cwd, encoding: 'utf8', env: { ...process.env, ...env, MEASURE_LOG: log, NO_COLOR: '1' } });
  const result = JSON.parse(done.stdout);
  if (result.exit !== 0) throw new SetupError(`${command.join(' ')} ended with ${result.exit}\n${fs.readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}`);
  return result;
}

/** A B A B …: a machine whose speed drifts drifts for both. One uncounted run of each first. */
function interleave(runs, ...contestants) {
  const results = contestants.map(() => []);
  for (let i = -1; i < runs; i += 1) {
    contestants.forEach((contestant, j) => {
      const result = contestant();
      if (i >= 0) results[j].push(result);
    });
  }
  return results;
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const seconds = (results) => median(results.map((r) => r.seconds));
const peak = (results) => Math.max(...results.map((r) => r.peakMb));
const s = (value) => `${value.toFixed(value < 1 ? 3 : 2)} s`;
const times = (value) => `${value.toFixed(2)} ×`;
const count = (value) => (value >= 1e6 ? `${value / 1e6} M` : String(value));

module.exports = { bareNode, bench, count, interleave, measure, mesh, peak, python, s, seconds, times };

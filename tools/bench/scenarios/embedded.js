// The embedded engine against hand-written scripts.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, run, SetupError, venvBin } = require('../../setup');
const { bench, count, interleave, measure, mesh, peak, python, s, seconds, times } = require('../measuring');
const { emptyFolder, freshMesh, makeDeltas, makeOrders } = require('../inputs');

const baselines = path.join(__dirname, '..', 'baselines');
const benchPython = path.join(root, '.venv-bench', 'bin', 'python');

function step0({ rows, runs }) {
  const data = makeOrders('retail', rows);
  setUpPandas();
  const { out, clean } = emptyFolder('out');
  const inputs = [path.join(data, 'orders'), path.join(data, 'campaigns')];
  const hand = (script, interpreter) => () => measure([interpreter, path.join(baselines, script), ...inputs, out], { before: clean });
  let folder;
  const ours = () => measure(mesh('run', 'dp_marketing_campaign_rois', '--mode', 'full', '--input', `orders=${inputs[0]}`, '--input', `campaigns=${inputs[1]}`),
    { cwd: folder });
  const framework = () => { folder = freshMesh('step0-mesh'); return ours(); };
  const [mine, duck] = interleave(runs, framework, hand('step0_duckdb.py', python));
  const [pandas, spark] = interleave(1, hand('step0_pandas.py', benchPython), hand('step0_pyspark.py', python));
  const limit = seconds(duck) * 1.05 + 1;
  const what = `step 0 on ${count(rows)} orders, everything of the runtime included`;
  return [
    { what, ours: s(seconds(mine)), against: `hand-written DuckDB to Iceberg: ${s(seconds(duck))}`, ratio: times(seconds(mine) / seconds(duck)), limit: `≤ 1.05 × + 1 s = ${s(limit)}`, ok: seconds(mine) <= limit },
    { what, ours: s(seconds(mine)), against: `hand-written pandas, one run: ${s(seconds(pandas))}`, ratio: times(seconds(pandas) / seconds(mine)), limit: '≥ 5 ×', ok: seconds(pandas) / seconds(mine) >= 5 },
    { what, ours: s(seconds(mine)), against: `hand-written PySpark to Iceberg, one run: ${s(seconds(spark))}`, ratio: times(seconds(spark) / seconds(mine)), limit: '≥ 5 ×', ok: seconds(spark) / seconds(mine) >= 5 },
    { what: `peak memory of it`, ours: `${peak(mine).toFixed(0)} MB`, against: '', ratio: '', limit: '< 2 GB', ok: peak(mine) < 2048 },
  ];
}

function engine({ rows, runs }) {
  const data = makeOrders('retail', rows);
  const done = spawnSync(python, [path.join(__dirname, '..', 'engine.py'), path.join(data, 'orders'), path.join(bench, 'engine'), String(runs)], { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) throw new SetupError(done.stderr);
  const { checks, harder, split, copy } = JSON.parse(done.stdout);
  const rate = (time) => `${(rows / time / 1e6).toFixed(1)} M rows/s`;
  return [
    { what: `17 checks over ${count(rows)} rows × 12 columns: nulls in each, values, ranges, the key`, ours: s(checks), against: '', ratio: rate(checks), limit: '≥ 6 M rows/s', ok: rows / checks >= 6e6 },
    { what: '17 others, a regular expression over as many different texts among them', ours: s(harder), against: '', ratio: rate(harder), limit: '' },
    { what: `quarantine split of ${count(rows)} rows`, ours: s(split), against: `plain copy: ${s(copy)}`, ratio: times(split / copy), limit: '≤ 1.25 ×', ok: split / copy <= 1.25 },
  ];
}

function delta({ rows }) {
  const data = makeOrders('retail', rows);
  const folder = freshMesh('delta-mesh');
  const deltas = makeDeltas(path.join(data, 'orders'));
  const first = measure(mesh('run', 'dp_sales_orders', '--mode', 'full', '--input', `landing=${path.join(data, 'orders')}`), { cwd: folder });
  const merged = deltas.map((part) => measure(mesh('run', 'dp_sales_orders', '--mode', 'delta', '--input', `landing=${part}`), { cwd: folder }));
  return [
    { what: `full load of ${count(rows)} orders by day, checked and published`, ours: `${s(first.seconds)}, ${first.peakMb.toFixed(0)} MB`, against: '', ratio: '', limit: '< 2 GB', ok: first.peakMb < 2048 },
    { what: `delta of a third of the orders of three days (${count(rows / 20)}) into them`, ours: `${s(seconds(merged))}, ${peak(merged).toFixed(0)} MB`, against: '', ratio: '', limit: '≤ 5 s', ok: seconds(merged) <= 5 },
  ];
}

/** Of tables of the size and five times as large; what is merged into them is of one size. */
function memory({ rows }) {
  const [small, large] = [1, 5].map((factor) => {
    const orders = path.join(makeOrders(factor === 1 ? 'retail' : `retail-${factor}`, rows * factor), 'orders');
    const cwd = freshMesh('memory-mesh');
    const ours = (mode, input) => measure(mesh('run', 'dp_sales_orders', '--mode', mode, '--input', `landing=${input}`), { cwd }).peakMb;
    const full = ours('full', orders);
    return { full, delta: Math.max(...makeDeltas(orders, 3 * factor).map((delta) => ours('delta', delta))) };
  });
  const row = (what, from, to) => ({ what, ours: `${to.toFixed(0)} MB`, against: `of ${count(rows)}: ${from.toFixed(0)} MB`, ratio: times(to / from), limit: '≤ 1.25 ×, < 2 GB', ok: to / from <= 1.25 && to < 2048 });
  return [
    row(`peak memory of a full load of ${count(rows * 5)} orders on DuckDB`, small.full, large.full),
    row(`peak memory of a delta of ${count(rows / 20)} into ${count(rows * 5)} orders on DuckDB`, small.delta, large.delta),
  ];
}

/** pandas apart from everything else: beside it PyIceberg takes seconds to import. */
function setUpPandas() {
  if (!fs.existsSync(benchPython)) run('making .venv-bench', python, ['-m', 'venv', path.dirname(path.dirname(benchPython))]);
  if (spawnSync(benchPython, ['-c', 'import pandas, pyarrow']).status !== 0) {
    run('installing pandas', venvBin('uv'), ['pip', 'install', '--quiet', '--python', benchPython, 'pandas==2.3.3', 'pyarrow==26.0.1']);
  }
}

module.exports = { step0, engine, delta, memory };

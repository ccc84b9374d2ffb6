// Spark against hand-written PySpark, and how often it reads what it checks.
'use strict';
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, SetupError } = require('../../setup');
const { bench, count, interleave, measure, mesh, python, s, seconds, times } = require('../measuring');
const { emptyFolder, freshMesh, makeDeltas, makeOrders } = require('../inputs');

const baselines = path.join(__dirname, '..', 'baselines');

function spark({ rows, runs }) {
  const data = makeOrders('retail', rows);
  const orders = path.join(data, 'orders');
  const byHand = emptyFolder('spark-by-hand');
  const hand = (script, ...inputs) => measure([python, path.join(baselines, script), ...inputs, byHand.out]);
  let folder;
  const ours = (product, mode, ...inputs) => measure(mesh('run', product, '--engine', 'spark', '--mode', mode, ...inputs.flatMap((input) => ['--input', input])), { cwd: folder });
  const [rois, roisByHand] = interleave(runs,
    () => { folder = freshMesh('spark-mesh'); return ours('dp_marketing_campaign_rois', 'full', `orders=${orders}`, `campaigns=${data}/campaigns`); },
    () => { byHand.clean(); return hand('step0_pyspark.py', orders, path.join(data, 'campaigns')); });
  const [load, loadByHand] = interleave(runs,
    () => { folder = freshMesh('spark-mesh'); return ours('dp_sales_orders', 'full', `landing=${orders}`); },
    () => { byHand.clean(); return hand('load_pyspark.py', orders); });
  const [merge, mergeByHand] = [[], []];
  for (const delta of makeDeltas(orders)) {
    merge.push(ours('dp_sales_orders', 'delta', `landing=${delta}`));
    mergeByHand.push(hand('merge_pyspark.py', delta));
  }
  const row = (what, mine, other, against, limit) => ({
    what, ours: s(seconds(mine)), against: `${against}: ${s(seconds(other))}`, ratio: times(seconds(mine) / seconds(other)),
    limit: limit === undefined ? '' : `≤ ${limit.toFixed(2)} ×`, ok: limit === undefined || seconds(mine) / seconds(other) <= limit,
  });
  return [
    row(`Spark: full load of ${count(rows)} orders by day, de-duplicated, checked, certified and published`, load, loadByHand, 'hand-written PySpark, without any check', 1.1),
    row(`Spark: delta of ${count(rows / 20)} orders into them`, merge, mergeByHand, 'hand-written `MERGE INTO`', 1),
    row(`Spark: step 0 on ${count(rows)} orders, into 1,000 rows`, rois, roisByHand, 'hand-written PySpark, without any check'),
  ];
}

/** The flights of the example mesh have checks of every kind. */
function scans({ rows, runs }) {
  const plan = path.join(bench, 'flights.plan.json');
  const work = path.join(bench, `flights-${rows}`);
  said(mesh('plan', 'dp_operations_flights', '--out', plan));
  const found = JSON.parse(said([python, path.join(__dirname, '..', 'scans.py'), plan, work, String(rows), String(runs)]));
  const { queries, grouping } = queriesOf(plan);
  return [
    { what: `Spark: ${found.checks} checks of ${count(rows)} flights, ${queries} queries among them`, ours: s(found.together), against: `one after another: ${s(found.alone)}`, ratio: times(found.together / found.alone), limit: '' },
    { what: 'reads of the whole table for them', ours: String(found.reads), against: `all checks: 1, the key: 1, queries that group: ${grouping}`, ratio: '', limit: `≤ ${2 + grouping}`, ok: found.reads <= 2 + grouping },
  ];
}

function queriesOf(plan) {
  const { checks } = JSON.parse(fs.readFileSync(plan, 'utf8')).tables.find(({ name }) => name === 'flights');
  const queries = checks.flatMap(({ query }) => query?.text ?? []);
  return { queries: queries.length, grouping: queries.filter((text) => text.includes('GROUP BY')).length };
}

function said([command, ...args]) {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (done.status !== 0) throw new SetupError(done.stderr);
  return done.stdout;
}

module.exports = { spark, scans };

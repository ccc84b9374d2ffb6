// Spark against hand-written PySpark.
'use strict';
const path = require('node:path');
const { count, interleave, measure, mesh, python, s, seconds, times } = require('../measuring');
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

module.exports = { spark };

// The command line as whole processes.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { bareNode, interleave, measure, mesh, peak, s, seconds, times } = require('../measuring');
const { freshMesh, manyContracts, wideContracts } = require('../inputs');

function validate({ runs }) {
  const folder = freshMesh('validate-mesh');
  const contract = path.join(folder, 'contracts', 'sales', 'orders.contract.yaml');
  const [ours, bare] = interleave(Math.max(runs, 9), () => measure(mesh('validate', contract), { cwd: folder }), () => measure(bareNode));
  return [{ what: '`mesh validate` of one contract, whole process', ours: s(seconds(ours)), against: `bare \`node -e 0\`: ${s(seconds(bare))}`,
    ratio: times(seconds(ours) / seconds(bare)), limit: '≤ 3 ×', ok: seconds(ours) / seconds(bare) <= 3 }];
}

function contracts({ runs }) {
  const folder = manyContracts('thousand', 1000);
  const results = interleave(runs, () => measure(mesh('validate', 'contracts'), { cwd: folder }))[0];
  return [{ what: '`mesh validate` of 1,000 contracts of 110 lines', ours: `${s(seconds(results))}, ${peak(results).toFixed(0)} MB`, against: '', ratio: '',
    limit: '≤ 3 s, < 500 MB', ok: seconds(results) <= 3 && peak(results) < 500 }];
}

function diff({ runs }) {
  const folder = wideContracts('wide');
  const [ours, bare] = interleave(Math.max(runs, 9), () => measure(mesh('diff', 'before.contract.yaml', 'after.contract.yaml'), { cwd: folder }), () => measure(bareNode));
  return [{ what: '`mesh diff` of two contracts of 500 columns, 150 of them changed, whole process', ours: s(seconds(ours)), against: `bare \`node -e 0\`: ${s(seconds(bare))}`,
    ratio: times(seconds(ours) / seconds(bare)), limit: '≤ 0.200 s', ok: seconds(ours) <= 0.2 }];
}

function docs({ runs }) {
  const folder = manyContracts('thousand', 1000);
  const results = interleave(runs, () => measure(mesh('docs', '--out', 'site'), { cwd: folder }))[0];
  const index = fs.statSync(path.join(folder, 'site', 'search-index.js')).size / 1e6;
  return [{ what: '`mesh docs` of 1,000 products, whole process', ours: `${s(seconds(results))}, ${peak(results).toFixed(0)} MB`, against: `search index ${index.toFixed(2)} MB`, ratio: '',
    limit: '≤ 20 s, index < 2 MB', ok: seconds(results) <= 20 && index < 2 }];
}

module.exports = { validate, contracts, diff, docs };

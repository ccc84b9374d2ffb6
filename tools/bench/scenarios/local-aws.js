// Deployments to a local AWS.
'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { root, SetupError } = require('../../setup');
const { bench, s } = require('../measuring');

function local() {
  const { up, bootstrap, synth: synthesised, foundations, products, oneMore, noChange, run: ran } = inLocalAws('local', 4690);
  const whole = up + bootstrap + synthesised + foundations + products;
  return [
    secondsRow('`mesh up`, until the local AWS answers', up, 5),
    secondsRow('local AWS: `mesh up`, bootstrap of two accounts, deploy of two domains with a product each', whole, 90,
      `bootstrap ${s(bootstrap)}, synth ${s(synthesised)}, foundations ${s(foundations)}, products ${s(products)}`),
    secondsRow('local AWS: `cdk deploy` of one more product, its synth included', oneMore, 15),
    secondsRow('local AWS: `cdk deploy` of a product without a change, its synth included', noChange, 8),
    secondsRow('local AWS: a run of the retail product through its state machine', ran, 30),
  ];
}

function platform() {
  const { up, bootstrap, deploy, grant } = inLocalAws('platform', 4691);
  return [
    secondsRow('local AWS: `mesh up`, bootstrap and `cdk deploy --all` of a platform, two domains and two consumers in five accounts', up + bootstrap + deploy, 180,
      `up ${s(up)}, bootstrap ${s(bootstrap)}, synth and deploy ${s(deploy)}`),
    secondsRow('local AWS: a consumer added to a contract has its grants, the synth included', grant, 20),
  ];
}

/** What tools/bench/<script>.js measures in a local AWS of its own. */
function inLocalAws(script, port) {
  const done = spawnSync(process.execPath, [path.join(__dirname, '..', `${script}.js`), path.join(bench, script), String(port)], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  if (done.status !== 0) throw new SetupError('the local AWS could not be measured: see above');
  return JSON.parse(done.stdout);
}

function secondsRow(what, value, aim, against = '') {
  return { what, ours: s(value), against, ratio: '', limit: `< ${aim} s`, ok: value < aim };
}

module.exports = { local, platform };

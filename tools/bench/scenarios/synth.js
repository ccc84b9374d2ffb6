// The CDK app: its time, and what its templates use and cost.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { root } = require('../../setup');
const build = require('../../build');
const { definitionOf, monthlyCost } = require('../cost');
const { bench, interleave, measure, peak, s, seconds, times } = require('../measuring');
const { manyContracts } = require('../inputs');

function synthesis({ runs }) {
  build.buildHandlers();
  build.buildWheel({ force: false });
  build.buildApp();
  const app = [process.execPath, path.join(root, 'dist', 'bin', 'app.js')];
  const folder = manyContracts('thousand', 1000);
  const product = 'domain7-entity7-v1';
  const one = synthOf(app, { cwd: folder, out: 'synth-one', context: { products: product } });
  one.run();
  const template = JSON.parse(fs.readFileSync(path.join(one.outdir, `${product}.template.json`), 'utf8'));
  const definition = path.join(bench, 'definition.json');
  fs.writeFileSync(definition, JSON.stringify(definitionOf(template)));
  const jobs = path.join(root, 'dist', 'jobs');
  const plan = fs.readdirSync(one.outdir).find((file) => file.startsWith('plan.'));
  const wheel = fs.readdirSync(jobs).find((file) => file.endsWith('.whl'));
  const planCopy = path.join(bench, 'plan.json');
  fs.copyFileSync(path.join(one.outdir, plan), planCopy);
  const bare = synthOf([process.execPath, path.join(__dirname, '..', 'baselines', 'bare_app.js'), path.join(jobs, 'glue.py'), path.join(jobs, wheel), planCopy, definition], { out: 'synth-bare' });
  const [ours, byHand] = interleave(Math.max(runs, 5), one.run, bare.run);
  const [half, whole] = [500, 1000].map((count) => synthOf(app, { cwd: manyContracts(`mesh-${count}`, count), out: `synth-${count}` }));
  const [halves, wholes] = interleave(1, half.run, whole.run);
  return [
    { what: 'synth of one product out of 1,000 contracts', ours: s(seconds(ours)), against: `a bare CDK app with the same resources: ${s(seconds(byHand))}`,
      ratio: times(seconds(ours) / seconds(byHand)), limit: '≤ 1.50 ×', ok: seconds(ours) / seconds(byHand) <= 1.5 },
    { what: 'synth of 1,000 products and 20 foundations', ours: `${s(seconds(wholes))}, ${peak(wholes).toFixed(0)} MB`, against: `of 500: ${s(seconds(halves))}`,
      ratio: times(seconds(wholes) / seconds(halves)), limit: '≤ 2.10 ×, < 2 GB', ok: seconds(wholes) / seconds(halves) <= 2.1 && peak(wholes) < 2048 },
  ];
}

function quotas() {
  build.buildApp();
  const folder = manyContracts('mesh-of-one-domain', 100, 1);
  const all = synthOf([process.execPath, path.join(root, 'dist', 'bin', 'app.js')], { cwd: folder, out: 'synth-quotas' });
  all.run();
  const quotas = JSON.parse(fs.readFileSync(path.join(all.outdir, 'quotas.json'), 'utf8'));
  const { account } = quotas.find(({ of }) => of === 'Glue jobs');
  const uses = quotas.filter((use) => use.account === account);
  return [{ what: 'quotas used in the account of a domain with 100 products', ours: uses.map(({ of, used, limit }) => `${of} ${used} of ${limit}`).join(', '),
    against: '', ratio: '', limit: '< 70 % of each', ok: uses.every(({ used, limit }) => used < 0.7 * limit) }];
}

function cost() {
  build.buildApp();
  const one = synthOf([process.execPath, path.join(root, 'dist', 'bin', 'app.js')], { cwd: root, out: 'synth-cost', context: { products: 'sales-orders-v1' } });
  one.run();
  const cost = monthlyCost(JSON.parse(fs.readFileSync(path.join(one.outdir, 'sales-orders-v1.template.json'), 'utf8')));
  const total = Object.values(cost).reduce((sum, dollars) => sum + dollars, 0);
  return [{ what: 'an hourly product a month, without its job minutes and bytes (list prices of eu-west-1)', ours: `${total.toFixed(2)} $`,
    against: Object.entries(cost).map(([what, dollars]) => `${what} ${dollars.toFixed(2)}`).join(', '), ratio: '', limit: '≤ 4 $', ok: total <= 4 }];
}

/** Runs a CDK app as the CDK's CLI does, without aws-cdk-lib's own validation, which takes both sides the same seconds. */
function synthOf(command, { cwd, out, context = {} }) {
  const outdir = path.join(bench, out);
  const env = { CDK_OUTDIR: outdir, CDK_VALIDATION: 'false', CDK_CONTEXT_JSON: JSON.stringify({ ...cdkContext(), ...context }), NODE_PATH: path.join(root, 'node_modules') };
  const before = () => fs.rmSync(outdir, { recursive: true, force: true });
  return { outdir, run: () => measure(command, { cwd, before, env }) };
}

/** Both sides without traces of where constructs are made, as our app always is: what is compared is what it makes. */
const cdkContext = () => ({ ...JSON.parse(fs.readFileSync(path.join(root, 'cdk.json'), 'utf8')).context, 'aws:cdk:disable-creation-stack-traces': true });

module.exports = { synth: synthesis, quotas, cost };

// Wall seconds of what a domain team waits for with a local AWS, as JSON: node tools/bench/local.js FOLDER PORT
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { main, root } = require('../setup');
const { Deployment } = require('../local-aws/deployment');
const { PRODUCTS, writeExampleMesh } = require('../local-aws/example-mesh');

const [PLATFORM, DOMAINS] = ['111111111111', '222222222222'];
const FOUNDATIONS = ['sales-foundation', 'operations-foundation'];
const [RETAIL, AVIATION, ONE_MORE] = ['sales-orders-v1', 'operations-airports-v1', 'operations-flights-v1'];

async function measured(folder, port) {
  writeExampleMesh(folder, [...PRODUCTS, { domain: 'operations', entity: 'flights' }]);
  inOneAccount(folder);
  const deployment = new Deployment({ folder, region: 'eu-west-1', platform: PLATFORM });
  const seconds = {};
  const timed = async (name, work) => {
    const began = process.hrtime.bigint();
    await work();
    seconds[name] = (seconds[name] ?? 0) + Number(process.hrtime.bigint() - began) / 1e9;
  };
  try {
    await timed('up', () => deployment.up(port));
    await timed('bootstrap', () => Promise.all([PLATFORM, DOMAINS].map((account) => deployment.bootstrap(account))));
    await timed('synth', () => deployment.synthesise());
    await timed('foundations', () => deployment.deploy(PLATFORM, FOUNDATIONS));
    await timed('products', () => deployment.deploy(DOMAINS, [RETAIL, AVIATION]));
    await timed('oneMore', () => deployment.deployProduct(DOMAINS, ONE_MORE));
    await timed('noChange', () => deployment.deployProduct(DOMAINS, RETAIL));
    const samples = path.join(folder, 'contracts', 'sales', 'samples');
    await timed('run', () => deployment.mesh(['run', 'sales/orders', '--target', 'local-aws', '--mode', 'full', '--input', `shop_orders=${path.join(samples, 'orders.csv')}`, '--input', `payments=${path.join(samples, 'payments.jsonl')}`]));
  } finally {
    await deployment.down();
  }
  return seconds;
}

/** Both domains: the aim is of two accounts, one of them the platform's. */
function inOneAccount(folder) {
  const file = path.join(folder, 'mesh.yaml');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('"444444444444"', `"${DOMAINS}"`));
}

main(async () => {
  const [folder, port] = process.argv.slice(2);
  const { buildApp, buildHandlers, buildWheel } = require('../build');
  buildHandlers();
  buildWheel({ force: false });
  buildApp();
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  process.stdout.write(`${JSON.stringify(await measured(path.resolve(root, folder), Number(port)))}\n`);
});

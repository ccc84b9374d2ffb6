// Wall seconds of what a domain team waits for with a local AWS, as JSON: node tools/bench/local.js FOLDER PORT
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { PRODUCTS, writeExampleMesh } = require('../local-aws/example-mesh');
const { measured } = require('./deployed');

const [PLATFORM, DOMAINS] = ['111111111111', '222222222222'];
const FOUNDATIONS = ['sales-foundation', 'operations-foundation'];
const [RETAIL, AVIATION, ONE_MORE] = ['sales-orders-v1', 'operations-airports-v1', 'operations-flights-v1'];

measured({
  platform: PLATFORM,
  write(folder) {
    writeExampleMesh(folder, [...PRODUCTS, { domain: 'operations', entity: 'flights' }]);
    // Both domains in one account: the aim is of two accounts, one of them the platform's.
    const file = path.join(folder, 'mesh.yaml');
    fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll('"444444444444"', `"${DOMAINS}"`));
  },
  async measure({ deployment, timed, folder }) {
    await timed('bootstrap', () => Promise.all([PLATFORM, DOMAINS].map((account) => deployment.bootstrap(account))));
    await timed('synth', () => deployment.synthesise());
    await timed('foundations', () => deployment.deploy(PLATFORM, FOUNDATIONS));
    await timed('products', () => deployment.deploy(DOMAINS, [RETAIL, AVIATION]));
    await timed('oneMore', () => deployment.deployProduct(DOMAINS, ONE_MORE));
    await timed('noChange', () => deployment.deployProduct(DOMAINS, RETAIL));
    const samples = path.join(folder, 'contracts', 'sales', 'samples');
    await timed('run', () => deployment.mesh(['run', 'sales/orders', '--target', 'local-aws', '--mode', 'full', '--input', `shop_orders=${path.join(samples, 'orders.csv')}`, '--input', `payments=${path.join(samples, 'payments.jsonl')}`]));
  },
});

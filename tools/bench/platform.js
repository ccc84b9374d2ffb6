// Wall seconds of what a platform team waits for with a local AWS, as JSON: node tools/bench/platform.js FOLDER PORT
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { main, root } = require('../setup');
const { Deployment } = require('../local-aws/deployment');
const { writeExampleMesh } = require('../local-aws/example-mesh');

const [PLATFORM, SALES, OPERATIONS, REPORTING, LENS] = ['111111111111', '222222222222', '444444444444', '666666666666', '777777777777'];
const GRANTS = 'sales-orders-v1-grants';

async function measured(folder, port) {
  writeExampleMesh(folder);
  const mesh = path.join(folder, 'mesh.yaml');
  fs.writeFileSync(mesh, fs.readFileSync(mesh, 'utf8').replace(/^consumers:\n/m, `$&  lens: {account: "${LENS}", owner: lens@shoply.example, costCentre: CC-3002, domains: [sales]}\n`));
  const deployment = new Deployment({ folder, region: 'eu-west-1', platform: PLATFORM });
  const seconds = {};
  const timed = async (name, work) => {
    const began = process.hrtime.bigint();
    await work();
    seconds[name] = Number(process.hrtime.bigint() - began) / 1e9;
  };
  try {
    await timed('up', () => deployment.up(port));
    await timed('bootstrap', () => Promise.all([PLATFORM, SALES, OPERATIONS, REPORTING, LENS].map((account) => deployment.bootstrap(account))));
    await timed('deploy', () => deployment.deployAll());
    const contract = path.join(folder, 'contracts', 'sales', 'orders.contract.yaml');
    fs.writeFileSync(contract, fs.readFileSync(contract, 'utf8').replace('[reporting]', '[reporting, lens]'));
    // As the platform deploys it: the synth is part of it.
    await timed('grant', async () => {
      await deployment.synthesise();
      await deployment.deploy(PLATFORM, [GRANTS]);
    });
  } finally {
    await deployment.down();
  }
  return seconds;
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

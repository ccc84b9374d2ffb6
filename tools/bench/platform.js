// Wall seconds of what a platform team waits for with a local AWS, as JSON: node tools/bench/platform.js FOLDER PORT
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { writeExampleMesh } = require('../local-aws/example-mesh');
const { measured } = require('./deployed');

const [PLATFORM, SALES, OPERATIONS, REPORTING, LENS] = ['111111111111', '222222222222', '444444444444', '666666666666', '777777777777'];
const GRANTS = 'sales-orders-v1-grants';

measured({
  platform: PLATFORM,
  write(folder) {
    writeExampleMesh(folder);
    const mesh = path.join(folder, 'mesh.yaml');
    fs.writeFileSync(mesh, fs.readFileSync(mesh, 'utf8').replace(/^consumers:\n/m, `$&  lens: {account: "${LENS}", owner: lens@shoply.example, costCentre: CC-3002, domains: [sales]}\n`));
  },
  async measure({ deployment, timed, folder }) {
    await timed('bootstrap', () => Promise.all([PLATFORM, SALES, OPERATIONS, REPORTING, LENS].map((account) => deployment.bootstrap(account))));
    await timed('deploy', () => deployment.deployAll());
    const contract = path.join(folder, 'contracts', 'sales', 'orders.contract.yaml');
    fs.writeFileSync(contract, fs.readFileSync(contract, 'utf8').replace('[reporting]', '[reporting, lens]'));
    // As the platform deploys it: the synth is part of it.
    await timed('grant', async () => {
      await deployment.synthesise();
      await deployment.deploy(PLATFORM, [GRANTS]);
    });
  },
});

// What two benches of a local AWS have in common: both build first, measure in an empty folder, and print seconds as JSON.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { main, root } = require('../setup');
const { Deployment } = require('../local-aws/deployment');

/**
 * @param write writes the mesh into the folder
 * @param measure does what is waited for: given the deployment, `timed(name, work)` and the folder
 */
function measured({ platform, write, measure }) {
  main(async () => {
    const [asked, port] = process.argv.slice(2);
    const { buildApp, buildHandlers, buildWheel } = require('../build');
    buildHandlers();
    buildWheel({ force: false });
    buildApp();
    const folder = path.resolve(root, asked);
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    write(folder);
    const deployment = new Deployment({ folder, region: 'eu-west-1', platform });
    const seconds = {};
    const timed = async (name, work) => {
      const began = process.hrtime.bigint();
      await work();
      seconds[name] = Number(process.hrtime.bigint() - began) / 1e9;
    };
    try {
      await timed('up', () => deployment.up(Number(port)));
      await measure({ deployment, timed, folder });
    } finally {
      await deployment.down();
    }
    process.stdout.write(`${JSON.stringify(seconds)}\n`);
  });
}

module.exports = { measured };

// Before all tests: what a synth puts into a deployment is built from the sources as they are.
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { buildHandlers, buildWheel } = require('../tools/build');

module.exports = () => {
  buildHandlers();
  buildWheel({ force: false });
  // Each `new App()` leaves a folder behind: all of them in one that test/teardown.js removes.
  process.env.TMPDIR = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-jest-'));
};

// After all tests: what they left in the folders that test/setup.js made for them.
'use strict';
const fs = require('node:fs');

module.exports = () => {
  for (const folder of [process.env.TMPDIR, process.env.MESH_TEST_CLI]) fs.rmSync(folder, { recursive: true, force: true });
};

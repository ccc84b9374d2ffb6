// After all tests: what they left in the folder for temporary files, which test/setup.js made for them.
'use strict';
const fs = require('node:fs');

module.exports = () => fs.rmSync(process.env.TMPDIR, { recursive: true, force: true });

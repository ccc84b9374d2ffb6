// Before all tests: what a synth puts into a deployment is built from the sources as they are.
'use strict';
const { buildHandlers, buildWheel } = require('../tools/build');

module.exports = () => {
  buildHandlers();
  buildWheel({ force: false });
};

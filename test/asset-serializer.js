// Hashes of assets change with every change of a handler or of the jobs, which a snapshot is not about.
'use strict';
const HASH = /\b[0-9a-f]{64}\b/;

module.exports = {
  test: (value) => typeof value === 'string' && HASH.test(value),
  serialize: (value) => JSON.stringify(value.replace(new RegExp(HASH, 'g'), '<asset>')),
};

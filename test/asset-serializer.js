// Hashes of assets change with every change of a handler or of the jobs, which a snapshot is not about. Nor is it about the order of a
// list that the CDK sorts, with the hashes in it.
'use strict';
const HASH = /\b[0-9a-f]{64}\b/;
const named = (value) => typeof value === 'string' && HASH.test(value);
const blanked = (value) => value.replace(new RegExp(HASH, 'g'), '<asset>');

module.exports = {
  test: (value) => named(value) || (Array.isArray(value) && value.every((item) => typeof item === 'string') && value.some(named)),
  serialize: (value, config, indentation, depth, refs, print) =>
    Array.isArray(value) ? print(value.map(blanked).sort(), config, indentation, depth, refs) : JSON.stringify(blanked(value)),
};

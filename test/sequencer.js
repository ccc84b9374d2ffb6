// Files that take longest begin first: one that began last would keep one worker busy and the others idle.
'use strict';
const { default: Sequencer } = require('@jest/test-sequencer');

/** By what they took on a machine that knows nothing yet; on one that does, jest goes by what it has measured. */
const LONGEST = ['contract/odcs-oracle.ci', 'stacks/nag', 'orchestration/stops', 'publishing/faults.ci', 'cli/docs.ci', 'docs/pages.ci', 'examples/mesh', 'cli/loop', 'domain/foundation', 'catalogue/product-catalogue'];

module.exports = class extends Sequencer {
  sort(tests) {
    const place = ({ path, duration }) => (duration === undefined ? LONGEST.findIndex((name) => path.endsWith(`/${name}.test.ts`)) : -1);
    const rank = (test) => (place(test) < 0 ? LONGEST.length : place(test));
    return super.sort(tests).map((test) => [rank(test), test]).sort(([a], [b]) => a - b).map(([, test]) => test);
  }
};

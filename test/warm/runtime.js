// Third-party modules are evaluated once a worker, not once a file: aws-cdk-lib alone takes 2 s of a core to import, and runs slowly until
// V8 has compiled what is hot. What is ours each file evaluates anew; so does it the clients of AWS, whose prototypes tests replace.
'use strict';
const path = require('node:path');
const { default: Runtime } = require('jest-runtime');

const folder = (name) => `${path.sep}node_modules${path.sep}${name}`;
const isKept = (file) => file.includes(folder('')) && !file.includes(folder(`@aws-sdk${path.sep}`)) && !file.includes(folder(`@smithy${path.sep}`));

const kept = new Map();
let current;

module.exports = class extends Runtime {
  constructor(...args) {
    super(...args);
    current = this;
    const registry = this.registries.getActiveCjsRegistry();
    for (const [file, module] of kept) registry.set(file, module);
  }

  /** What an earlier file loaded may ask for more later: the file that runs now is asked, as its own is over. */
  requireModuleOrMock(from, name) {
    return this === current ? super.requireModuleOrMock(from, name) : current.requireModuleOrMock(from, name);
  }

  teardown() {
    for (const [file, module] of this.registries.getActiveCjsRegistry()) if (module.loaded && isKept(file)) kept.set(file, module);
    super.teardown();
  }
};

// Third-party modules are evaluated once a worker, not once a file: aws-cdk-lib alone takes 2 s of a core to import, and runs slowly until
// V8 has compiled what is hot. What is ours each file evaluates anew; so does it the clients of AWS, whose prototypes tests replace; but
// no code is compiled twice.
'use strict';
const path = require('node:path');
const { default: Runtime } = require('jest-runtime');

const folder = (name) => `${path.sep}node_modules${path.sep}${name}`;
const isKept = (file) => file.includes(folder('')) && !file.includes(folder(`@aws-sdk${path.sep}`)) && !file.includes(folder(`@smithy${path.sep}`));

const kept = new Map();
let current;

/** What a file was compiled to. That belongs to the sandbox, which is the worker's, and evaluates anew each time it is called. */
const compiled = new Map();

module.exports = class extends Runtime {
  constructor(...args) {
    super(...args);
    current = this;
    const registry = this.registries.getActiveCjsRegistry();
    for (const [file, module] of kept) registry.set(file, module);
    const compile = this.executor.compile.bind(this.executor);
    this.executor.compile = (source, file) => {
      const known = compiled.get(file);
      if (known?.source === source) return known.run;
      const run = compile(source, file);
      // An import() goes on asking the runtime that it was compiled by.
      if (run !== null && !source.includes('import(')) compiled.set(file, { source, run });
      return run;
    };
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

// Node's modules that take long to load and that few commands use: a bundle loads them when something in them is first used, even where
// a dependency asks for them at its start, as commander does for child_process, which loads the network with it.
'use strict';

/** Gives `exports` what a module exports, by names that the build knows. */
module.exports = function lazily(exports, names, load) {
  for (const name of names) Object.defineProperty(exports, name, { enumerable: true, get: () => load()[name] });
};

// The sandbox of the tests: one for all files of a worker, since the third-party modules that runtime.js keeps belong to it. Each file
// finds it as the first did: globals, spies, clocks and the environment of the process as they were.
'use strict';
const { AsyncLocalStorage } = require('node:async_hooks');
const { TestEnvironment } = require('jest-environment-node');

let sandbox;

/** Node before 24 asks each storage that was ever used at every promise. Jest has a new one for each file. */
const storages = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  storages.add(this);
  return run.apply(this, args);
};

module.exports = class {
  constructor(config, context) {
    sandbox ??= new Sandbox(config, context);
    return sandbox;
  }
};

class Sandbox extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.asFound = [this.global, this.global.process, this.global.process.env].map((object) => [object, Object.getOwnPropertyDescriptors(object)]);
  }

  async teardown() {
    this.moduleMocker.restoreAllMocks();
    this.fakeTimers.useRealTimers();
    this.fakeTimersModern.useRealTimers();
    for (const [object, before] of this.asFound) {
      for (const key of Reflect.ownKeys(object)) if (!Object.hasOwn(before, key) && !isOfCdk(key)) delete object[key];
      for (const key of Reflect.ownKeys(before)) restore(object, key, before[key]);
    }
    this.global.process.removeAllListeners();
    for (const storage of storages) storage.disable();
    storages.clear();
  }
}

/** What the CDK keeps in the global object, its tokens first of all, so that copies of it share them. */
const isOfCdk = (key) => (typeof key === 'symbol' ? Symbol.keyFor(key)?.startsWith('@aws-cdk/') === true : key.startsWith('__cdk'));

function restore(object, key, before) {
  const now = Object.getOwnPropertyDescriptor(object, key);
  if (now !== undefined && now.value === before.value && now.get === before.get) return;
  if ('value' in before && now?.writable === true) object[key] = before.value;
  else if (now === undefined || now.configurable) Object.defineProperty(object, key, before);
}

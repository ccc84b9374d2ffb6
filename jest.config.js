module.exports = {
  testEnvironment: '<rootDir>/test/warm/environment.js',
  runtime: '<rootDir>/test/warm/runtime.js',
  // Not below the temporary folder, which is another for each `npm test`.
  cacheDirectory: '<rootDir>/node_modules/.cache/jest',
  // Of a sandbox, V8 looks each global up anew, at every use. Not what tests replace, as the clock is.
  sandboxInjectedGlobals: ['Array', 'Error', 'JSON', 'Map', 'Math', 'Number', 'Object', 'Promise', 'Reflect', 'RegExp', 'Set', 'String', 'Symbol', 'WeakMap'],
  roots: ['<rootDir>/test'],
  globalSetup: '<rootDir>/test/setup.js',
  globalTeardown: '<rootDir>/test/teardown.js',
  testSequencer: '<rootDir>/test/sequencer.js',
  setupFiles: ['<rootDir>/test/env.js'],
  snapshotSerializers: ['<rootDir>/test/asset-serializer.js'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      sourceMaps: 'inline',
      jsc: { target: 'es2022', keepClassNames: true, parser: { syntax: 'typescript', decorators: false } },
      module: { type: 'commonjs' },
    }],
  },
};

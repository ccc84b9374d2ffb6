module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      sourceMaps: 'inline',
      jsc: { target: 'es2022', keepClassNames: true, parser: { syntax: 'typescript', decorators: false } },
      module: { type: 'commonjs' },
    }],
  },
};

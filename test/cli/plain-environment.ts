/** The environment of the tests, without what the machine that tests says of its terminal: that is no part of a test. */
export function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !['CI', 'NO_COLOR', 'FORCE_COLOR', 'COLUMNS'].includes(name)));
}

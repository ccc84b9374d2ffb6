/**
 * What a synth says that fails: what a person is to mend in its own words, a bug of ours with its stack. Node itself would print the line of
 * the bundle that threw, which is most of the bundle.
 */
export function appFailure(error: unknown, { debug }: { readonly debug: boolean }): string {
  if (!(error instanceof Error)) return `Error: ${String(error)}`;
  // What is thrown on purpose is an Error, or says in its name what went wrong; what node throws is one of its own.
  const isBug = error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError || error instanceof SyntaxError;
  return debug || isBug ? error.stack ?? `${error.name}: ${error.message}` : `${error.name}: ${error.message}\n(CDK_DEBUG=true shows where it was thrown)`;
}

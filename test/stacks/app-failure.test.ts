import { appFailure } from '../../lib/stacks/app-failure';

describe('a synth that fails', () => {
  test('says what is to be mended, and not where in the bundle it was thrown', () => {
    const said = appFailure(new Error('contracts/sales/orders.contract.yaml does not make a plan'), { debug: false });
    expect(said).toBe('Error: contracts/sales/orders.contract.yaml does not make a plan\n(CDK_DEBUG=true shows where it was thrown)');
  });

  test('says where, when it is asked', () => {
    expect(appFailure(new Error('no'), { debug: true })).toMatch(/^Error: no\n\s+at .*app-failure\.test/);
  });

  test('keeps the stack trace of a bug', () => {
    expect(appFailure(new TypeError('x is not a function'), { debug: false })).toMatch(/^TypeError: x is not a function\n\s+at /);
  });

  test('says what was thrown that is no error', () => {
    expect(appFailure('nothing', { debug: false })).toBe('Error: nothing');
  });
});

import { isOlder } from '../../../constructs/tables/handler/contract-version';

describe('which of two contract versions is older', () => {
  /** As semver.org orders them in rule 11, oldest first. */
  const inOrder = ['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.2', '1.10.0', 'v2'];

  test('goes by semver, with what people leave out', () => {
    for (const [n, one] of inOrder.entries()) {
      expect(inOrder.filter((other) => isOlder(one, other))).toEqual(inOrder.slice(n + 1));
    }
  });

  test('builds of one version are as old as each other, and texts that are no versions have no order', () => {
    for (const [one, other] of [['1.0.0+a', '1.0.0+b'], ['1', 'v1.0.0'], ['latest', '1.0.0'], ['1.0.0', 'latest'], ['1.0.0.0', '2.0.0']]) {
      expect([isOlder(one, other), isOlder(other, one)]).toEqual([false, false]);
    }
  });
});

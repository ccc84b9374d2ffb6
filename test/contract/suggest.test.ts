import { suggest } from '../../lib/contract/suggest';

test.each([
  ['slaPropertys', 'slaProperties'], ['primary_key', 'primaryKey'], ['stauts', 'status'], ['Status', 'status'], ['descripton', 'description'],
])('%s was meant to be %s', (written, meant) => {
  expect(suggest(written, ['status', 'slaProperties', 'primaryKey', 'description', 'id'])).toBe(meant);
});

test.each(['x', 'foreign', 'zzzzzz', '', 's'.repeat(10_000)])('%s was meant to be nothing', (written) => {
  expect(suggest(written, ['status', 'slaProperties', 'primaryKey'])).toBeUndefined();
});

import * as fc from 'fast-check';
import { suggest } from '../../lib/contract/suggest';
import { runs } from '../support/runs';

test.each([
  ['slaPropertys', 'slaProperties'], ['primary_key', 'primaryKey'], ['stauts', 'status'], ['Status', 'status'], ['descripton', 'description'],
])('%s was meant to be %s', (written, meant) => {
  expect(suggest(written, ['status', 'slaProperties', 'primaryKey', 'description', 'id'])).toBe(meant);
});

test.each(['x', 'foreign', 'zzzzzz', '', 's'.repeat(10_000)])('%s was meant to be nothing', (written) => {
  expect(suggest(written, ['status', 'slaProperties', 'primaryKey'])).toBeUndefined();
});

test('it is the first of the nearest, as counting every slip finds it', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 7 });
  fc.assert(fc.property(word, fc.array(word, { maxLength: 6 }), (written, candidates) => {
    const slips = Math.max(1, Math.floor(written.length / 3));
    const far = candidates.map((candidate) => slipsBetween(written, candidate));
    const least = Math.min(...far);
    expect(suggest(written, candidates)).toBe(least <= slips ? candidates[far.indexOf(least)] : undefined);
  }), { numRuns: runs(200) });
});

/** From the first letters on: insert, delete, replace, or swap two neighbours that nothing else touches. */
function slipsBetween(a: string, b: string): number {
  if (a === '' || b === '') return a.length + b.length;
  if (a[0] === b[0]) return slipsBetween(a.slice(1), b.slice(1));
  const swapped = a[0] === b[1] && a[1] === b[0] ? slipsBetween(a.slice(2), b.slice(2)) : Infinity;
  return 1 + Math.min(slipsBetween(a.slice(1), b), slipsBetween(a, b.slice(1)), slipsBetween(a.slice(1), b.slice(1)), swapped);
}

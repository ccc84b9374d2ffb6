import { removeFolders } from '../plan/mesh-folder';
import { fuzz } from './fuzzed-contracts';

afterAll(removeFolders);

test('50 contracts that somebody got wrong are judged in plain words: no crash, no hang', () => {
  const { faults, accepted } = fuzz(Array.from({ length: 50 }, (_, seed) => seed));
  expect(faults).toEqual([]);
  expect(accepted).toBeGreaterThan(8);
});

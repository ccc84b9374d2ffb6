import { removeFolders } from '../plan/mesh-folder';
import { fuzz } from './fuzzed-contracts';

jest.setTimeout(3_600_000);
afterAll(removeFolders);

test('10,000 contracts that somebody got wrong are judged in plain words: no crash, no hang over a second', () => {
  const { faults, accepted, planned, slowest } = fuzz(Array.from({ length: 10_000 }, (_, seed) => 1_000 + seed));
  console.log(JSON.stringify({ accepted, planned, slowest }));
  expect(faults).toEqual([]);
  expect(accepted).toBeGreaterThan(2_000);
});

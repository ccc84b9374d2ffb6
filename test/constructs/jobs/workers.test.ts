import { workersFor } from '../../../constructs/jobs/workers';
import { type Plan } from '../../../lib/plan/plan-schema';

/** As `2 × G.1X`. */
function workers(aws: 'duckdb' | 'spark', rows: number | null, perRun: number | null = null): string {
  const engine: Plan['engine'] = { local: 'duckdb', aws, why: '' };
  const { workerType, numberOfWorkers } = workersFor({ engine, size: { rows, perRun } });
  return `${numberOfWorkers} × ${workerType.replace('_', '.')}`;
}

test.each([
  [1, '5 × G.1X'], [50e6, '5 × G.1X'], [50e6 + 1, '20 × G.1X'], [500e6, '20 × G.1X'], [500e6 + 1, '40 × G.2X'],
  [5e9, '40 × G.2X'], [5e9 + 1, '80 × G.4X'], [1e12, '80 × G.4X'], [null, '20 × G.1X'],
])('%p rows on Spark have %s at most', (rows, most) => {
  expect(workers('spark', rows)).toBe(most);
});

test.each([[1, '2 × G.1X'], [20e6, '2 × G.1X'], [20e6 + 1, '2 × G.2X'], [50e6, '2 × G.2X'], [2e9, '2 × G.2X'], [null, '2 × G.2X']])(
  '%p rows on DuckDB, which works in the driver alone, have %s', (rows, those) => {
    expect(workers('duckdb', rows)).toBe(those);
  },
);

test('a run that touches more than the table has counts as many', () => {
  expect(workers('spark', 20e6, 600e6)).toBe('40 × G.2X');
  expect(workers('spark', 600e6, 20e6)).toBe('40 × G.2X');
  expect(workers('duckdb', null, 30e6)).toBe('2 × G.2X');
});

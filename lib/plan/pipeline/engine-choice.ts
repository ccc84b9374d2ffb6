import { type DraftPipeline } from './draft';
import { type Plan } from '../plan-schema';

/** The most rows a run may touch for one machine to be the better engine. */
const SMALL = 50_000_000;

/** Which engine runs where, and why, in one sentence. */
export function engineChoice({ engine, size }: Pick<DraftPipeline, 'engine' | 'size'>): Plan['engine'] {
  const rows = Math.max(size.rows ?? 0, size.perRun ?? 0);
  const known = size.rows !== null || size.perRun !== null;
  switch (engine) {
    case 'duckdb': return { local: 'duckdb', aws: 'duckdb', why: 'the pipeline asks for DuckDB' };
    case 'spark': return { local: 'duckdb', aws: 'spark', why: 'the pipeline asks for Spark; a laptop runs the same plan on DuckDB' };
    case 'auto':
      if (!known) return { local: 'duckdb', aws: 'spark', why: '`size` is not written, so AWS runs Spark to be safe' };
      return rows <= SMALL
        ? { local: 'duckdb', aws: 'duckdb', why: `${words(rows)} rows fit one machine` }
        : { local: 'duckdb', aws: 'spark', why: `${words(rows)} rows are more than one machine should take (${words(SMALL)})` };
    case undefined: return { local: 'duckdb', aws: 'spark', why: '`engine` is not written: Spark on AWS, DuckDB locally' };
  }
}

/** In short where nothing is lost by it: 50000001 are more than 50M. */
function words(rows: number): string {
  for (const [scale, letter] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']] as const) {
    if (rows >= scale && Number.isInteger((rows * 10) / scale)) return `${rows / scale}${letter}`;
  }
  return String(rows);
}

import { WorkerType, type WorkerConfiguration } from 'aws-cdk-lib/aws-glue';
import { type Plan } from '../../lib/plan/plan-schema';

/** Rows of the largest load, and what it gets: the first line that fits. Glue scales up to it and pays for what it used. */
const SPARK: readonly { readonly upTo: number; readonly workerType: WorkerType; readonly numberOfWorkers: number }[] = [
  { upTo: 50e6, workerType: WorkerType.G_1X, numberOfWorkers: 5 },
  { upTo: 500e6, workerType: WorkerType.G_1X, numberOfWorkers: 20 },
  { upTo: 5e9, workerType: WorkerType.G_2X, numberOfWorkers: 40 },
  { upTo: Infinity, workerType: WorkerType.G_4X, numberOfWorkers: 80 },
];
/** DuckDB works in the driver; Glue starts no job with fewer than two workers. */
const DUCKDB: readonly { readonly upTo: number; readonly workerType: WorkerType }[] = [
  { upTo: 20e6, workerType: WorkerType.G_1X },
  { upTo: Infinity, workerType: WorkerType.G_2X },
];
/** A size that nobody wrote down. */
const UNKNOWN = 500e6;

/** The workers that a plan's size asks for: of the ETL job, and of the quality job, which reads what the other has built. */
export function workersFor({ engine, size }: Pick<Plan, 'engine' | 'size'>): WorkerConfiguration {
  const rows = size.rows === null && size.perRun === null ? UNKNOWN : Math.max(size.rows ?? 0, size.perRun ?? 0);
  if (engine.aws === 'duckdb') return { workerType: fitting(DUCKDB, rows).workerType, numberOfWorkers: 2 };
  const { workerType, numberOfWorkers } = fitting(SPARK, rows);
  return { workerType, numberOfWorkers };
}

function fitting<T extends { readonly upTo: number }>(sizes: readonly T[], rows: number): T {
  return sizes.find(({ upTo }) => rows <= upTo) ?? sizes[sizes.length - 1];
}

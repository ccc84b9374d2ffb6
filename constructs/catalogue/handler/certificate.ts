import { PUBLISHED } from '../../run-log/layout';
import { type Certificate as PublishedCertificate, RunLog } from '../../run-log/run-log';
import { type RunTable } from '../../run-log/run-table';
import { productNames, type ProductPlace } from '../../domain/naming';

/** A check as a certificate tells it: what was measured, and no value of a row. */
export interface CheckedRule {
  readonly id: string;
  readonly title: string;
  /** The object of the contract, or a table of the pipeline. */
  readonly table: string;
  readonly dimension: string | null;
  readonly columns: readonly string[];
  readonly threshold: string;
  readonly unit: string;
  readonly measured: number | null;
  readonly passed: boolean;
  /** False where what was measured may be a value of a protected column. */
  readonly told?: boolean;
}

/** A certificate with all that the catalogue shows of it. */
export type Certificate = PublishedCertificate & { readonly checks: readonly CheckedRule[] };

/** The certificate of what is published now; undefined before the first publication. */
export async function publishedCertificate(table: RunTable, place: ProductPlace): Promise<Certificate | undefined> {
  const published = await table.get({ pk: productNames.runPartition(place), sk: PUBLISHED });
  return published === undefined ? undefined : certificateOf(table, place, published.runId as string);
}

/** The certificate of a published run; undefined of one that the log does not have. */
export async function certificateOf(table: RunTable, place: ProductPlace, runId: string): Promise<Certificate | undefined> {
  const run = await new RunLog(table, productNames.runPartition(place)).find(runId);
  return run?.state === 'published' ? run.certificate as Certificate | undefined : undefined;
}

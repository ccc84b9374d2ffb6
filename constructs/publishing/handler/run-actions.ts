import { HandlerError } from '../../handlers/custom-resource';
import { announce } from './announce';
import { withGrants } from './following-grants';
import { assertNoneRefused } from './job-code';
import { stopJobRuns } from './job-runs';
import { published, PublishedTables, stands } from './published-table';
import { type Outside, type Product } from './publisher';
import { codeOfRelease, readRelease } from './release';
import { type Holder, type Outcome, type RunRecord, type Swap } from '../../run-log/run-log';
import { publishable } from './verify';

/** Milliseconds that a lock lasts without being renewed; jobs and state machine renew it in time. */
const LEASE = 15 * 60_000;

/** Of runs that jobs are started for next: for hours, with code that may be dangerous in itself. What is further on is judged when it is committed, once. */
const BEFORE_JOBS = ['none', 'running', 'failed'];

/** Of the execution that asks: its lock, and its run. */
export interface Asked extends Holder {
  readonly runId: string;
}

/** Stops what an earlier owner of the lock has left at work. `ended` once all of it has, so that nobody else writes. */
export async function evict(outside: Outside, { log, jobs }: Product, asked: Asked): Promise<{ readonly ended: boolean }> {
  await log.renew(asked, outside.now() + LEASE);
  return { ended: await stopJobRuns(outside.glue, jobs, asked) === 0 };
}

/**
 * Brings another run that was committed to publishing to its end; then, where the run that is asked for stands. `none` before it has begun.
 * Raises HandlerError where the platform refuses the code that the run would be made with.
 */
export async function resume(outside: Outside, product: Product, asked: Asked): Promise<{ readonly state: string }> {
  const { log } = product;
  await log.renew(asked, outside.now() + LEASE);
  for await (const record of log.newestFirst()) {
    if (record.state === 'published') break;
    if (record.state !== 'publishing' || record.runId === asked.runId) continue;
    await finish(outside, product, asked, record);
  }
  const stands = await look(outside, product, asked);
  if (BEFORE_JOBS.includes(stands.state)) {
    const release = await readRelease(outside.table, product.place);
    if (release !== undefined) await assertNoneRefused(outside, codeOfRelease(release));
  }
  return stands;
}

/** Where the run stands: the verdict of a job is in its record. */
export async function look(outside: Outside, { log }: Product, asked: Asked): Promise<{ readonly state: string; readonly message: string }> {
  await log.renew(asked, outside.now() + LEASE);
  const record = await log.find(asked.runId);
  return { state: record?.state ?? 'none', message: record?.message ?? '' };
}

/** certified → publishing. Verifies lock, certificate and jobs first; from here the run only goes forward. */
export async function commit(outside: Outside, product: Product, asked: Asked): Promise<{ readonly state: string }> {
  const { log } = product;
  await log.renew(asked, outside.now() + LEASE);
  const record = await found(product, asked.runId);
  if (record.state === 'certified') await log.commit(asked, record, await publishable(outside, product, record));
  return forward(product, asked.runId);
}

/** Points every table of a committed run at what was certified, one after the other. */
export async function publish(outside: Outside, product: Product, asked: Asked): Promise<{ readonly state: string }> {
  await product.log.renew(asked, outside.now() + LEASE);
  const record = await found(product, asked.runId);
  if (record.state === 'publishing') await swapAll(outside, product, record);
  return forward(product, asked.runId);
}

/** publishing → published, once all tables stand where they should. */
export async function record(outside: Outside, product: Product, asked: Asked): Promise<{ readonly state: string }> {
  const { log } = product;
  await log.renew(asked, outside.now() + LEASE);
  const run = await found(product, asked.runId);
  if (run.state === 'publishing') {
    await assertSwapped(outside, run);
    await log.published(asked, run, outcomeOf(run), outside.now());
  }
  return forward(product, asked.runId);
}

export { announce };

/** Brings a run in publishing to its end. */
export async function finish(outside: Outside, product: Product, mine: Holder, record: RunRecord): Promise<void> {
  await swapAll(outside, product, record);
  await product.log.published(mine, record, outcomeOf(record), outside.now());
}

async function swapAll(outside: Outside, product: Product, record: RunRecord): Promise<void> {
  const tables = new PublishedTables(outside.glue);
  const all = publications(record);
  await withGrants(outside, product, tables, all.map(({ swap: { database, table }, facts }) => ({ database, table, facts })), async () => {
    for (const { swap, facts } of all) await tables.swap(swap, await outside.metadata.read(swap.new), facts);
  });
}

async function assertSwapped({ glue }: Outside, record: RunRecord): Promise<void> {
  const tables = new PublishedTables(glue);
  for (const { swap, facts } of publications(record)) {
    const { database, table } = swap;
    if (!stands(await tables.find(database, table), swap, facts)) {
      throw new HandlerError(`${database}.${table} does not stand at what run ${record.runId} publishes`, 'start the product\'s state machine again: it finishes this run');
    }
  }
}

/** Where each table of a run is to stand, and what it says of its certificate then. */
function publications({ runId, swaps, certificate, steps }: RunRecord): { readonly swap: Swap; readonly facts: Record<string, string> }[] {
  if (certificate === undefined) throw new HandlerError(`run ${runId} is in publishing without a certificate`);
  return swaps.map((swap) => {
    const certified = certificate.tables.find(({ metadataLocation }) => metadataLocation === swap.new);
    if (certified === undefined) throw new HandlerError(`${swap.new} is not what was certified of ${swap.database}.${swap.table}`);
    return { swap, facts: published({ certificate, steps }, certified.table) };
  });
}

/** What has to be true after each step forward: the run is in publishing, or beyond it. */
async function forward(product: Product, runId: string): Promise<{ readonly state: string }> {
  const { state } = await found(product, runId);
  if (state !== 'publishing' && state !== 'published') throw new HandlerError(`run ${runId} is ${state}, and only a certified run is published`);
  return { state };
}

async function found({ log, title }: Product, runId: string): Promise<RunRecord> {
  const record = await log.find(runId);
  if (record === undefined) throw new HandlerError(`${title} has no run ${runId}`);
  return record;
}

function outcomeOf({ runId, steps }: RunRecord): Outcome {
  const outcome = steps.get('outcome');
  if (outcome === undefined) throw new HandlerError(`run ${runId} does not say what it publishes`);
  return outcome as Outcome;
}

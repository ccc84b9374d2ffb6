import { HandlerError } from '../../handlers/custom-resource';
import { JUDGED, maskedBy } from '../../iceberg/maskings';
import { pointerOf } from '../../iceberg/table-entry';
import { snapshotIdOf } from '../../iceberg/table-metadata';
import { type Certificate, type Certified, type Holder, type Outcome, type Publishing, type Swap } from '../../run-log/run-log';
import { ROLLED_BACK } from './announce';
import { stopJobRuns } from './job-runs';
import { kept, REPLAY } from './kept';
import { PublishedTables } from './published-table';
import { type Outside, type Product } from './publisher';
import { type Release, released } from './release';
import { finish } from './run-actions';
import { underLock } from './under-lock';

/** The mode of a rollback, and its step that says which run it went back to: jobs read that (glue-jobs/src/mesh_jobs/ports/steps.py). */
const ROLLBACK = 'rollback';

/** What is published after a rollback. */
export interface RolledBack {
  readonly runId: string;
  readonly certificateId: string;
  /** The certificate that was published before. */
  readonly from: string;
}

/** What a rollback goes by: what is published now, what was built last, what is asked for, and the watermarks of the runs that stand then. */
interface Line {
  readonly last: Certified;
  readonly built: Certified;
  readonly target: Certified;
  readonly watermarks: Readonly<Record<string, string | null>>;
}

/**
 * Publishes an earlier certificate again, under the lock and as a run that builds nothing; `mesh rollback` does the same on a laptop. Refuses
 * what was not certified, what is of another contract than the released one or masked otherwise, and what the tables no longer keep.
 */
export async function rollback(outside: Outside, product: Product, certificateId: string): Promise<RolledBack> {
  const { log, place, title, jobs } = product;
  return underLock(outside, product, `rollback to ${certificateId}`, async (mine) => {
    if (await stopJobRuns(outside.glue, jobs) > 0) throw new HandlerError(`jobs of an earlier run of ${title} are still stopping`, 'ask again in a minute');
    await endUnfinished(outside, product, mine);
    const line = await lineTo(product, certificateId);
    const swaps = await swapsOf(outside, line, await released(outside.table, place, title), product);
    const begun = await log.beginPublishing(mine, publishing(line, swaps, outside.now()), outside.now());
    await finish(outside, product, mine, begun);
    return { runId: begun.runId, certificateId, from: line.last.certificate.certificateId };
  });
}

/** A certificate that can be published again. */
export type Choice = Pick<Certificate, 'certificateId' | 'runId' | 'issuedAt' | 'verdict' | 'score'>;

/** What is published now, and the earlier certificates that a rollback would take, newest first. */
export async function certificates(outside: Outside, product: Product): Promise<{ readonly certificates: readonly Choice[] }> {
  const release = await released(outside.table, product.place, product.title);
  const listed = await snapshotsOf(outside, release);
  const found: Choice[] = [];
  let [last, built]: Certified[] = [];
  for await (const { run, stands } of publications(product)) {
    built ??= run;
    if (!stands) continue;
    last ??= run;
    // Most of a long history is told by what tables list, without a look at any file of it.
    const isListed = run.certificate.tables.every(({ table, snapshotId }) => snapshotId === null || listed.get(table)?.has(snapshotId) !== false);
    if (run === last || (isListed && await wouldTake(outside, { last, built, target: run }, release, product))) {
      const { certificateId, runId, issuedAt, verdict, score } = run.certificate;
      found.push({ certificateId, runId, issuedAt, verdict, score });
    }
  }
  return { certificates: found };
}

/** What each released table lists where it stands, by its object. */
async function snapshotsOf({ glue, metadata }: Outside, release: Release): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const tables = new PublishedTables(glue);
  const found = new Map<string, ReadonlySet<string>>();
  for (const { object, database, table } of release.tables) {
    const { snapshots = [] } = await metadata.read(pointerOf(await tables.find(database, table))!);
    found.set(object, new Set(snapshots.map((snapshot) => String(snapshot['snapshot-id']))));
  }
  return found;
}

async function wouldTake(...asked: Parameters<typeof swapsOf>): Promise<boolean> {
  try {
    await swapsOf(...asked);
    return true;
  } catch (error) {
    if (!(error instanceof HandlerError)) throw error;
    return false;
  }
}

/** A run that is being published goes forward; any other that was left has ended. */
async function endUnfinished(outside: Outside, product: Product, mine: Holder): Promise<void> {
  for await (const record of product.log.newestFirst()) {
    if (record.state === 'published') return;
    if (record.state === 'publishing') await finish(outside, product, mine, record);
    else if (record.state === 'running' || record.state === 'certified') await product.log.stopped(mine, record, 'interrupted, and the product was rolled back instead', outside.now());
  }
}

/** Published runs that have built something, newest first, and whether what is published now is made of them: a rollback takes out those that it went back over. */
async function* publications({ log }: Product): AsyncGenerator<{ readonly run: Certified; readonly stands: boolean }> {
  let backTo: string | undefined;
  for await (const record of log.newestFirst()) {
    if (record.state !== 'published' || record.certificate === undefined) continue;
    const rollback = record.steps.get(ROLLBACK) as { readonly runId: string } | undefined;
    const skipped: boolean = backTo !== undefined && record.runId !== backTo;
    if (rollback === undefined) yield { run: { ...record, certificate: record.certificate }, stands: !skipped };
    if (!skipped) backTo = rollback?.runId;
  }
}

/** Goes on behind the run that is asked for until it knows where each source stood then. */
async function lineTo(product: Product, certificateId: string): Promise<Line> {
  const { log, title } = product;
  const known = Object.keys(await log.watermarks());
  const watermarks = new Map<string, string | null>();
  let [last, built, target]: Certified[] = [];
  let undone = false;
  for await (const { run, stands } of publications(product)) {
    built ??= run;
    if (!stands) {
      undone ||= run.certificate.certificateId === certificateId;
      continue;
    }
    last ??= run;
    if (run.certificate.certificateId === certificateId) target = run;
    if (target === undefined) continue;
    for (const [source, mark] of Object.entries((run.steps.get('outcome') as Outcome | undefined)?.watermarks ?? {})) if (!watermarks.has(source)) watermarks.set(source, mark);
    if (known.every((source) => watermarks.has(source))) break;
  }
  if (last === undefined || built === undefined || target === undefined) {
    throw new HandlerError(`certificate ${certificateId} of ${title} ${undone ? 'was undone by a rollback: nothing of it is in the tables any more' : 'was never published, and only what was certified and published can be published again'}`,
      'choose one that the publisher lists when it is asked the same with {"action": "certificates"}');
  }
  if (target === last) throw new HandlerError(`certificate ${certificateId} of ${title} is what is published now`, 'choose an earlier one');
  return { last, built, target, watermarks: { ...Object.fromEntries(known.map((source) => [source, null])), ...Object.fromEntries(watermarks) } };
}

/**
 * From where each table stands to what was certified of it. Internal tables have to be kept as well: the next run takes them back, and
 * until then they stand where what was built last has left them.
 */
async function swapsOf(outside: Outside, { target, last, built }: Omit<Line, 'watermarks'>, release: Release, { place, title }: Product): Promise<Swap[]> {
  const { certificate } = target;
  if (certificate.contractDigest !== release.contractDigest) {
    throw new HandlerError(`certificate ${certificate.certificateId} of ${title} is of a different contract from the one that is released, which may promise columns that it lacks`, 'deploy the contract as it was, then roll back');
  }
  const masked = maskedBy(target) ?? {};
  const otherwise = Object.entries(release.masked).filter(([column, masking]) => (masked[column] ?? masking) !== masking).map(([column]) => column);
  if (otherwise.length > 0) {
    throw new HandlerError(`certificate ${certificate.certificateId} of ${title} published ${otherwise.join(', ')} masked differently from now`,
      'start a new run, or deploy with the class of the columns, and of the domain, as it was, then roll back');
  }
  const tables = new PublishedTables(outside.glue);
  const swaps: Swap[] = [];
  for (const { object, database, table } of release.tables) {
    const certified = certificate.tables.find((one) => one.table === object);
    const now = pointerOf(await tables.find(database, table))!;
    const location = certified?.metadataLocation ?? null;
    if (certified === undefined || location?.startsWith(`s3://${release.curatedBucket}/tables/`) !== true) throw new HandlerError(`${database}.${table} was not certified by run ${target.runId}`, REPLAY);
    const after = await kept(outside, place, `${database}.${table}`, [now], location);
    if (snapshotIdOf(after) !== certified.snapshotId) throw new HandlerError(`${location} stands at snapshot ${snapshotIdOf(after)}, the certified one is ${certified.snapshotId}`, REPLAY);
    swaps.push({ database, table, expected: now, new: location });
  }
  const pinsOf = (run: Certified): Readonly<Record<string, string>> => (run.steps.get('pins') as Readonly<Record<string, string>> | undefined) ?? {};
  for (const [name, location] of Object.entries(pinsOf(target))) {
    if (pinsOf(last)[name] !== undefined) await kept(outside, place, name, [pinsOf(last)[name], pinsOf(built)[name]], location);
  }
  return swaps;
}

function publishing({ target, last, watermarks }: Line, swaps: readonly Swap[], now: number): Publishing {
  const { certificate } = target;
  const time = new Date(now).toISOString();
  const runId = `${ROLLBACK}-${time.replace(/[-:]/g, '').replace(/\.\d+/, '')}-${certificate.certificateId.slice(0, 4)}`;
  const [event] = (target.steps.get('outcome') as Outcome).events;
  return {
    runId, mode: ROLLBACK, planDigest: target.planDigest, certificate, swaps,
    steps: {
      [ROLLBACK]: { certificateId: certificate.certificateId, runId: target.runId, from: last.certificate.certificateId },
      outcome: { swaps: [], watermarks, events: [{ ...event, type: ROLLED_BACK, id: runId, time }] },
      // What stands in the tables then says how it is masked.
      ...(target.steps.has(JUDGED) ? { [JUDGED]: target.steps.get(JUDGED) } : {}),
      // It has made nothing that would have to be put away.
      cleaned: true,
    },
  };
}

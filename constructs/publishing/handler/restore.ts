import { HandlerError } from '../../handlers/custom-resource';
import { MARKS, pointerOf } from '../../iceberg/table-entry';
import { snapshotIdOf, type TableMetadata } from '../../iceberg/table-metadata';
import { type Certified } from '../../run-log/run-log';
import { type Moving, withGrants } from './following-grants';
import { published, PublishedTables, stands } from './published-table';
import { type Outside, type Product } from './publisher';
import { type Release, released } from './release';
import { finish } from './run-actions';
import { underLock } from './under-lock';

/** Pointers are where a run in publishing left them, or beyond it: what is committed goes forward alone. */
const COMMITTED = ['publishing', 'published'];

/** What consumers read after a restoration. */
export interface Restored {
  readonly runId: string;
  readonly certificateId: string;
  /** Tables that pointed elsewhere, and those that did not. */
  readonly restored: readonly string[];
  readonly stood: readonly string[];
}

/**
 * Points the tables of a product back at what was certified last, wherever somebody else has pointed them, under the lock. A run that was
 * being published is finished by that. Publishes nothing that was not committed before: an earlier certificate is for `rollback`.
 */
export async function restore(outside: Outside, product: Product): Promise<Restored> {
  return underLock(outside, product, 'restore', async (mine) => {
    const release = await released(outside.table, product.place, product.title);
    const run = await newest(product);
    const [restored, stood]: string[][] = [[], []];
    const tables = new PublishedTables(outside.glue);
    const moving = release.tables.map((one) => ({ ...one, facts: published(run, one.object) }));
    await withGrants(outside, product, tables, moving, async () => {
      for (const one of moving) ((await back(outside, tables, one, release, run)) ? restored : stood).push(`${one.database}.${one.table}`);
    });
    if (run.state === 'publishing') await finish(outside, product, mine, run);
    return { runId: run.runId, certificateId: run.certificate.certificateId, restored, stood };
  });
}

async function newest({ log, title }: Product): Promise<Certified> {
  for await (const record of log.newestFirst()) if (COMMITTED.includes(record.state) && record.certificate !== undefined) return { ...record, certificate: record.certificate };
  throw new HandlerError(`${title} was never published`, 'start a run');
}

/** Whether the table had to be pointed back. One that was released and not yet certified is nobody's to read. */
async function back(outside: Outside, tables: PublishedTables, { object, database, table, facts }: Moving & { readonly object: string }, release: Release, run: Certified): Promise<boolean> {
  const name = `${database}.${table}`;
  const certified = run.certificate.tables.find((one) => one.table === object);
  if (certified === undefined) return false;
  const location = certified.metadataLocation;
  if (location?.startsWith(`s3://${release.curatedBucket}/tables/`) !== true) throw new HandlerError(`${location} is not among the product's own tables`);
  const metadata = await outside.metadata.read(location);
  if (snapshotIdOf(metadata) !== certified.snapshotId) throw new HandlerError(`${location} stands at snapshot ${snapshotIdOf(metadata)}, the certified one of ${name} is ${certified.snapshotId}`);
  const entry = await tables.entry(database, table);
  if (entry === undefined) throw new HandlerError(`${name} is not in the Glue Data Catalog`, 'deploy a new version of the contract, whose stack makes the table, then ask again');
  const now = pointerOf(entry);
  // A deployment has given the same rows other columns since: docs/decisions/0021-deployments-move-pointers-too.md.
  const evolved = run.state === 'published' && now !== undefined && now !== location ? await sameRows(outside, now, metadata, release) : undefined;
  const [to, after] = evolved === undefined ? [location, metadata] : [now!, evolved];
  if (stands(entry, { new: to }, facts)) return false;
  await tables.move(entry, { database, table, new: to }, after, { [MARKS.product]: release.product, [MARKS.major]: String(release.major), ...facts });
  return true;
}

/** What a table points at, if it is of the same table, among the product's own, and at the same snapshot. */
async function sameRows({ metadata }: Outside, now: string, certified: TableMetadata, { curatedBucket }: Release): Promise<TableMetadata | undefined> {
  if (!now.startsWith(`s3://${curatedBucket}/tables/`)) return undefined;
  try {
    const found = await metadata.read(now);
    return found['table-uuid'] === certified['table-uuid'] && snapshotIdOf(found) === snapshotIdOf(certified) ? found : undefined;
  } catch (error) {
    // Nothing is there, or it is no metadata.
    if (error instanceof HandlerError) return undefined;
    throw error;
  }
}

import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { placeInS3 } from '../../handlers/place-in-s3';
import { type Snapshot, snapshotIdOf, type TableMetadata } from '../../iceberg/table-metadata';
import { type Outside } from './publisher';

/** What is left to do where something cannot be gone back to. */
export const REPLAY = 'fix what was wrong and start a new run, or build it again from raw input: a run with replayFrom';

/**
 * The metadata that a table had, if it is of the same table, that keeps its snapshot where it stands `now` and where what was `undone` has
 * left it, and if no file of the snapshot has been put away: a table that was gone back with lists what was forgotten since. Metadata of what
 * was undone may be put away itself: then the table stands there no longer.
 */
export async function kept({ metadata, s3 }: Outside, { account }: ProductPlace, name: string, [now, ...undone]: readonly [string, ...(string | undefined)[]], location: string): Promise<TableMetadata> {
  const after = await metadata.read(location);
  const wanted = snapshotIdOf(after);
  const keeps = (stood: TableMetadata | undefined): boolean => stood === undefined
    || (stood['table-uuid'] === after['table-uuid'] && (wanted === null || snapshotIn(stood, wanted) !== undefined));
  const left = await Promise.all(undone.filter((at) => at !== undefined && at !== now).map((at) => metadata.tryRead(at!)));
  if (![await metadata.read(now), ...left].every(keeps) || (wanted !== null && !await isWhole(snapshotIn(after, wanted)))) {
    throw new HandlerError(`${name} no longer keeps what it was then`, REPLAY);
  }
  return after;

  // Its manifest list goes first (glue-jobs/src/mesh_jobs/adapters/iceberg/leftovers.py). It has values of rows, so it is not read.
  async function isWhole(snapshot: Snapshot | undefined): Promise<boolean> {
    if (snapshot?.['manifest-list'] === undefined) return false;
    const { Bucket, Key } = placeInS3(snapshot['manifest-list']);
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key, MaxKeys: 1, ExpectedBucketOwner: account }));
    return Contents[0]?.Key === Key;
  }
}

function snapshotIn({ snapshots = [] }: TableMetadata, id: string): Snapshot | undefined {
  return snapshots.find((snapshot) => String(snapshot['snapshot-id']) === id);
}

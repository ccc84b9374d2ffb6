import { type Plan } from '../../../lib/plan/plan-schema';
import { productNames, type ProductPlace } from '../../domain/naming';
import { type Definition } from './job-definition';
import { planDigestOf } from './plan-digest';
import { type RunTable } from '../../run-log/run-table';

/** What a deployment of a product has released: the only thing that may be published of it. */
export interface Release {
  readonly product: string;
  readonly entity: string;
  readonly major: number;
  /** How old consumers may find the data; null where nothing is promised. */
  readonly freshnessSeconds: number | null;
  readonly contractDigest: string;
  readonly planDigest: string;
  readonly planUrl: string;
  readonly curatedBucket: string;
  /** The published tables, and their objects in the contract. */
  readonly tables: readonly { readonly object: string; readonly database: string; readonly table: string }[];
  /** Both jobs as they are to run. */
  readonly jobs: Readonly<Record<'etl' | 'quality', Definition>>;
  /** Stack and logical id of the custom resource: when that is replaced, the old one's end is not the release's. */
  readonly releasedBy: string;
}

/** All of a domain side by side, and outside of what a job's role may write: no product's key in the table is this one. */
const RELEASES = 'releases';
const releaseKey = (place: ProductPlace): { pk: string; sk: string } => ({ pk: RELEASES, sk: productNames.runPartition(place) });

export function releaseOf(place: ProductPlace, plan: Plan, planUrl: string, jobs: Release['jobs'], releasedBy: string): Release {
  return {
    releasedBy,
    product: plan.product.id, entity: place.entity, major: place.major,
    freshnessSeconds: plan.sla.freshnessSeconds,
    contractDigest: plan.digests.contract,
    planDigest: planDigestOf(plan),
    planUrl,
    curatedBucket: productNames.bucket(place, 'curated'),
    tables: plan.tables.filter(({ published }) => published).map(({ name, database, table }) => ({ object: name, database, table })),
    jobs,
  };
}

export async function writeRelease(table: RunTable, place: ProductPlace, release: Release): Promise<void> {
  await table.put(releaseKey(place), { release: JSON.stringify(release) });
}

/** Undefined of a product whose deployment has not come so far. */
export async function readRelease(table: RunTable, place: ProductPlace): Promise<Release | undefined> {
  const item = await table.get(releaseKey(place));
  return item === undefined ? undefined : JSON.parse(item.release as string) as Release;
}

/** Those of all products of the domain. */
export async function* readReleases(table: RunTable): AsyncGenerator<Release> {
  for await (const item of table.query(RELEASES, 'dp_')) yield JSON.parse(item.release as string) as Release;
}

export async function deleteRelease(table: RunTable, place: ProductPlace, releasedBy: string): Promise<void> {
  const release = await readRelease(table, place);
  if (release?.releasedBy === releasedBy) await table.delete(releaseKey(place));
}

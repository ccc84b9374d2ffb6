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
  /** The day until which a deprecated version is there; null of any other. */
  readonly endOfLife: string | null;
  readonly contractDigest: string;
  readonly planDigest: string;
  readonly planUrl: string;
  readonly curatedBucket: string;
  /** The published tables, and their objects in the contract. */
  readonly tables: readonly { readonly object: string; readonly database: string; readonly table: string }[];
  /** Both jobs as they are to run. */
  readonly jobs: Readonly<Record<'etl' | 'quality', Definition>>;
  /** Stack and logical id of the custom resource, `<stack>|<logical id>`: when that is replaced, the old one's end is not the release's. */
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
    endOfLife: plan.product.status === 'deprecated' ? plan.catalogue.endOfLife ?? null : null,
    contractDigest: plan.digests.contract,
    planDigest: planDigestOf(plan),
    planUrl,
    curatedBucket: productNames.bucket(place, 'curated'),
    tables: plan.tables.filter(({ published }) => published).map(({ name, database, table }) => ({ object: name, database, table })),
    jobs,
  };
}

/**
 * Releases, and keeps behind it what another resource of the same stack had released: CloudFormation makes a resource under its new logical
 * id before it deletes that of the old one, and deletes the new one instead when the deployment fails.
 */
export async function writeRelease(table: RunTable, place: ProductPlace, release: Release): Promise<void> {
  const [stack] = release.releasedBy.split('|');
  const others = (await standing(table, place)).filter(({ releasedBy }) => releasedBy !== release.releasedBy && releasedBy.startsWith(`${stack}|`));
  await write(table, place, [release, ...others]);
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

/** Takes back what a resource released; what it had replaced is released again if it still stands. */
export async function deleteRelease(table: RunTable, place: ProductPlace, releasedBy: string): Promise<void> {
  const releases = await standing(table, place);
  const others = releases.filter((release) => release.releasedBy !== releasedBy);
  if (others.length === releases.length) return;
  if (others.length === 0) await table.delete(releaseKey(place));
  else await write(table, place, others);
}

/** What is released, then what resources that are still there had released before. */
async function standing(table: RunTable, place: ProductPlace): Promise<Release[]> {
  const item = await table.get(releaseKey(place));
  if (item === undefined) return [];
  return [JSON.parse(item.release as string) as Release, ...JSON.parse((item.replaced as string | undefined) ?? '[]') as Release[]];
}

async function write(table: RunTable, place: ProductPlace, [release, ...replaced]: readonly Release[]): Promise<void> {
  await table.put(releaseKey(place), { release: JSON.stringify(release), ...(replaced.length === 0 ? {} : { replaced: JSON.stringify(replaced) }) });
}

import { type Plan } from '../../../lib/plan/plan-schema';
import { productNames, type ProductPlace } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { type Maskings, maskingsOf } from '../../iceberg/maskings';
import { codeOf, type Definition } from './job-definition';
import { planDigestOf } from './plan-digest';
import { type CodeFile, forgetCode, recording, RELEASES } from './recorded-code';
import { type Action, ConditionFailed, type Key, type RunTable } from '../../run-log/run-table';

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
  /** How their columns are masked; the class of a domain, which decides it where a contract says nothing, is in no digest of the contract. */
  readonly masked: Maskings;
  /** The published tables, and their objects in the contract. */
  readonly tables: readonly { readonly object: string; readonly database: string; readonly table: string }[];
  /** Both jobs as they are to run. */
  readonly jobs: Readonly<Record<'etl' | 'quality', Definition>>;
  /** Stack and logical id of the custom resource, `<stack>|<logical id>`: when that is replaced, the old one's end is not the release's. */
  readonly releasedBy: string;
}

const releaseKey = (place: ProductPlace): Key => ({ pk: RELEASES, sk: productNames.runPartition(place) });

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
    masked: maskingsOf(plan),
    tables: plan.tables.filter(({ published }) => published).map(({ name, database, table }) => ({ object: name, database, table })),
    jobs,
  };
}

/**
 * Releases, and keeps behind it what another resource of the same stack had released: CloudFormation makes a resource under its new logical
 * id before it deletes that of the old one, and deletes the new one instead when the deployment fails. What is recorded of it is there with it.
 */
export async function writeRelease(table: RunTable, place: ProductPlace, release: Release, records: readonly Action[]): Promise<void> {
  const [stack] = release.releasedBy.split('|');
  const others = (await standing(table, place)).filter(({ releasedBy }) => releasedBy !== release.releasedBy && releasedBy.startsWith(`${stack}|`));
  await write(table, place, [release, ...others], records);
}

/** Records what was accepted of a release that stands; false where none does any more, so that nothing is left of a product that goes meanwhile. */
export async function recordCode(table: RunTable, place: ProductPlace, code: readonly CodeFile[], now: number): Promise<boolean> {
  if (code.length === 0) return true;
  try {
    await table.transact([{ check: releaseKey(place), when: { text: 'attribute_exists(#release)', values: {} } }, ...recording(place, code, now)]);
    return true;
  } catch (error) {
    if (!(error instanceof ConditionFailed)) throw error;
    return false;
  }
}

/** Undefined of a product whose deployment has not come so far. */
export async function readRelease(table: RunTable, place: ProductPlace): Promise<Release | undefined> {
  const item = await table.get(releaseKey(place));
  return item === undefined ? undefined : JSON.parse(item.release as string) as Release;
}

/** What is released of a product. Raises HandlerError where nothing is. */
export async function released(table: RunTable, place: ProductPlace, title: string): Promise<Release> {
  const release = await readRelease(table, place);
  if (release === undefined) throw noRelease(title);
  return release;
}

export function noRelease(title: string): HandlerError {
  return new HandlerError(`${title} has no release`, 'deploy the product; its stack releases it');
}

/** Everything that its jobs run, as objects in S3. */
export function codeOfRelease({ jobs }: Pick<Release, 'jobs'>): string[] {
  return [...codeOf(jobs.etl), ...codeOf(jobs.quality)];
}

/** Those of all products of the domain. */
export async function* readReleases(table: RunTable): AsyncGenerator<Release> {
  for await (const item of table.query(RELEASES, 'dp_')) yield JSON.parse(item.release as string) as Release;
}

/** Takes back what a resource released; what it had replaced is released again if it still stands. With the last one goes what was recorded. */
export async function deleteRelease(table: RunTable, place: ProductPlace, releasedBy: string): Promise<void> {
  const releases = await standing(table, place);
  const others = releases.filter((release) => release.releasedBy !== releasedBy);
  if (others.length > 0) {
    if (others.length < releases.length) await write(table, place, others);
    return;
  }
  await table.delete(releaseKey(place));
  // Also when there was no release: this may be asked once more, because it failed between the two.
  await forgetCode(table, place);
}

/** What is released, then what resources that are still there had released before. */
async function standing(table: RunTable, place: ProductPlace): Promise<Release[]> {
  const item = await table.get(releaseKey(place));
  if (item === undefined) return [];
  return [JSON.parse(item.release as string) as Release, ...JSON.parse((item.replaced as string | undefined) ?? '[]') as Release[]];
}

async function write(table: RunTable, place: ProductPlace, [release, ...replaced]: readonly Release[], records: readonly Action[] = []): Promise<void> {
  const item = { release: JSON.stringify(release), ...(replaced.length === 0 ? {} : { replaced: JSON.stringify(replaced) }) };
  await table.transact([{ put: releaseKey(place), item }, ...records]);
}

import { type RunTable } from '../../run-log/run-table';
import { productNames, type ProductPlace } from '../../domain/naming';

/**
 * What the catalogue has of a product: DataZone finds a thing by its name only after a while, and a data product does not tell its
 * listing. And what a deployment asked for last, so that an announcement can finish it.
 */
export interface Remembered {
  readonly planUrl: string;
  readonly planDigest: string;
  /** The request that began it: part of client tokens, so that what was deleted and is made again is not taken for what was there. */
  readonly scope: string;
  readonly dataProductId?: string;
  readonly listingId?: string;
  /** Assets by the object of the contract. */
  readonly assets?: Readonly<Record<string, string>>;
  /**
   * ARNs of the tables whose assets are described by the plan, by object: written before the first is made, where the project has no
   * environment that could import, and kept to from then on.
   */
  readonly described?: Readonly<Record<string, string>>;
  /** What was brought about in full; the same need not be looked at again. */
  readonly done?: string;
}

/** Outside of what a job's role may write: `dynamodb:LeadingKeys` of products never begins so. */
const key = (place: ProductPlace): { pk: string; sk: string } => ({ pk: `catalogue#${productNames.runPartition(place)}`, sk: 'catalogue' });

export async function recall(table: RunTable, place: ProductPlace): Promise<Remembered | undefined> {
  const item = await table.get(key(place));
  return item === undefined ? undefined : JSON.parse(item.catalogue as string) as Remembered;
}

export async function remember(table: RunTable, place: ProductPlace, what: Remembered): Promise<void> {
  await table.put(key(place), { catalogue: JSON.stringify(what) });
}

export async function forget(table: RunTable, place: ProductPlace): Promise<void> {
  await table.delete(key(place));
}

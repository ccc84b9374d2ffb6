import { productNames, type ProductPlace } from '../../domain/naming';
import { momentText } from '../../run-log/layout';
import { type Action, type Key, type RunTable } from '../../run-log/run-table';

/** A file that jobs run. */
export interface CodeFile {
  readonly url: string;
  /** SHA-256, in hex, of its bytes. */
  readonly digest: string;
}

/** What products have released, all of a domain side by side, and outside of what a job's role may write: no product's key in the table is this one. */
export const RELEASES = 'releases';
/** An item for each file, so that nothing is lost where two are written at once. */
const codeKey = (place: ProductPlace, digest = ''): Key => ({ pk: RELEASES, sk: `code#${productNames.runPartition(place)}#${digest}` });

/** SHA-256 of all that was accepted for releases of a product, by this publisher or by one before it. */
export async function recordedCode(table: RunTable, place: ProductPlace): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const { pk, sk: prefix } = codeKey(place);
  for await (const { sk } of table.query(pk, prefix)) found.add((sk as string).slice(prefix.length));
  return found;
}

/** Writes down what was accepted, as parts of a transaction. */
export function recording(place: ProductPlace, code: readonly CodeFile[], now: number): Action[] {
  return code.map(({ url, digest }) => ({ put: codeKey(place, digest), item: { url, since: momentText(now) } }));
}

/** Of a product that is gone: what comes under its name again begins with what is accepted then. */
export async function forgetCode(table: RunTable, place: ProductPlace): Promise<void> {
  for (const digest of await recordedCode(table, place)) await table.delete(codeKey(place, digest));
}

import { type Table } from '@aws-sdk/client-glue';
import { HandlerError } from '../../handlers/custom-resource';
import { MASKINGS, masksMore, unmasks } from '../../iceberg/maskings';
import { askForGrants } from './announce';
import { type PublishedTables } from './published-table';
import { type Outside, type Product } from './publisher';

/** A published table that is about to be moved, and what its entry says then. */
export interface Moving {
  readonly database: string;
  readonly table: string;
  readonly facts: Readonly<Record<string, string>>;
}

/**
 * Moves published tables, and has grants follow how their columns are masked: what is shown again is closed to others first, and nothing is
 * moved where it cannot be; what is masked from now on is opened behind it.
 */
export async function withGrants(outside: Outside, product: Product, tables: PublishedTables, moving: readonly Moving[], move: () => Promise<void>): Promise<void> {
  let [shows, hides] = [false, false];
  for (const { database, table, facts } of moving) {
    const entry: Table | undefined = await tables.entry(database, table);
    if (entry === undefined) continue;
    hides ||= masksMore(entry, facts[MASKINGS]);
    if (!unmasks(entry, facts[MASKINGS])) continue;
    shows = true;
    await tables.tellNext(database, entry, facts[MASKINGS]);
  }
  if (shows) await close(outside, product);
  await move();
  if (hides) await askForGrants(outside, product);
}

async function close({ grants }: Outside, { place, title }: Product): Promise<void> {
  try {
    await grants.follow(place);
  } catch (error) {
    throw new HandlerError(`a column of ${title} is no longer masked, and it could not be closed to others before it is shown: ${error instanceof Error ? error.message : String(error)}`,
      'once grants can be put in force (`mesh verify`), start the product\'s state machine again: it finishes this run');
  }
}

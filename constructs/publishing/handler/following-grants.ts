import { InvokeCommand } from '@aws-sdk/client-lambda';
import { identityOf } from '../../domain/identity';
import { domainNames } from '../../domain/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { changeOfMasks, MASKINGS } from '../../iceberg/maskings';
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
    const entry = await tables.entry(database, table);
    if (entry === undefined) continue;
    const change = changeOfMasks(entry, facts[MASKINGS]);
    hides ||= change.hides;
    if (!change.shows) continue;
    shows = true;
    await tables.tellNext(database, entry, facts[MASKINGS]);
  }
  if (shows) await close(outside, product);
  await move();
  if (hides) await open(outside, product);
}

async function close({ grants }: Outside, { place, title }: Product): Promise<void> {
  try {
    await grants.follow(place);
  } catch (error) {
    throw new HandlerError(`a column of ${title} is no longer masked, and it could not be closed to others before it is shown: ${error instanceof Error ? error.message : String(error)}`,
      'once grants can be put in force (`mesh verify`), start the product\'s state machine again: it finishes this run');
  }
}

/** Without waiting for it, and once: the daily look at all grants finds what is left. */
async function open({ lambda }: Outside, { place }: Product): Promise<void> {
  const FunctionName = domainNames.handlerArn(place, 'grants');
  try {
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload: Buffer.from(JSON.stringify({ action: 'follow', ...identityOf(place) })) }));
  } catch (error) {
    console.error(`${FunctionName} could not be asked to follow what is published, and does so within a day: ${error instanceof Error ? error.name : String(error)}`);
  }
}

import { isConsumersRole } from '../../consumer/naming';
import { HandlerError } from '../../handlers/custom-resource';
import { type Held, type LakeGrants, resourceOf } from '../../lake-formation/lake-grants';
import { type Grant } from '../../permissions/grants';
import { type DesiredAccess, type Filter } from '../desired-access';
import { type EndedCopies, endedCopies } from './ended-copies';
import { type ActualAccess, type Change, difference, isNothing, type Ownership, type Right, rightsOf } from './difference';
import { type LakeFilters } from './lake-filters';
import { saidOf } from './said';

/** A list may be some seconds behind. */
const LOOKS = 8;
const BETWEEN_LOOKS = 2_000;

/** Where the grants of one product are. */
export interface Lake {
  readonly lake: LakeGrants;
  readonly filters: LakeFilters;
  readonly ownership: Ownership;
  readonly database: string;
  /** Ends what a consumer's warehouse keeps of tables. Raises when it may still be there. */
  endCopies(ended: EndedCopies): Promise<void>;
  sleep(ms: number): Promise<void>;
}

/** What is to be in force, as contract and bindings say at one moment. */
export interface Wanted extends DesiredAccess {
  /** Columns that are shown to fewer until a run has masked them, in words. */
  readonly waiting: readonly string[];
  /** Published tables that are there, of which somebody is to have something, or may have. */
  readonly tables: readonly string[];
  /** Where somebody reads. */
  regionOf(principal: string): string;
}

/** What was done, and what neither contract nor binding explains. */
export interface Outcome {
  readonly granted: number;
  readonly revoked: number;
  readonly drift: readonly Right[];
  /** Copies that may still be there though what they are made from is taken away, in words. */
  readonly kept: readonly string[];
  /** What is in force now. */
  readonly wanted: Wanted;
}

/**
 * Puts what is wanted in force: makes filters, grants, takes away what is too much, deletes filters that nobody has any more, and looks
 * whether it is so. New before old, so that nobody loses what they keep, but copies before what they are made from: a copy shows what it shows
 * whatever Lake Formation says later. `repair` also takes away what nobody explains.
 *
 * Others do the same at the same time, for a binding that has come or ended. So `wanted` is read anew in each look, and after what is in force:
 * who gave something by what was true no more looks once more, and takes it back. A table that was looked at is looked at to the end.
 */
export async function reconcileAccess(on: Lake, read: () => Promise<Wanted>, { repair = false } = {}): Promise<Outcome> {
  let granted = 0, revoked = 0;
  const lost = new Set<string>();
  const kept = new Set<string>();
  const tables = new Set((await read()).tables);
  let given: readonly Grant[] = [];
  for (let look = 1; ; look += 1) {
    const actual = await actualAccess(on, [...tables]);
    const wanted = await read();
    for (const table of wanted.tables) tables.add(table);
    const found = difference(actual, wanted, on.ownership);
    // A list may not show yet what the look before has given to somebody who is to have it no more.
    const overtaken = difference({ ...actual, rights: given.flatMap((grant) => rightsGiven(grant, on)) }, wanted, on.ownership).revoke;
    const change: Change = { ...found, revoke: [...found.revoke, ...overtaken, ...(repair ? found.drift : [])] };
    if (isNothing(change)) {
      await giveBack(on, lost, [...tables]);
      return { granted, revoked, drift: found.drift, kept: [...kept], wanted };
    }
    if (look === LOOKS) throw new HandlerError(`Lake Formation took the changes and does not show them: ${saidOf(change, wanted).map(({ what }) => what).join('; ')}`, 'deploy again; if it persists, somebody else is changing the same permissions');
    const copies = endedCopies(actual, wanted, change, (principal) => wanted.regionOf(principal));
    for (const ended of copies) await end(on, ended);
    await apply(on, change);
    // Again, for one that was made meanwhile; what it is made from can be read no more by now.
    for (const ended of copies) await end(on, ended, kept);
    for (const { principal, target } of [...change.retract, ...change.revoke]) if (target?.kind === 'database') lost.add(principal);
    given = change.grant;
    // What a list did not show yet is asked for again, and counted once.
    if (look === 1) [granted, revoked] = [change.grant.length, change.retract.length + change.revoke.length];
    if (look > 1) await on.sleep(BETWEEN_LOOKS);
  }
}

function rightsGiven({ principal, target, permissions }: Grant, { ownership: { account } }: Lake): Right[] {
  return permissions.map((permission) => ({ principal, permission, target, resource: resourceOf(target, account), grantable: false }));
}

/** A warehouse that does not answer keeps nobody's grant from ending: its own refresh ends the copy, and until then somebody knows. */
async function end(on: Lake, ended: EndedCopies, kept?: Set<string>): Promise<void> {
  const { handler, database, tables } = ended;
  try {
    await on.endCopies(ended);
  } catch (error) {
    kept?.add(`${handler.split(':').slice(4, 5).join()} may keep copies of ${tables.map((table) => `${database}.${table}`).join(', ')}: ${handler} did not end them (${error instanceof Error ? error.name : 'unknown'})`);
  }
}

/** What is in force now. */
export async function actualAccess(on: Lake, tables: readonly string[]): Promise<ActualAccess> {
  const { database, lake, ownership: { prefix } } = on;
  const filters: Filter[] = [];
  const held: Held[] = await lake.on({ kind: 'database', database });
  for (const table of tables) {
    const own = await on.filters.of(database, table);
    filters.push(...own);
    held.push(...await lake.on({ kind: 'table', database, table }));
    for (const { name } of own.filter((filter) => filter.name.startsWith(prefix))) held.push(...await lake.on({ kind: 'filter', database, table, filter: name }));
  }
  return { filters, rights: held.flatMap(rightsOf), elsewhere: await elsewhere(on, tables, held) };
}

/** Whoever sees another table of the database has to see the database too: that is another product's to say. */
async function elsewhere(on: Lake, tables: readonly string[], held: readonly Held[]): Promise<ReadonlySet<string>> {
  const seers = held.filter(({ principal, target }) => target?.kind === 'database' && isConsumersRole(principal)).map(({ principal }) => principal);
  const found = new Set<string>();
  for (const principal of new Set(seers)) if (await seesAnother(on, tables, principal)) found.add(principal);
  return found;
}

async function seesAnother({ lake, database }: Lake, tables: readonly string[], principal: string): Promise<boolean> {
  return (await lake.of(principal)).some(({ target }) => (target?.kind === 'table' || target?.kind === 'filter') && target.database === database && !tables.includes(target.table));
}

/** The grants of another product may have come while the database was taken away, and have found it there. */
async function giveBack(on: Lake, principals: ReadonlySet<string>, tables: readonly string[]): Promise<void> {
  for (const principal of principals) {
    if (await seesAnother(on, tables, principal)) await on.lake.grant([{ principal, target: { kind: 'database', database: on.database }, permissions: ['DESCRIBE'] }]);
  }
}

async function apply({ lake, filters }: Lake, { create, mend, retract, grant, revoke, remove }: Change): Promise<void> {
  for (const filter of create) await filters.create(filter);
  for (const filter of mend) await filters.mend(filter);
  await lake.revoke(retract.map(heldOf));
  await lake.grant(grant);
  await lake.revoke(revoke.map(heldOf));
  for (const filter of remove) await filters.remove(filter);
}

function heldOf({ principal, permission, resource, target, grantable }: Right): Held {
  return { principal, resource, target, permissions: [permission], grantable: grantable ? [permission] : [] };
}

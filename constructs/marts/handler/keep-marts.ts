import { HandlerError } from '../../handlers/custom-resource';
import { isVersionOf, type Mart, martName, READER_ROLE, storedName, type WantedMarts } from '../mart';
import * as sql from './sql';
import { StatementRefused, type Warehouse } from './warehouse';

/** What has become of a consumer's marts, by their names. */
export interface MartsReport {
  readonly made: readonly string[];
  readonly refreshed: readonly string[];
  /** What was there and is no more. */
  readonly dropped: readonly string[];
  /** Wanted, and not there: what they are made from may not be read. */
  readonly withheld: readonly { readonly mart: string; readonly because: string }[];
}

/**
 * Takes a warehouse to what is wanted. What is not to be there goes first. A mart whose source cannot be read, whatever the reason, goes as
 * well: Redshift asks Lake Formation when a mart is made and when it is refreshed, and never when it is queried. One that fails keeps no
 * other from its turn. Raises HandlerError with all that failed.
 */
export async function keepMarts(on: Warehouse, wanted: WantedMarts, { refresh }: { readonly refresh: boolean }): Promise<MartsReport> {
  await layGround(on);
  const stored = (await on.rows(sql.STORED)).map(([name]) => name);
  const shown = (await on.rows(sql.SHOWN)).map(([name]) => name);
  const dropped = shown.filter((name) => !wanted.marts.some((mart) => mart.name === name));
  for (const name of dropped) await on.run(sql.hide(name));
  for (const name of stored.filter((each) => !wanted.marts.some((mart) => isVersionOf(each, mart.name)))) await on.run(sql.dropStored(name));
  await keepSchemas(on, wanted);
  const made: string[] = [], refreshed: string[] = [], withheld: { mart: string; because: string }[] = [], failed: string[] = [];
  for (const mart of wanted.marts) {
    const versions = stored.filter((name) => isVersionOf(name, mart.name));
    const refused = await refusalOf(() => on.run(sql.probe(mart)));
    if (refused !== undefined) {
      withheld.push({ mart: mart.name, because: refused });
      if (versions.length > 0 || shown.includes(mart.name)) dropped.push(mart.name);
      await end(on, mart.name, versions);
      continue;
    }
    const isThere = versions.includes(storedName(mart));
    const failure = await refusalOf(() => put(on, mart, versions, refresh));
    if (failure !== undefined) failed.push(`${mart.name}: ${failure}`);
    else if (!isThere) made.push(mart.name);
    else if (refresh) refreshed.push(mart.name);
  }
  if (failed.length > 0) throw new HandlerError(`Redshift refuses ${failed.join('; ')}`, 'what it says is what has to change: the contract, or what stands in the way in the warehouse');
  return { made, refreshed, dropped, withheld };
}

/** Makes a version, or brings it up to date, leads the mart's name to it, and ends the others. */
async function put(on: Warehouse, mart: Mart, versions: readonly string[], refresh: boolean): Promise<void> {
  if (!versions.includes(storedName(mart))) await on.run(sql.materialise(mart));
  else if (refresh) await on.run(sql.refresh(mart));
  if (!await isShown(on, mart)) await on.run(...sql.show(mart));
  for (const old of versions.filter((name) => name !== storedName(mart))) await on.run(sql.dropStored(old));
}

/** Ends the marts of tables of which somebody lost what they are made from; those that were there. */
export async function endMarts(on: Warehouse, database: string, tables: readonly string[]): Promise<string[]> {
  const names = tables.map((table) => martName(database, table));
  const stored = (await on.rows(sql.STORED)).map(([name]) => name);
  const ended: string[] = [];
  for (const name of names) {
    const versions = stored.filter((each) => isVersionOf(each, name));
    await end(on, name, versions);
    if (versions.length > 0) ended.push(name);
  }
  return ended;
}

async function layGround(on: Warehouse): Promise<void> {
  const roles = (await on.rows(sql.ROLES_THERE)).map(([name]) => name);
  if (!roles.includes(READER_ROLE)) await on.run(sql.MAKE_READER);
  await on.run(...sql.ground());
}

/** External schemas of domains; one of ours is one that reads with our role. */
async function keepSchemas(on: Warehouse, { databases, role }: WantedMarts): Promise<void> {
  const there = await on.rows(sql.EXTERNAL_SCHEMAS);
  const ours = there.filter(([, options]) => options.includes(role)).map(([name]) => name);
  for (const name of ours.filter((each) => !databases.includes(each))) await on.run(sql.dropSchema(name));
  for (const database of databases) for (const statement of sql.externalSchema(database, role)) await on.run(statement);
}

/** What Redshift refuses it for; undefined where it does not. */
async function refusalOf(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof StatementRefused) return error.message;
    throw error;
  }
}

async function isShown(on: Warehouse, mart: Mart): Promise<boolean> {
  const [row] = await on.rows(sql.leadsTo(mart.name));
  return row?.[0].includes(storedName(mart)) ?? false;
}

async function end(on: Warehouse, name: string, versions: readonly string[]): Promise<void> {
  await on.run(sql.hide(name));
  for (const version of versions) await on.run(sql.dropStored(version));
}

import { createHash } from 'node:crypto';

/** A materialised view that a consumer keeps of what a contract gives it of one table. */
export interface Mart {
  /** As analysts call it, in the schema of marts: `sales__orders_v1`. */
  readonly name: string;
  /** External schema and table that it is made from: `sales`, `orders_v1`. */
  readonly database: string;
  readonly table: string;
  /** In the order of their names. */
  readonly columns: readonly string[];
  /** Of its content: another list of columns or another filter is another version. Twelve hexadecimal digits. */
  readonly version: string;
}

/** Of the document that a consumer's stack brings along. */
export const MARTS_VERSION = 1;

/** What a consumer's warehouse is to have. */
export interface WantedMarts {
  readonly martsVersion: typeof MARTS_VERSION;
  /** ARN of the role that tables are read with. */
  readonly role: string;
  /** Databases of the account's catalogue, each of which is an external schema by its own name. */
  readonly databases: readonly string[];
  readonly marts: readonly Mart[];
}

/** Analysts find marts in the first; the second keeps what is materialised, and nobody is shown it. */
export const MARTS_SCHEMA = 'mesh_marts';
export const STORE_SCHEMA = 'mesh_store';
/** The database role of who may query: Redshift gives it to IAM roles with the tag `RedshiftDbRoles`. */
export const READER_ROLE = 'mesh_reader';
export const DATABASE_NAME = 'mesh';
export const ADMIN_NAME = 'mesh_admin';

/** What may stand in SQL as a name: as our own databases, tables and columns are called. */
export const NAME = /^[a-z_][a-z0-9_]{0,126}$/;

/** The mart of a table. `filters` are the names of what its cells are cut by, which follow from what they say. */
export function martOf({ database, table, columns, filters }: { readonly database: string; readonly table: string; readonly columns: readonly string[]; readonly filters: readonly string[] }): Mart {
  const sorted = [...columns].sort();
  const version = createHash('sha256').update(JSON.stringify([database, table, sorted, [...filters].sort()])).digest('hex').slice(0, 12);
  return { name: martName(database, table), database, table, columns: sorted, version };
}

/** No name of ours has two underscores in a row, so that two tables never share a mart. */
export function martName(database: string, table: string): string {
  return `${database}__${table}`;
}

/** What a version of a mart is materialised as: `sales__orders_v1__0a1b2c3d4e5f`. */
export function storedName({ name, version }: Pick<Mart, 'name' | 'version'>): string {
  return `${name}__${version}`;
}

/** Whether something in the store is a version of a mart of this name. */
export function isVersionOf(stored: string, name: string): boolean {
  return stored.startsWith(`${name}__`) && /^[0-9a-f]{12}$/.test(stored.slice(name.length + 2));
}

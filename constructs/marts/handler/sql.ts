import { HandlerError } from '../../handlers/custom-resource';
import { type Mart, MARTS_SCHEMA, NAME, READER_ROLE, STORE_SCHEMA, storedName } from '../mart';

/* What is said to Redshift. Every name goes through `quoted`, which takes names of ours alone. */

/** What is there before any mart: schemas, and who may look into them. Each may be said again. */
export function ground(): string[] {
  return [
    `CREATE SCHEMA IF NOT EXISTS ${quoted(STORE_SCHEMA)}`,
    `CREATE SCHEMA IF NOT EXISTS ${quoted(MARTS_SCHEMA)}`,
    // Who queries makes no tables of its own here: they would be copies that no grant reaches.
    'REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    `GRANT USAGE ON SCHEMA ${quoted(MARTS_SCHEMA)} TO ROLE ${quoted(READER_ROLE)}`,
  ];
}

export const ROLES_THERE = 'SELECT role_name FROM svv_roles';
export const MAKE_READER = `CREATE ROLE ${quoted(READER_ROLE)}`;

/** A database of the account's catalogue, read with one role whoever asks. */
export function externalSchema(database: string, role: string): string[] {
  if (!/^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role)) throw new HandlerError(`the role of a warehouse must be the ARN of a role, received ${JSON.stringify(role)}`);
  return [
    `CREATE EXTERNAL SCHEMA IF NOT EXISTS ${quoted(database)} FROM DATA CATALOG DATABASE '${plain(database)}' IAM_ROLE '${role}'`,
    `GRANT USAGE ON SCHEMA ${quoted(database)} TO ROLE ${quoted(READER_ROLE)}`,
  ];
}

/** Names of external schemas, and what they were made with, the role among it. */
export const EXTERNAL_SCHEMAS = 'SELECT schemaname, esoptions FROM svv_external_schemas';
export const dropSchema = (name: string): string => `DROP SCHEMA IF EXISTS ${quoted(name)}`;

/** Materialised views are told apart from the tables behind them by this view alone, on Redshift Serverless too. */
export const STORED = `SELECT name FROM svv_mv_info WHERE schema_name = '${STORE_SCHEMA}'`;
export const SHOWN = `SELECT table_name FROM svv_tables WHERE table_schema = '${MARTS_SCHEMA}'`;

/** Whether what it is made from may be read, column by column. Of a table without rows there is an answer too. */
export const probe = ({ database, table, columns }: Mart): string => `SELECT ${listed(columns)} FROM ${quoted(database)}.${quoted(table)} LIMIT 1`;

export function materialise(mart: Mart): string {
  // Brought up to date when we say so: that Redshift does it by itself over tables of Lake Formation is said nowhere.
  return `CREATE MATERIALIZED VIEW ${stored(storedName(mart))} BACKUP NO AUTO REFRESH NO AS SELECT ${listed(mart.columns)} FROM ${quoted(mart.database)}.${quoted(mart.table)}`;
}

export const refresh = (mart: Mart): string => `REFRESH MATERIALIZED VIEW ${stored(storedName(mart))}`;
export const dropStored = (name: string): string => `DROP MATERIALIZED VIEW IF EXISTS ${stored(name)}`;

/**
 * Lets the name that analysts use lead to a version; in one transaction. A materialised view cannot be renamed, and CREATE OR REPLACE takes
 * the same columns alone: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
 */
export function show(mart: Mart): string[] {
  const view = shown(mart.name);
  return [
    hide(mart.name),
    `CREATE VIEW ${view} AS SELECT ${listed(mart.columns)} FROM ${stored(storedName(mart))}`,
    `GRANT SELECT ON ${view} TO ROLE ${quoted(READER_ROLE)}`,
  ];
}

export const hide = (name: string): string => `DROP VIEW IF EXISTS ${shown(name)}`;
/** What a view leads to is in its text. */
export const leadsTo = (name: string): string => `SELECT definition FROM pg_views WHERE schemaname = '${MARTS_SCHEMA}' AND viewname = '${plain(name)}'`;

const stored = (name: string): string => `${quoted(STORE_SCHEMA)}.${quoted(name)}`;
const shown = (name: string): string => `${quoted(MARTS_SCHEMA)}.${quoted(name)}`;
const listed = (columns: readonly string[]): string => columns.map(quoted).join(', ');

function quoted(name: string): string {
  return `"${plain(name)}"`;
}

function plain(name: string): string {
  if (!NAME.test(name)) throw new HandlerError(`a name in the warehouse must have only lower-case letters, digits and _, received ${JSON.stringify(name)}`);
  return name;
}

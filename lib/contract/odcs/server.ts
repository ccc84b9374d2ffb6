/* eslint-disable @typescript-eslint/explicit-module-boundary-types -- the type of a model is what zod infers */
import * as z from 'zod';
import { type CommonModel, integer } from './common';
import { once } from '../once';
import { conditional, type Kit, type Part } from './conditional';
import { type Edition } from './edition';
import { type PeopleModel } from './people';

interface ServerKind {
  /** Field names; `?` marks those that may be left out. */
  readonly fields: string;
  readonly since?: Edition;
}

const DATABASE: ServerKind = { fields: 'host port database' };
const DATABASE_AND_SCHEMA: ServerKind = { fields: 'host port database schema' };
const ZEN: ServerKind = { fields: 'host port? database', since: '3.1' };
const POET: ServerKind = { fields: 'host? port? database', since: '3.2' };

const KINDS: Readonly<Record<string, ServerKind>> = {
  api: { fields: 'location' },
  athena: { fields: 'stagingDir schema catalog? regionName?' },
  azure: { fields: 'location format delimiter?' },
  bigquery: { fields: 'project dataset' },
  btrieve: { ...ZEN, since: '3.2' },
  clickhouse: DATABASE,
  cloudsql: DATABASE_AND_SCHEMA,
  custom: {
    fields: 'account? catalog? database? dataset? delimiter? endpointUrl? format? host? location? path? port? project? '
      + 'region? regionName? schema? serviceName? stagingDir? warehouse?',
  },
  databricks: { fields: 'host? catalog schema' },
  db2: { fields: 'host port database schema?' },
  denodo: { fields: 'host port database?' },
  dremio: { fields: 'host port schema?' },
  duckdb: { fields: 'database schema?' },
  exasol: { fields: 'host port? schema?', since: '3.2' },
  fastobjects: POET,
  glue: { fields: 'account database location? format?' },
  hana: { fields: 'host port? database? schema?', since: '3.2' },
  hive: { fields: 'host port? database', since: '3.1' },
  iceberg: { fields: 'catalog catalogUrl namespace? warehouse?', since: '3.2' },
  impala: { fields: 'host port? database', since: '3.1' },
  informix: { fields: 'host port? database' },
  ingres: { fields: 'host port? database', since: '3.2' },
  kafka: { fields: 'host format?' },
  kinesis: { fields: 'region? format?' },
  local: { fields: 'path format' },
  mysql: DATABASE,
  oracle: { fields: 'host port serviceName' },
  poet: POET,
  postgres: DATABASE_AND_SCHEMA,
  postgresql: DATABASE_AND_SCHEMA,
  presto: { fields: 'host catalog? schema?' },
  pubsub: { fields: 'project' },
  redshift: { fields: 'host? database schema region? account?' },
  s3: { fields: 'location endpointUrl? format? delimiter?' },
  sftp: { fields: 'location format? delimiter?' },
  snowflake: { fields: 'host? port? account database schema warehouse?' },
  sqlserver: { fields: 'host port? database schema' },
  synapse: DATABASE,
  teradata: { fields: 'host port? database?', since: '3.2' },
  trino: { fields: 'host port catalog schema' },
  vectorwise: { fields: 'host port? database', since: '3.2' },
  versant: POET,
  vertica: DATABASE_AND_SCHEMA,
  zen: ZEN,
};

/** What later editions changed about a kind. */
const CHANGES: readonly { readonly kinds: string; readonly since: Edition; readonly fields: string }[] = [
  { kinds: 'custom', since: '3.1', fields: 'stream?' },
  { kinds: 'athena', since: '3.2', fields: 'stagingDir? workgroup?' },
  { kinds: 'azure custom glue kafka kinesis local s3 sftp', since: '3.2', fields: 'encoding?' },
];

/** Where the data is: a few fields for every server, and those of its type. */
export function serverModel(kit: Kit, common: CommonModel, people: PeopleModel) {
  const types = Object.keys(KINDS).filter((type) => kit.edition >= (KINDS[type]?.since ?? '3.0'));
  const base = {
    ...common.id,
    server: z.string(),
    type: z.enum(types as [string, ...string[]]),
    description: z.string().optional(),
    environment: z.string().optional(),
    roles: z.array(people.role).optional(),
    customProperties: common.customProperties.optional(),
  };
  const cases = types.map((type) => ({ field: 'type', value: type, parts: once(() => [serverPart(kit, type)]) }));
  return conditional('Server', base, kit.edition !== '3.0', cases);
}

function serverPart(kit: Kit, type: string): Part {
  const written = [KINDS[type]?.fields ?? ''];
  for (const change of CHANGES) {
    if (kit.edition >= change.since && change.kinds.split(' ').includes(type)) written.push(change.fields);
  }
  const shape: Record<string, z.ZodType> = {};
  for (const field of written.join(' ').split(' ').filter((name) => name !== '')) {
    const name = field.replace('?', '');
    const model = serverField(kit, type, name);
    shape[name] = field.endsWith('?') ? model.optional() : model;
  }
  return z.looseObject(shape);
}

function serverField(kit: Kit, type: string, name: string): z.ZodType {
  const stored30 = kit.edition === '3.0' && ['azure', 's3', 'sftp'].includes(type);
  if (name === 'port') return kit.edition === '3.2' ? z.union([integer(), z.string()]) : integer();
  if (name === 'format' && stored30) return z.enum(['parquet', 'delta', 'json', 'csv']);
  if (name === 'delimiter' && stored30) return z.enum(['new_line', 'array']);
  if (name === 'schema' && type === 'duckdb' && kit.edition === '3.0') return integer();
  if (name === 'location' && type === 'sftp') return z.string().regex(/^sftp:\/\//u, 'a location that begins with sftp://');
  return z.string();
}

export type OdcsServer = z.infer<ReturnType<typeof serverModel>> & Readonly<Record<string, unknown>>;

import * as z from 'zod';
import { MASKINGS } from '../contract/classification';
import { type DataType } from '../contract/data-type';
import { PLAN_VERSION } from './plan-version';

export { PLAN_VERSION };

const name = z.string().min(1).describe('A name: of a column, a table or a source.');
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/).describe('SHA-256 of the RFC 8785 form (documents) or the bytes (SQL).');

export type PlanType = DataType;

const PRIMITIVE = /^(boolean|int|long|float|double|date|time|timestamp|timestamptz|string|binary|decimal\(\d+, \d+\))$/;

export const planType: z.ZodType<PlanType> = z.lazy(() => z.union([
  z.string().regex(PRIMITIVE),
  z.strictObject({ kind: z.literal('list'), element: planType }),
  z.strictObject({ kind: z.literal('map'), key: planType, value: planType }),
  z.strictObject({ kind: z.literal('struct'), fields: z.array(z.strictObject({ name, type: planType })).min(1) }),
])).meta({ id: 'Type' });

export const classification = z.enum(['public', 'internal', 'confidential', 'restricted']).meta({ id: 'Classification' });
export const masking = z.enum(MASKINGS).meta({ id: 'Masking' });

export const planColumn = z.strictObject({
  id: name.describe('Identity of the column: its ODCS id, or its name. The same id with a new name is a rename.'),
  name,
  type: planType,
  required: z.boolean(),
  classification,
  masking,
  description: z.string().optional(),
}).meta({ id: 'Column' });

/** What a pipeline says of one column of a source or an internal table: no identity, no promise. */
export const planField = z.strictObject({ name, type: planType, format: z.string().optional()
  .describe('Java-style pattern of a date or timestamp in text, e.g. dd/MM/yyyy.') }).meta({ id: 'Field' });

const fileFormat = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.literal('csv'),
    delimiter: z.string().length(1), quote: z.string().length(1), escape: z.string().length(1),
    header: z.boolean(), encoding: z.enum(['utf-8', 'latin-1', 'utf-16']),
    nullValues: z.array(z.string()).describe('Texts that mean null; the empty unquoted text always does.'),
  }),
  z.strictObject({ format: z.literal('json'), nullValues: z.array(z.string()) }),
  z.strictObject({ format: z.literal('jsonl'), nullValues: z.array(z.string()) }),
  z.strictObject({ format: z.literal('parquet') }),
  z.strictObject({ format: z.literal('auto'), nullValues: z.array(z.string()) })
    .describe('By the extension of each file, with the defaults of its format: CSV is comma-separated UTF-8 with a header.'),
]).meta({ id: 'FileFormat' });

const sourceBase = {
  name,
  system: z.string().optional(), authority: z.string().optional(),
  primaryKey: z.array(name),
  watermark: z.strictObject({ column: name, overlapSeconds: z.int().nonnegative() }).nullable(),
  fields: z.array(planField).nullable()
    .describe('Declared columns. Null: as the file has them, which CSV gives as text and Parquet with its types.'),
  onBadRecord: z.enum(['abort', 'quarantine']).describe('A record that does not parse or cast.'),
};

export const planSource = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('files'), ...sourceBase,
    path: z.string().describe('Below the landing prefix of the product; without a leading slash.'),
    sample: z.string().nullable().describe('A file relative to the mesh root, read locally where the landing prefix is empty.'),
    file: fileFormat,
  }),
  z.strictObject({
    kind: z.literal('remote'), ...sourceBase,
    system: z.string().optional(),
    connector: z.enum(['jdbc', 'http']),
    options: z.union([
      z.strictObject({ engine: z.literal('postgresql'), connection: name, table: name }),
      z.strictObject({
        url: z.string(), connection: name.optional(), format: z.enum(['csv', 'json', 'jsonl', 'parquet']),
        records: z.string().optional().describe('Keys to the list of records in a JSON answer, with dots between them.'),
        paginate: z.enum(['none', 'link', 'cursor']).optional(),
        cursor: z.string().optional().describe('Keys to the cursor of the next page.'),
        parameter: z.string().optional().describe('Of the URL: takes the cursor.'),
        since: z.string().optional().describe('Of the URL: takes the watermark.'),
      }),
    ]).describe('A table, or an HTTP service. Connections are names; what they stand for, jobs and laptops know.'),
    sample: z.string().nullable().describe('What a local run reads that has no connection.'),
    file: fileFormat.describe('The format of the sample.'),
  }),
  z.strictObject({
    kind: z.literal('product'), name,
    product: z.string(), major: z.int(), object: name.describe('The object of the other contract.'),
    database: name, table: name.describe('Where it is published.'),
    fields: z.array(planField).optional().describe('Its columns as the other contract promises them: on AWS an import lists them, and reads them by these types.'),
    primaryKey: z.array(name),
    maxAgeSeconds: z.int().positive().nullable(),
  }),
]).meta({ id: 'Source' });

const id = z.string().describe('Stable id of a rule: <table>.<position>.<kind>.');
const expression = z.string().min(1).describe('An expression in the portable SQL (Spark\'s dialect).');
const literal = z.union([z.string(), z.number(), z.boolean()]);

export const planRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('rename'), id, columns: z.array(z.strictObject({ from: name, to: name })).min(1) }),
  z.strictObject({ kind: z.literal('cast'), id, columns: z.array(planField).min(1), onFail: z.enum(['abort', 'quarantine', 'null']) }),
  z.strictObject({ kind: z.literal('trim'), id, columns: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('lower'), id, columns: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('upper'), id, columns: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('deduplicate'), id, by: z.array(name).min(1),
    latest: name.nullable().describe('Keep the row with the greatest value; null keeps the last that arrived.') }),
  z.strictObject({ kind: z.literal('filter'), id, where: expression, reason: z.string() }),
  z.strictObject({ kind: z.literal('derive'), id, columns: z.array(z.strictObject({ name, expression })).min(1) }),
  z.strictObject({ kind: z.literal('fillNull'), id, columns: z.array(z.strictObject({ name, value: literal })).min(1) }),
  z.strictObject({ kind: z.literal('mapValues'), id, column: name,
    values: z.array(z.strictObject({ from: z.string(), to: z.string().nullable() })).min(1),
    otherwise: z.enum(['keep', 'null', 'remove', 'quarantine', 'abort']) }),
  z.strictObject({ kind: z.literal('join'), id, with: name, how: z.enum(['inner', 'left', 'right', 'full', 'semi', 'anti']),
    on: z.array(z.strictObject({ left: name, right: name })).min(1),
    select: z.array(z.strictObject({ from: name, to: name })).nullable().describe('Columns of the other table; null takes all but the keys.') }),
  z.strictObject({ kind: z.literal('aggregate'), id, by: z.array(name), measures: z.array(z.strictObject({ name, expression })).min(1) }),
  z.strictObject({ kind: z.literal('union'), id, with: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('upsert'), id, by: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('hash'), id, columns: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('redact'), id, columns: z.array(name).min(1) }),
  z.strictObject({ kind: z.literal('sql'), id, text: z.string(), path: z.string().nullable(), digest }),
]).meta({ id: 'Rule' });

export const planCheck = z.strictObject({
  id: z.string().describe('Stable: <table>.<column or *>.<name of the rule or its metric>.'),
  title: z.string().describe('One line for people.'),
  origin: z.strictObject({
    from: z.enum(['contract', 'derived', 'pipeline']),
    path: z.string().describe('Path in that file; for a derived check, the line it follows from.'),
  }),
  metric: z.enum(['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount', 'sql', 'foreignKey', 'freshness'])
    .describe('foreignKey counts rows whose whole key is not in another table; freshness is the age of the newest value.'),
  scope: z.enum(['row', 'aggregate']).describe('A row check can name the rows that break it.'),
  columns: z.array(name).describe('Empty for rowCount and sql.'),
  arguments: z.strictObject({
    missingValues: z.array(literal.nullable()).optional(),
    validValues: z.array(literal).optional(),
    pattern: z.string().optional().describe('A regular expression that must be found in the value.'),
    minLength: z.number().optional(), maxLength: z.number().optional(),
    minimum: literal.optional(), maximum: literal.optional(),
    exclusiveMinimum: literal.optional(), exclusiveMaximum: literal.optional(),
    multipleOf: z.number().optional(),
    minItems: z.number().optional(), maxItems: z.number().optional(), uniqueItems: z.boolean().optional(),
    format: z.string().optional().describe('email, uuid, uri, ipv4, ipv6, hostname.'),
  }),
  query: z.strictObject({ text: z.string(), digest }).nullable().describe('Only for sql; gives one number; ${table} is replaced by the candidate.'),
  reference: z.strictObject({
    to: name.describe('A published table of this plan, or a source that is another product: its imported snapshot.'),
    columns: z.array(name).min(1).describe('Beside those of the check, in their order.'),
  }).optional().describe('Only for foreignKey, which always has one.'),
  operator: z.enum(['mustBe', 'mustNotBe', 'mustBeGreaterThan', 'mustBeGreaterOrEqualTo', 'mustBeLessThan', 'mustBeLessOrEqualTo',
    'mustBeBetween', 'mustNotBeBetween']),
  threshold: z.array(z.number()).min(1).max(2).describe('One number; two for the between operators, both ends included.'),
  unit: z.enum(['rows', 'percent', 'seconds']).describe('seconds only of freshness.'),
  severity: z.enum(['critical', 'warning']),
  action: z.enum(['abort_workflow', 'quarantine_rows', 'alert']),
  dimension: z.string().nullable(),
}).meta({ id: 'Check' });

export const planTable = z.strictObject({
  name: name.describe('In the pipeline; for a published table, the object of the contract.'),
  layer: z.enum(['bronze', 'silver', 'gold']),
  published: z.boolean().describe('Built in a candidate and swapped; every other table is internal.'),
  database: name, table: name.describe('Physical name.'),
  quarantine: name.describe('Table in the internal database that takes its bad rows.'),
  tombstones: name.describe('Table in the internal database that names the keys that vanished.'),
  from: z.array(name).min(1),
  columns: z.array(planColumn).nullable().describe('The promise: the output is projected to it by name and cast strictly. Null: as the rules give it.'),
  protected: z.array(z.strictObject({ name, masking })).describe('Columns classified above internal, here: masked in the quarantine, never printed.'),
  primaryKey: z.array(name),
  partitionBy: z.array(z.strictObject({ column: name, transform: z.enum(['identity', 'year', 'month', 'day']) })),
  rules: z.array(planRule),
  checks: z.array(planCheck),
  persist: z.boolean().describe('Kept as an Iceberg table between runs. Else it is computed where it is used.'),
  incremental: z.boolean().describe('In a delta run only changed rows are computed, then merged by the primary key.'),
  refreshOn: z.array(z.enum(['init', 'full', 'delta'])).min(1),
}).meta({ id: 'Table' });

export const planSchema = z.strictObject({
  planVersion: z.literal(PLAN_VERSION),
  generator: z.string(),
  product: z.strictObject({
    id: z.string(), name: z.string(), domain: name, entity: name, version: z.string(), major: z.int().nonnegative(),
    status: z.enum(['proposed', 'draft', 'active', 'deprecated', 'retired']),
    owner: z.string(), description: z.string().nullable(),
  }),
  environment: z.string().nullable().describe('Null in production, whose names carry no suffix.'),
  databases: z.strictObject({ published: name, internal: name }),
  digests: z.strictObject({ contract: digest, pipeline: digest.nullable(), sql: z.array(z.strictObject({ path: z.string(), digest })) }),
  engine: z.strictObject({ local: z.enum(['duckdb', 'spark']), aws: z.enum(['duckdb', 'spark']), why: z.string() }),
  size: z.strictObject({ rows: z.number().nullable(), perRun: z.number().nullable() }),
  modes: z.array(z.enum(['init', 'full', 'delta'])).describe('What this pipeline can do.'),
  sources: z.array(planSource),
  tables: z.array(planTable).min(1).describe('In dependency order.'),
  sla: z.strictObject({
    freshnessSeconds: z.number().positive().nullable(),
    freshnessColumn: z.strictObject({ table: name, column: name }).nullable().describe('The SLA\'s element: the age of the newest value. Null: the age of the input.'),
    freshnessAction: z.enum(['abort_workflow', 'alert']).optional()
      .describe('What data that is too old does: reject the certificate, or lower its score; alert unless written.'),
    availabilityPercent: z.number().nullable(),
    retentionSeconds: z.number().nullable(),
    paths: z.strictObject({ freshness: z.string().nullable(), availability: z.string().nullable() }).optional()
      .describe('Where the contract promises it: slaProperties[0].'),
  }),
  quarantineDays: z.int().positive(),
  signoff: z.strictObject({
    required: z.array(z.string()), valid: z.array(z.string()),
    ends: z.array(z.strictObject({ part: z.string(), at: z.string().describe('ISO 8601, in UTC.') })).optional()
      .describe('When required ones that are valid cease to be: a certificate from then on is provisional.'),
    problems: z.array(z.string()).describe('Why a required one is missing or void; not empty means a provisional certificate.'),
  }),
  catalogue: z.strictObject({
    title: z.string(), description: z.string().nullable(), tags: z.array(z.string()),
    links: z.array(z.strictObject({ title: z.string(), url: z.string() })),
    terms: z.array(z.strictObject({ term: z.string(), definition: z.string() })),
    sampleQueries: z.array(z.strictObject({ title: z.string(), sql: z.string() })),
    support: z.array(z.strictObject({ channel: z.string(), tool: z.string().nullable(), url: z.string().nullable(), description: z.string().nullable() })).optional()
      .describe('Where consumers ask, and say what they think of it.'),
    promises: z.array(z.strictObject({ property: z.string(), text: z.string() })).optional().describe('The service level, as people read it.'),
    supersededBy: z.string().nullable().optional().describe('The product that takes the place of this one.'),
    endOfLife: z.string().nullable().optional().describe('The day until which it is there.'),
    notice: z.string().optional().describe('What everybody is told of a version that is deprecated; certificates repeat it.'),
  }),
  lineage: z.array(z.strictObject({
    table: name.describe('The object of the contract.'), column: name, from: z.array(z.strictObject({ source: name, column: name })).min(1),
  })).optional().describe('Columns of sources that each published column is made of; columns whose SQL does not tell are left out.'),
  schedule: z.strictObject({ full: z.string().nullable(), delta: z.string().nullable(), timezone: z.string() }),
}).meta({ id: 'Plan', title: 'cdk-data-mesh plan' });

export type Plan = z.infer<typeof planSchema>;
export type PlanSource = z.infer<typeof planSource>;
export type PlanTable = z.infer<typeof planTable>;
export type PlanRule = z.infer<typeof planRule>;
export type PlanCheck = z.infer<typeof planCheck>;
export type PlanColumn = z.infer<typeof planColumn>;
export type PlanField = z.infer<typeof planField>;

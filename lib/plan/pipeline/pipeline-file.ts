import * as z from 'zod';

/** Tables, sources and what becomes part of a table's name. */
const identifier = z.string().regex(/^[a-z](?:_?[a-z0-9])*$/, 'lower-case letters, digits and single `_` between them, a letter first')
  .max(100).describe('A name: lower-case letters, digits and single `_` between them, a letter first.');
const column = z.string().min(1).max(255).describe('A column.');
const columns = z.array(column).min(1);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const text = z.string().min(1);
const expression = z.union([text, z.number(), z.boolean()]).describe('An expression in the portable SQL (Spark\'s dialect).');
const dataType = text.describe('As in Spark\'s DDL: string, int, bigint, double, decimal(12,2), boolean, date, timestamp, array<…>, struct<…>.')
  .meta({ examples: ['string', 'bigint', 'decimal(12,2)', 'timestamp', 'array<struct<id:string>>'] });

const columnSpec = z.union([
  dataType,
  z.strictObject({ type: dataType, format: text.optional().describe('How a date or timestamp is written, e.g. dd/MM/yyyy HH:mm.') }),
]);

const files = z.strictObject({
  format: z.enum(['csv', 'json', 'jsonl', 'parquet']),
  path: z.string().optional().describe('Folder below the landing prefix of the product, e.g. landing/campaigns/.'),
  delimiter: z.string().length(1).optional().describe('CSV only.'),
  quote: z.string().length(1).optional().describe('CSV only.'),
  escape: z.string().length(1).optional().describe('CSV only.'),
  header: z.boolean().optional().describe('CSV only: whether the first line names the columns.'),
  encoding: z.enum(['utf-8', 'latin-1', 'utf-16']).optional().describe('CSV only.'),
  nullValues: z.array(z.string()).optional().describe('Texts that mean null, e.g. NA; CSV and JSON.'),
});

/** Part of the name of a secret, and of an environment variable. */
const connection = z.string().regex(/^[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*$/, 'lower-case letters, digits, `-` and `_`, a letter first').max(100);
const inAnswer = z.string().regex(/^[^.]+(?:\.[^.]+)*$/, 'keys with `.` between them, e.g. data.items');
const jdbc = z.strictObject({
  engine: z.enum(['postgresql', 'mysql', 'sqlserver', 'oracle', 'redshift']).describe('postgresql; the others cannot be read yet, and mesh validate says what to do.'),
  connection: connection.describe('Name of the connection; the account of the domain holds its secret.'),
  table: text.describe('schema.table, in upper and lower case as it is.'),
});
const http = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).describe('https; http on this machine alone.'),
  connection: connection.optional().describe('Name of the connection with the header that the service asks for.'),
  format: z.enum(['csv', 'json', 'jsonl', 'parquet']),
  records: inAnswer.optional().describe('Where in a JSON answer the list of records is; the whole answer unless written.'),
  paginate: z.enum(['none', 'link', 'cursor']).optional().describe('link: the header Link names the next page. cursor: a value in the answer does.'),
  cursor: inAnswer.optional().describe('Where in a JSON answer the cursor of the next page is; the last page has none.'),
  parameter: text.optional().describe('The parameter of the URL that takes the cursor.'),
  since: text.optional().describe('The parameter of the URL that takes the watermark in a delta.'),
});
const stream = z.strictObject({
  kind: z.enum(['kinesis', 'kafka']),
  name: text.describe('The stream or the topic.'),
  connection: text.optional(),
  format: z.enum(['json', 'jsonl', 'csv']).optional(),
}).describe('Cannot be read yet; mesh validate says what to do.');

const watermark = z.union([
  column,
  z.strictObject({ column, overlap: z.string().optional().describe('How far back a delta reads again, e.g. 1h.') }),
]).describe('The column that tells what changed since the last run.');

/** All keys a source may have; which go together is checked where it is resolved, with words of its own. */
const source = z.strictObject({
  system: z.string().optional().describe('The system the data comes from, for people.'),
  authority: z.string().optional().describe('What it is the authority for, for people.'),
  files: files.optional(),
  jdbc: jdbc.optional(),
  http: http.optional(),
  stream: stream.optional(),
  product: z.string().optional().describe('Another product, dp_<domain>_<entity>: its certified snapshot.'),
  version: z.int().nonnegative().optional().describe('The major version of that product; the newest unless written.'),
  object: z.string().optional().describe('The table of that product; its only one unless written.'),
  maxAge: z.string().optional().describe('Older data of that product stops the run, e.g. 24h.'),
  primaryKey: columns.optional(),
  watermark: watermark.optional(),
  sample: text.optional().describe('A file beside the pipeline that stands for the source locally.'),
  sampleFormat: z.enum(['csv', 'json', 'jsonl', 'parquet']).optional(),
  columns: z.record(column, columnSpec).optional().describe('What the source has: column and type.'),
  onBadRecord: z.enum(['abort', 'quarantine']).optional().describe('A record that does not parse or cast; abort unless written.'),
});

const renames = z.record(column, column);
const castTargets = z.record(column, columnSpec);
const onFail = z.enum(['abort', 'quarantine', 'null']);

/** The rules by their name; each stands alone in its entry of `rules`. */
export const RULE_MODELS = {
  rename: renames.describe('{old: new}'),
  cast: z.union([z.strictObject({ columns: castTargets, onFail: onFail.optional() }), castTargets]).describe('{column: type}'),
  trim: columns,
  lower: columns,
  upper: columns,
  deduplicate: z.strictObject({ by: columns, latest: column.optional() }).describe('One row per key: the one with the greatest `latest`, else the last that arrived.'),
  filter: z.union([expression, z.strictObject({ where: expression, reason: text.optional() })]).describe('Keeps the rows for which it is true.'),
  derive: z.record(column, expression).describe('{column: expression}'),
  fillNull: z.record(column, scalar).describe('{column: value}'),
  mapValues: z.strictObject({
    column,
    values: z.record(z.string(), z.string().nullable()),
    otherwise: z.enum(['keep', 'null', 'remove', 'quarantine', 'abort']).optional().describe('What happens to other values; keep unless written.'),
  }),
  join: z.strictObject({
    with: identifier,
    on: z.union([columns, renames]).describe('[column] or {left: right}'),
    how: z.enum(['left', 'inner', 'right', 'full', 'semi', 'anti']).optional(),
    select: z.union([columns, renames]).optional().describe('[column] or {theirs: ours}; all but the keys unless written.'),
  }),
  aggregate: z.strictObject({ by: z.array(column), measures: z.record(column, expression) }),
  union: z.array(identifier).min(1),
  upsert: columns,
  hash: columns,
  redact: columns,
  sql: text.describe('A query, or a file of it ending in .sql.'),
} as const;

export type RuleKind = keyof typeof RULE_MODELS;
export const RULE_KINDS = Object.keys(RULE_MODELS) as RuleKind[];

/** One of the rules: an object with the one key that names it. */
export type RuleEntry = { [K in RuleKind]: { readonly kind: K; readonly value: z.infer<(typeof RULE_MODELS)[K]> } }[RuleKind];

const rule = z.strictObject(RULE_MODELS).partial().check(z.superRefine((entry, context) => {
  const [first, ...others] = Object.keys(entry);
  // a name that is unknown has been said already
  if (first === undefined && context.issues.length === 0) context.addIssue({ code: 'custom', params: { kind: 'missing', expected: `one of ${RULE_KINDS.join(', ')}` } });
  for (const other of others) {
    context.addIssue({ code: 'custom', path: [other], params: {
      kind: 'conflict', message: `an entry of \`rules\` is one rule, this one also has \`${first}\``, remedy: `start a new entry: - ${other}: …`,
    } });
  }
})).meta({ minProperties: 1, maxProperties: 1 });

const qualityOperators = {
  mustBe: z.number().optional(), mustNotBe: z.number().optional(),
  mustBeGreaterThan: z.number().optional(), mustBeGreaterOrEqualTo: z.number().optional(),
  mustBeLessThan: z.number().optional(), mustBeLessOrEqualTo: z.number().optional(),
  mustBeBetween: z.tuple([z.number(), z.number()]).optional(), mustNotBeBetween: z.tuple([z.number(), z.number()]).optional(),
};

/** A quality rule of an internal table: ODCS's words, with the column beside them. */
const quality = z.strictObject({
  name: text.optional(),
  description: text.optional(),
  column: column.optional(),
  columns: columns.optional(),
  metric: z.enum(['nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount']).optional(),
  query: text.optional().describe('Gives one number; ${table} stands for the table.'),
  arguments: z.record(z.string(), z.unknown()).optional(),
  ...qualityOperators,
  unit: z.enum(['rows', 'percent']).optional(),
  severity: z.enum(['critical', 'warning']).optional(),
  actionOnFail: z.enum(['abort_workflow', 'quarantine_rows', 'alert']).optional(),
  dimension: z.enum(['accuracy', 'completeness', 'conformity', 'consistency', 'coverage', 'timeliness', 'uniqueness']).optional(),
});

const table = z.strictObject({
  layer: z.enum(['bronze', 'silver', 'gold']),
  from: z.array(identifier).min(1).describe('Sources (bronze) or tables of this pipeline.'),
  description: text.optional(),
  rules: z.array(rule).optional(),
  sql: RULE_MODELS.sql.optional(),
  quality: z.array(quality).optional(),
  primaryKey: columns.optional(),
  partitionBy: z.array(z.string().regex(/^(?:(?:year|month|day|identity)\(\s*[^()\s]+\s*\)|[^()\s]+)$/)).min(1).optional()
    .describe('Columns, or day(column), month(column), year(column).'),
  persist: z.boolean().optional().describe('Whether it is kept between runs; decided by what reads it unless written.'),
  refreshOn: z.array(z.enum(['full', 'delta'])).min(1).optional().describe('The modes that rebuild it: full, and delta where that does too; all of them unless written.'),
});

const count = z.union([z.int().nonnegative(), z.string()]).describe('500, 10k, 20M, 1G');

/** A pipeline file: how a product is built, private to its producer. */
export const pipelineModel = z.strictObject({
  size: z.strictObject({ rows: count.optional(), perRun: count.optional() }).optional(),
  engine: z.enum(['auto', 'spark', 'duckdb']).optional(),
  sources: z.record(identifier, source),
  tables: z.record(identifier, table),
  schedule: z.strictObject({
    full: z.string().optional().describe('cron(0 5 * * ? *) or rate(1 day)'),
    delta: z.string().optional().describe('rate(1 hour)'),
    timezone: z.string().optional().describe('Europe/Berlin; UTC unless written.'),
  }).optional(),
}).meta({ id: 'Pipeline', title: 'cdk-data-mesh pipeline' });

export type PipelineFile = z.infer<typeof pipelineModel>;
export type PipelineSource = z.infer<typeof source>;
export type PipelineTable = Omit<z.infer<typeof table>, 'rules'> & { readonly rules?: readonly Readonly<Record<string, unknown>>[] | undefined };
export type PipelineQuality = z.infer<typeof quality>;
export type ColumnSpec = z.infer<typeof columnSpec>;
export type FilesOptions = z.infer<typeof files>;
export type HttpOptions = z.infer<typeof http>;

import * as fs from 'node:fs';
import * as path from 'node:path';
import { compileProduct, type Compiled } from '../../lib/plan/compile-product';
import { type Plan, planSchema, type PlanTable } from '../../lib/plan/plan-schema';
import { type SqlAnswer } from '../../lib/plan/sql/sql-check';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, MESH, PIPELINE, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

const CONTRACT = 'contracts/sales/orders.contract.yaml';

function compile(files: Readonly<Record<string, string>>, options: { readonly contract?: string; readonly environment?: string; readonly answer?: Partial<SqlAnswer> } = {}): Compiled {
  const root = folderWith(files);
  const sqlChecker = new TrustingChecker(() => options.answer ?? {});
  return compileProduct(new Workspace(root, root, { sqlChecker }), path.join(root, options.contract ?? CONTRACT), { environment: options.environment });
}

function planOf(files: Readonly<Record<string, string>>, options: Parameters<typeof compile>[1] = {}): Plan {
  const compiled = compile(files, options);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems, null, 2));
  expect(planSchema.safeParse(compiled.plan).error).toBeUndefined();
  return compiled.plan;
}

function tableOf(plan: Plan, name: string): PlanTable {
  return plan.tables.find((table) => table.name === name)!;
}

/** A contract with these columns and pipeline tables, its gold table `orders`. */
function product(columns: string, pipeline?: string, more = ''): Record<string, string> {
  const contract = SMALLEST.replace(/schema:[\s\S]*?slaProperties/, `schema:\n  - name: orders\n    properties:\n${columns.split('\n').map((line) => `      ${line}`).join('\n')}\n${more}slaProperties`);
  return { [CONTRACT]: contract, ...(pipeline === undefined ? {} : { 'contracts/sales/orders.pipeline.yaml': pipeline }) };
}

const KEY = '- {name: order_id, logicalType: string, primaryKey: true}';

afterAll(removeFolders);

describe('the smallest contract', () => {
  test('compiles to exactly this plan', () => {
    const golden = path.join(__dirname, 'smallest.plan.json');
    expect(planOf({ [CONTRACT]: SMALLEST })).toEqual(JSON.parse(fs.readFileSync(golden, 'utf8')));
  });

  test('gives the same plan every time', () => {
    expect(JSON.stringify(planOf({ [CONTRACT]: SMALLEST }))).toBe(JSON.stringify(planOf({ [CONTRACT]: SMALLEST })));
  });

  test('names an environment everywhere but in production', () => {
    const mesh = MESH.replace('{prod: {production: true}}', '{prod: {production: true}, dev: {}}');
    const files = { [CONTRACT]: SMALLEST, 'mesh.yaml': mesh };
    expect(planOf(files, { environment: 'prod' })).toMatchObject({ environment: null, databases: { published: 'sales', internal: 'sales_internal' } });
    expect(planOf(files, { environment: 'dev' })).toMatchObject({ environment: 'dev', databases: { published: 'sales_dev', internal: 'sales_dev_internal' } });
  });

  test('as a short template has a plan once it has columns', () => {
    const short = 'product_id: dp_sales_orders\nowner: orders-owner@shoply.example\nsla: {freshness_hours: 6, availability_pct: 99.5}\nschema: {grain: one row per order, primary_key: order_id}\n';
    const without = compile({ [CONTRACT]: short });
    expect(without).toMatchObject({ ok: false });
    expect(!without.ok && without.problems.map(({ id }) => id)).toContain('pipeline/no-columns');
    const plan = planOf({ [CONTRACT]: short.replace('primary_key: order_id', 'primary_key: order_id, columns: {order_id: string, total: "decimal(12,2)"}') });
    expect(plan).toMatchObject({ product: { status: 'proposed', version: '1.0.0' }, sla: { freshnessSeconds: 21_600, availabilityPercent: 99.5 } });
    expect(tableOf(plan, 'orders').columns?.map(({ name, type }) => [name, type])).toEqual([['order_id', 'string'], ['total', 'decimal(12, 2)']]);
  });
});

describe('what a plan derives from a contract', () => {
  test.each([
    ['string', 'string'], ['integer', 'long'], ['number', 'double'], ['boolean', 'boolean'], ['date', 'date'], ['timestamp', 'timestamptz'],
  ])('the logical type %s is stored as %s', (logical, stored) => {
    const plan = planOf(product(`${KEY}\n- {name: c, logicalType: ${logical}}`));
    expect(tableOf(plan, 'orders').columns![1]).toMatchObject({ name: 'c', type: stored });
  });

  test('a time of day is stored as one where DuckDB runs, and refused where Spark does', () => {
    const columns = `${KEY}\n- {name: c, logicalType: time}`;
    const pipeline = 'sources: {orders_in: {files: {format: csv, path: landing/orders/}, columns: {order_id: string, c: time}}}\ntables: {raw: {layer: bronze, from: [orders_in]}, orders: {layer: gold, from: [raw]}}\n';
    expect(tableOf(planOf(product(columns, `engine: duckdb\n${pipeline}`)), 'orders').columns![1]).toMatchObject({ name: 'c', type: 'time' });
    const refused = compile(product(columns, pipeline));
    expect(!refused.ok && refused.problems.filter(({ id }) => id === 'pipeline/engine-type').map(({ file }) => file)).toEqual([CONTRACT, 'contracts/sales/orders.pipeline.yaml']);
  });

  test.each([
    ['{logicalType: number, physicalType: "numeric(18, 4)"}', 'decimal(18, 4)'],
    ['{logicalType: integer, logicalTypeOptions: {format: i32}}', 'int'],
    ['{logicalType: number, logicalTypeOptions: {format: f32}}', 'float'],
    ['{logicalType: timestamp, logicalTypeOptions: {timezone: false}}', 'timestamp'],
    ['{logicalType: timestamp, physicalType: timestamp_ntz}', 'timestamp'],
    ['{logicalType: string, physicalType: varchar(20)}', 'string'],
    ['{logicalType: number, physicalType: double precision}', 'double'],
    ['{logicalType: array, items: {logicalType: integer}}', { kind: 'list', element: 'long' }],
    ['{logicalType: object, properties: [{name: a, logicalType: string}]}', { kind: 'struct', fields: [{ name: 'a', type: 'string' }] }],
    ['{logicalType: array, physicalType: "array<struct<id:string,n:int>>"}', { kind: 'list', element: { kind: 'struct', fields: [{ name: 'id', type: 'string' }, { name: 'n', type: 'int' }] } }],
  ])('%s is stored as %j', (column, stored) => {
    const plan = planOf(product(`${KEY}\n- ${column.replace('{', '{name: c, ')}`));
    expect(tableOf(plan, 'orders').columns![1]).toMatchObject({ name: 'c', type: stored });
  });

  test('key columns are required, in the order of their positions', () => {
    const plan = planOf(product('- {name: line, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}\n- {name: order_id, logicalType: string, primaryKey: true, primaryKeyPosition: 1}'));
    const { primaryKey, columns, checks } = tableOf(plan, 'orders');
    expect(primaryKey).toEqual(['order_id', 'line']);
    expect(columns!.map(({ required }) => required)).toEqual([true, true]);
    expect(checks.find(({ metric }) => metric === 'duplicateValues')).toMatchObject({ columns: ['order_id', 'line'], severity: 'critical', action: 'abort_workflow', scope: 'aggregate' });
  });

  test.each([
    ['required: true', { metric: 'nullValues', severity: 'critical', action: 'abort_workflow', origin: { from: 'derived', path: 'schema[0].properties[1].required' } }],
    ['unique: true', { metric: 'duplicateValues', severity: 'warning', action: 'alert' }],
    ['logicalTypeOptions: {minLength: 2, maxLength: 5, pattern: "^A"}', { metric: 'invalidValues', arguments: { minLength: 2, maxLength: 5, pattern: '^A' }, severity: 'warning' }],
    ['logicalTypeOptions: {format: email}', { metric: 'invalidValues', arguments: { format: 'email' } }],
    ['quality: [{metric: nullValues, mustBeLessThan: 5, unit: percent, severity: critical}]', { metric: 'nullValues', operator: 'mustBeLessThan', threshold: [5], unit: 'percent', action: 'abort_workflow', origin: { from: 'contract', path: 'schema[0].properties[1].quality[0]' } }],
    ['quality: [{metric: missingValues, mustBe: 0, arguments: {missingValues: [null, "", N/A]}}]', { metric: 'missingValues', arguments: { missingValues: [null, '', 'N/A'] }, severity: 'warning', action: 'alert' }],
    ['quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [a, b]}, customProperties: [{property: mesh.actionOnFail, value: quarantine_rows}]}]', { metric: 'invalidValues', action: 'quarantine_rows' }],
  ])('%s is measured', (column, check) => {
    const plan = planOf(product(`${KEY}\n- {name: c, logicalType: string, ${column}}`));
    expect(tableOf(plan, 'orders').checks.filter(({ columns }) => columns.includes('c'))).toMatchObject([{ columns: ['c'], ...check }]);
  });

  test('allowed values of ODCS 3.2 are measured', () => {
    const files = product(`${KEY}\n- {name: c, logicalType: string, enum: [{value: a}, {value: b}]}`);
    const plan = planOf({ [CONTRACT]: files[CONTRACT].replace('v3.1.0', 'v3.2.0') });
    expect(tableOf(plan, 'orders').checks.at(-2)).toMatchObject({ metric: 'invalidValues', arguments: { validValues: ['a', 'b'] }, origin: { path: 'schema[0].properties[1].enum' } });
  });

  test('rules of ODCS 3.0 are measured under the names of 3.1', () => {
    const files = product(`${KEY}\n- {name: c, logicalType: string}`, undefined, '    quality: [{rule: rowCount, mustBeGreaterThan: 10}]\n');
    const contract = files[CONTRACT].replace('v3.1.0', 'v3.0.2').replace(/team: .*/, 'team: [{username: orders-owner@shoply.com, role: owner}]');
    expect(tableOf(planOf({ [CONTRACT]: contract }), 'orders').checks.at(-1)).toMatchObject({ metric: 'rowCount', operator: 'mustBeGreaterThan', threshold: [10] });
  });

  test('a written rule takes the place of the derived one, and stays critical', () => {
    const plan = planOf(product(`${KEY}\n- {name: c, logicalType: string, required: true, quality: [{metric: nullValues, mustBe: 0, name: always there}]}`));
    expect(tableOf(plan, 'orders').checks.filter(({ columns }) => columns.includes('c'))).toMatchObject([{ id: 'orders.c.always-there', severity: 'critical' }]);
  });

  test.each(['FROM ${table}', 'FROM {object}', 'FROM ${object}', 'FROM {table}'])('a query may say %s', (from) => {
    const plan = planOf(product(KEY, undefined, `    quality: [{type: sql, query: "SELECT count(*) ${from}", mustBeGreaterThan: 0}]\n`));
    expect(tableOf(plan, 'orders').checks.at(-1)).toMatchObject({ metric: 'sql', scope: 'aggregate', query: { text: 'SELECT count(*) FROM ${table}' } });
  });

  test('check ids are unique, whatever rules are called', () => {
    const rules = '{metric: nullValues, mustBe: 0, name: same}, {metric: nullValues, mustBeLessThan: 9, name: same}';
    const { checks } = tableOf(planOf(product(`${KEY}\n- {name: c, logicalType: string, quality: [${rules}]}`)), 'orders');
    expect(new Set(checks.map(({ id }) => id)).size).toBe(checks.length);
  });

  test.each([
    ['{property: latency, value: 90, unit: minutes}', { freshnessSeconds: 5400 }],
    ['{property: freshness, value: PT2H}', { freshnessSeconds: 7200 }],
    ['{property: ly, value: 1, unit: d}', { freshnessSeconds: 86_400 }],
    ['{property: availability, value: 99.9, unit: percent}', { availabilityPercent: 99.9 }],
    ['{property: retention, value: 2, unit: y}', { retentionSeconds: 63_115_200 }],
  ])('the SLA property %s is understood', (sla, expected) => {
    expect(planOf({ [CONTRACT]: SMALLEST.replace('{property: freshness, value: 6, unit: h}', sla) }).sla).toMatchObject(expected);
  });

  test('freshness may be read from a column', () => {
    const files = product(`${KEY}\n- {name: updated_at, logicalType: timestamp}`);
    const contract = files[CONTRACT].replace('unit: h}', 'unit: h, element: orders.updated_at}');
    expect(planOf({ [CONTRACT]: contract }).sla.freshnessColumn).toEqual({ table: 'orders', column: 'updated_at' });
  });

  test('the default classification of a domain protects columns that say none', () => {
    const plan = planOf({ [CONTRACT]: SMALLEST, 'mesh.yaml': MESH.replace('"222222222222"}', '"222222222222", classification: confidential}') });
    expect(tableOf(plan, 'orders').columns!.map(({ name, masking }) => [name, masking])).toEqual([['order_id', 'hash'], ['total_amount', 'redact'], ['customer_email', 'hash']]);
  });

  test('terms of the vocabulary that the contract names are in the catalogue', () => {
    const vocabulary = 'terms: {order: {definition: What a customer has bought., synonyms: [orders]}, refund: {definition: Money back.}}';
    expect(planOf({ [CONTRACT]: SMALLEST, 'contracts/vocabulary.yaml': vocabulary }).catalogue.terms).toEqual([{ term: 'order', definition: 'What a customer has bought.' }]);
  });

  test('sign-offs that an environment asks for and nobody gave are named', () => {
    const mesh = `${MESH.replace('{production: true}', '{production: true, signoffs: [owner, security]}')}signers: {boss: {roles: [owner, security], keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"]}}\n`;
    const files = { [CONTRACT]: SMALLEST, 'mesh.yaml': mesh };
    expect(planOf(files, { environment: 'prod' }).signoff).toMatchObject({ required: ['owner', 'security'], valid: [], problems: [expect.stringContaining('owner'), expect.stringContaining('security')] });
    expect(planOf(files, { environment: 'dev' }).signoff).toEqual({ required: [], valid: [], problems: [] });
  });

  test('production asks for its sign-offs also when nobody says that it is meant', () => {
    const mesh = `${MESH.replace('{production: true}', '{production: true, signoffs: [security]}')}signers: {boss: {roles: [security], keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c"]}}\n`;
    const files = { [CONTRACT]: SMALLEST, 'mesh.yaml': mesh };
    expect(planOf(files).signoff).toEqual(planOf(files, { environment: 'prod' }).signoff);
    expect(planOf(files).signoff.required).toEqual(['security']);
  });

  test('a second major version has tables of its own', () => {
    const second = 'contracts/sales/orders.v2.contract.yaml';
    const plan = planOf({ [CONTRACT]: SMALLEST, [second]: SMALLEST.replace('version: 1.0.0', 'version: 2.1.0') }, { contract: second });
    expect(tableOf(plan, 'orders')).toMatchObject({ table: 'orders_v2', quarantine: 'orders_v2__orders__quarantine' });
  });
});

describe('what a plan derives from a pipeline', () => {
  const columns = `${KEY}\n- {name: total_amount, logicalType: number}\n- {name: customer_email, logicalType: string, classification: confidential}`;

  test('tables come in the order in which they can be built', () => {
    const pipeline = PIPELINE.replace(/tables:[\s\S]*/, 'tables:\n  orders: {layer: gold, from: [orders_clean]}\n  orders_clean: {layer: silver, from: [orders_raw]}\n  orders_raw: {layer: bronze, from: [orders_in]}\n');
    expect(planOf(product(columns, pipeline)).tables.map(({ name }) => name)).toEqual(['orders_raw', 'orders_clean', 'orders']);
  });

  test('internal tables carry the version and stay in the internal database', () => {
    expect(tableOf(planOf(product(columns, PIPELINE)), 'orders_raw')).toMatchObject({ published: false, database: 'sales_internal', table: 'orders_v1__orders_raw', columns: null });
  });

  test.each([
    ['schedule: {full: cron(0 5 * * ? *)}', ['init', 'full']],
    ['schedule: {delta: rate(1 hour)}', ['init', 'full', 'delta']],
  ])('%s gives the modes %j', (schedule, modes) => {
    expect(planOf(product(columns, `${PIPELINE}${schedule}\n`)).modes).toEqual(modes);
  });

  test('a watermark makes a delta possible', () => {
    const plan = planOf(product(columns, PIPELINE.replace('landing/orders/}', 'landing/orders/}, watermark: {column: updated_at, overlap: 1h}')));
    expect(plan.modes).toContain('delta');
    expect(plan.sources[0]).toMatchObject({ path: 'orders/', watermark: { column: 'updated_at', overlapSeconds: 3600 } });
  });

  test('what only row-keeping rules lie between is incremental; what a query reads is kept', () => {
    const pipeline = `${PIPELINE.replace(/tables:[\s\S]*/, '')}tables:
  orders_raw: {layer: bronze, from: [orders_in], rules: [{deduplicate: {by: [order_id], latest: updated_at}}]}
  orders_clean: {layer: silver, from: [orders_raw], primaryKey: [order_id], rules: [{trim: [order_id]}]}
  orders: {layer: gold, from: [orders_clean], sql: SELECT * FROM orders_clean}
schedule: {delta: rate(1 hour)}
`;
    const plan = planOf(product(columns, pipeline));
    expect(plan.tables.map(({ name, persist, incremental }) => [name, persist, incremental])).toEqual([
      ['orders_raw', false, true], ['orders_clean', true, true], ['orders', true, false],
    ]);
    expect(tableOf(plan, 'orders').rules[0]).toMatchObject({ kind: 'sql', id: 'orders.sql', path: null });
  });

  test('an upsert keeps its table and gives it a key', () => {
    const plan = planOf(product(columns, PIPELINE.replace('from: [orders_in]}', 'from: [orders_in], rules: [{upsert: [order_id]}, {rename: {order_id: no}}, {rename: {no: order_id}}]}')));
    expect(tableOf(plan, 'orders_raw')).toMatchObject({ persist: true, primaryKey: ['order_id'] });
  });

  test('every rule arrives in the plan with a stable id', () => {
    const pipeline = `${PIPELINE.replace(/tables:[\s\S]*/, '')}tables:
  orders_raw:
    layer: bronze
    from: [orders_in]
    rules:
      - cast: {columns: {total_amount: double}, onFail: quarantine}
      - fillNull: {total_amount: 0}
      - filter: {where: total_amount >= 0, reason: negative}
      - mapValues: {column: order_id, values: {x: null}, otherwise: remove}
      - derive: {day: CAST(updated_at AS DATE)}
  other: {layer: silver, from: [orders_raw], rules: [{aggregate: {by: [order_id], measures: {sum_amount: sum(total_amount)}}}]}
  orders: {layer: gold, from: [orders_raw, other], rules: [{join: {with: other, on: [order_id], select: {sum_amount: total}}}]}
`;
    const plan = planOf(product(columns, pipeline));
    expect(plan.tables.flatMap(({ rules }) => rules.map(({ id }) => id))).toEqual([
      'orders_raw.1.cast', 'orders_raw.2.fillNull', 'orders_raw.3.filter', 'orders_raw.4.mapValues', 'orders_raw.5.derive', 'other.1.aggregate', 'orders.1.join',
    ]);
    expect(tableOf(plan, 'orders').rules[0]).toEqual({ kind: 'join', id: 'orders.1.join', with: 'other', how: 'left', on: [{ left: 'order_id', right: 'order_id' }], select: [{ from: 'sum_amount', to: 'total' }] });
    expect(tableOf(plan, 'other')).toMatchObject({ primaryKey: ['order_id'], incremental: false });
  });

  test.each([
    ['', 'spark', '`engine` is not written: Spark on AWS, DuckDB locally'],
    ['size: {rows: 1M}\n', 'spark', '`engine` is not written: Spark on AWS, DuckDB locally'],
    ['engine: duckdb\nsize: {rows: 2G}\n', 'duckdb', 'the pipeline asks for DuckDB'],
    ['engine: spark\nsize: {rows: 1}\n', 'spark', 'the pipeline asks for Spark; a laptop runs the same plan on DuckDB'],
    ['engine: auto\n', 'spark', '`size` is not written, so AWS runs Spark to be safe'],
    ['engine: auto\nsize: {rows: 800}\n', 'duckdb', '800 rows fit one machine'],
    ['engine: auto\nsize: {rows: 1.5M}\n', 'duckdb', '1.5M rows fit one machine'],
    ['engine: auto\nsize: {rows: 50M}\n', 'duckdb', '50M rows fit one machine'],
    ['engine: auto\nsize: {rows: 50000001}\n', 'spark', '50000001 rows are more than one machine should take (50M)'],
    ['engine: auto\nsize: {rows: 2G}\n', 'spark', '2G rows are more than one machine should take (50M)'],
    ['engine: auto\nsize: {perRun: 1M}\n', 'duckdb', '1M rows fit one machine'],
    ['engine: auto\nsize: {rows: 20M, perRun: 1M}\n', 'duckdb', '20M rows fit one machine'],
    ['engine: auto\nsize: {rows: 2G, perRun: 1M}\n', 'spark', '2G rows are more than one machine should take (50M)'],
    ['engine: auto\nsize: {rows: 20M, perRun: 60M}\n', 'spark', '60M rows are more than one machine should take (50M)'],
  ])('%j runs on DuckDB locally and on %s on AWS: %s', (head, aws, why) => {
    expect(planOf(product(columns, head + PIPELINE)).engine).toEqual({ local: 'duckdb', aws, why });
  });

  test('another product is read as its published table', () => {
    const reports = 'contracts/marketing/reports.contract.yaml';
    const files = {
      [CONTRACT]: SMALLEST,
      [reports]: SMALLEST.replace('dp_sales_orders', 'dp_marketing_reports').replace('domain: sales', 'domain: marketing').replace('name: orders\n', 'name: reports\n'),
      'contracts/marketing/reports.pipeline.yaml': 'sources: {orders: {product: dp_sales_orders, maxAge: 24h}}\ntables: {orders_copy: {layer: bronze, from: [orders]}, reports: {layer: gold, from: [orders_copy]}}\n',
    };
    const plan = planOf(files, { contract: reports });
    expect(plan.sources).toEqual([{
      kind: 'product', name: 'orders', product: 'dp_sales_orders', major: 1, object: 'orders', database: 'sales', table: 'orders_v1', primaryKey: ['order_id'],
      fields: [{ name: 'order_id', type: 'string' }, { name: 'total_amount', type: 'decimal(12, 2)' }, { name: 'customer_email', type: 'string' }], maxAgeSeconds: 86_400,
    }]);
    expect(tableOf(plan, 'orders_copy').protected).toEqual([{ name: 'customer_email', masking: 'hash' }]);
  });

  test('what another product has published comes whole, and is never merged', () => {
    const reports = 'contracts/marketing/reports.contract.yaml';
    const files = {
      [CONTRACT]: SMALLEST,
      [reports]: SMALLEST.replace('dp_sales_orders', 'dp_marketing_reports').replace('domain: sales', 'domain: marketing').replace('name: orders\n', 'name: reports\n'),
      'contracts/marketing/reports.pipeline.yaml': 'sources: {orders: {product: dp_sales_orders}}\ntables: {orders_copy: {layer: bronze, from: [orders], rules: [{upsert: [order_id]}]}, reports: {layer: gold, from: [orders_copy]}}\nschedule: {delta: rate(1 hour)}\n',
    };
    expect(planOf(files, { contract: reports }).tables.map(({ name, incremental }) => [name, incremental])).toEqual([['orders_copy', false], ['reports', false]]);
  });
});

describe('protected columns', () => {
  const columns = `${KEY}\n- {name: mail, logicalType: string, classification: confidential}`;
  const through = (rules: string, more = ''): Plan => planOf(product(columns, `sources: {orders_in: {files: {format: csv}, columns: {order_id: string, address: string, host: string}}}
tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders_clean: {layer: silver, from: [orders_raw], rules: [${rules}]}
  orders: {layer: gold, from: [orders_clean]}
${more}`));
  const names = (plan: Plan, table: string): string[] => tableOf(plan, table).protected.map(({ name }) => name);

  test('are followed back through renames', () => {
    const plan = through('{rename: {address: mail}}');
    expect(names(plan, 'orders_raw')).toEqual(['address']);
    expect(names(plan, 'orders_clean')).toEqual(['address', 'mail']);
  });

  test('are followed back through expressions, but not into quoted text and functions', () => {
    expect(names(through('{derive: {mail: "concat(address, \'host\', upper(`host`))"}}'), 'orders_raw').sort()).toEqual(['address', 'host']);
  });

  test('taint what is made of them further on', () => {
    const compiled = compile(product(`${KEY}\n- {name: mail, logicalType: string, classification: confidential}\n- {name: copy, logicalType: string}`, `sources: {orders_in: {files: {format: csv}, columns: {order_id: string, mail: string}}}
tables:
  orders_raw: {layer: bronze, from: [orders_in], rules: [{derive: {copy: lower(mail)}}]}
  orders: {layer: gold, from: [orders_raw]}
`));
    expect(compiled.ok && tableOf(compiled.plan, 'orders_raw').protected.map(({ name }) => name)).toEqual(['copy', 'mail']);
    expect(compiled.ok && compiled.warnings.map(({ id }) => id)).toEqual(['pipeline/exposed-column']);
  });

  test('published as they are stay masked in the quarantine', () => {
    const contract = SMALLEST.replace('value: hash', 'value: none');
    const { columns: promised, protected: guarded } = tableOf(planOf({ [CONTRACT]: contract }), 'orders');
    expect(promised!.find(({ name }) => name === 'customer_email')).toMatchObject({ masking: 'none' });
    expect(guarded).toEqual([{ name: 'customer_email', masking: 'hash' }]);
  });

  test('a count of them gives nothing away', () => {
    const compiled = compile(product(`${KEY}\n- {name: n, logicalType: integer}\n- {name: mail, logicalType: string, classification: confidential}`, `sources: {orders_in: {files: {format: csv}, columns: {order_id: string, mail: string}}}
tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw], rules: [{aggregate: {by: [order_id], measures: {n: count(mail), mail: max(mail)}}}]}
`));
    expect(compiled.ok && compiled.warnings).toEqual([]);
  });

  test('are followed through SQL by its lineage', () => {
    const pipeline = `sources: {orders_in: {files: {format: csv}, columns: {order_id: string, address: string}}}
tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw], sql: "SELECT order_id, address AS mail FROM orders_raw"}
`;
    const answer = { columns: ['order_id', 'mail'], lineage: { order_id: ['orders_raw.order_id'], mail: ['orders_raw.address'] } };
    const plan = planOf(product(columns, pipeline), { answer });
    expect(names(plan, 'orders_raw')).toEqual(['address']);
    expect(names(plan, 'orders')).toEqual(['mail']);
  });

  describe('that are published under another name', () => {
    const plain = `${columns}\n- {name: copy, logicalType: string}`;
    const found = (rules: string, contract = plain): string[] => {
      const compiled = compile(product(contract, `sources: {orders_in: {files: {format: csv}, columns: {order_id: string, mail: string}}}
tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw], rules: [${rules}]}
`));
      return (compiled.ok ? compiled.warnings : compiled.problems).map(({ id }) => id);
    };

    test.each([
      '{derive: {copy: mail}}', '{derive: {copy: " ( `mail` ) "}}', '{derive: {step: mail}}, {rename: {step: copy}}', '{derive: {copy: mail, mail: lower(mail)}}',
    ])('are an error when they are copied as they are: %s', (rules) => {
      expect(found(rules)).toEqual(['pipeline/exposed-copy']);
    });

    test.each(['{derive: {copy: "left(mail, 1)"}}', '{derive: {copy: "mail is not null"}}'])('are a warning when something is made from them: %s', (rules) => {
      expect(found(rules)).toEqual(['pipeline/exposed-column']);
    });

    test('are fine once a rule has masked them, or the copy is classified', () => {
      expect(found('{derive: {copy: mail}}, {hash: [copy]}')).toEqual([]);
      expect(found('{derive: {copy: mail}}', plain.replace('name: copy,', 'name: copy, classification: confidential,'))).toEqual([]);
    });

    test('are a warning where the contract itself says that their values may be seen', () => {
      expect(found('{derive: {copy: mail}}', plain.replace('name: copy,', 'name: copy, customProperties: [{property: mesh.masking, value: none}],'))).toEqual(['pipeline/exposed-column']);
    });

    test('are no error where the protected column is only made from them, with others', () => {
      expect(found('{derive: {copy: order_id, mail: "concat(order_id, mail)"}}')).toEqual(['pipeline/exposed-column', 'pipeline/exposed-column']);
    });

    test.each([
      ['SELECT order_id, mail, mail AS copy FROM orders_raw', ['orders_raw.mail'], 'pipeline/exposed-copy'],
      ['SELECT order_id, mail, lower(mail) AS copy FROM orders_raw', [], 'pipeline/exposed-column'],
    ])('are followed through a query: %s', (sql, copy, id) => {
      const pipeline = `sources: {orders_in: {files: {format: csv}, columns: {order_id: string, mail: string}}}
tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw], sql: "${sql}"}
`;
      const answer = { columns: ['order_id', 'mail', 'copy'], lineage: { order_id: ['orders_raw.order_id'], mail: ['orders_raw.mail'], copy: ['orders_raw.mail'] }, plain: { order_id: ['orders_raw.order_id'], mail: ['orders_raw.mail'], copy } };
      const compiled = compile(product(plain, pipeline), { answer });
      expect((compiled.ok ? compiled.warnings : compiled.problems).map((problem) => problem.id)).toEqual([id]);
    });
  });
});

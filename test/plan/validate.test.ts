import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Problem } from '../../lib/contract/problem';
import { PythonSqlChecker } from '../../lib/plan/sql/python-sql-checker';
import { validatePaths } from '../../lib/plan/validate';
import { folderWith, MESH, PIPELINE, problemsIn, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

const CONTRACT = 'contracts/sales/orders.contract.yaml';
const PIPE = 'contracts/sales/orders.pipeline.yaml';

/** Another product of the same shape. */
function other(domain: string, entity: string): string {
  return SMALLEST.replace('dp_sales_orders', `dp_${domain}_${entity}`).replace('domain: sales', `domain: ${domain}`).replace('name: orders\n', `name: ${entity}\n`);
}

function short(problems: readonly Problem[]): string[] {
  return problems.map(({ id, file, line, column }) => `${id} ${file}:${line}:${column}`);
}

afterAll(removeFolders);

describe('validating', () => {
  test('the example of two domains and two products finds nothing', () => {
    const mesh = MESH.replace(/domains: .*/, 'domains: {marketing: {account: "444444444444", owner: reach@shoply.example, costCentre: CC-2}, sales: {account: "222222222222", owner: shop@shoply.example, costCentre: CC-1}}');
    const root = folderWith({
      'mesh.yaml': mesh, [CONTRACT]: SMALLEST, [PIPE]: PIPELINE, 'contracts/marketing/reach.contract.yaml': other('marketing', 'reach').replace('value: hash', 'value: none'),
      'contracts/marketing/reach.pipeline.yaml': 'sources: {orders: {product: dp_sales_orders}}\ntables: {orders_copy: {layer: bronze, from: [orders]}, reach: {layer: gold, from: [orders_copy]}}\n',
    });
    const { ok, files } = validatePaths([], { cwd: root, sqlChecker: new TrustingChecker() });
    expect(ok).toBe(true);
    expect(files.map(({ file }) => file)).toEqual([
      'contracts/marketing/reach.contract.yaml', 'contracts/marketing/reach.pipeline.yaml', CONTRACT, PIPE, 'mesh.yaml',
    ]);
    expect(files.flatMap(({ problems }) => problems)).toEqual([]);
  });

  test('says everything that is wrong in all files at once, in the order of each file', () => {
    const root = folderWith({
      [CONTRACT]: SMALLEST.replace('draft', 'live').replace('version: 1.0.0', 'version: one').replace('unit: h', 'unit: fortnights'),
      [PIPE]: PIPELINE.replace('from: [orders_raw]', 'from: [orders_row]').replace('format: csv', 'format: csb'),
      'contracts/sales/orders.tests.yaml': '- {name: a}\n',
    });
    const found = short(problemsIn(root));
    expect(found).toEqual([
      `lint/version ${CONTRACT}:4:10`, `lint/unknown-status ${CONTRACT}:5:9`, `lint/sla-value ${CONTRACT}:15:55`,
      `pipeline/enum ${PIPE}:2:31`,
      'tests/missing contracts/sales/orders.tests.yaml:1:3', 'tests/missing contracts/sales/orders.tests.yaml:1:3',
    ]);
  });

  test('what is wrong beside fields that the standard refuses is said with them, and nothing that only their absence brings', () => {
    const root = folderWith({
      [CONTRACT]: SMALLEST.replace('status: draft', 'status: live').replace('unit: h', 'unit: fortnights')
        .replace('primaryKey: true', 'primaryKey: yes, requierd: true').replace('decimal(12,2)', 'decimal(99,2)').replace('classification: confidential', 'classification: topsecret, tags: [1]'),
    });
    expect(short(problemsIn(root))).toEqual([
      `lint/unknown-status ${CONTRACT}:5:9`, `odcs/type ${CONTRACT}:12:59`, `odcs/unknown-field ${CONTRACT}:12:64`, `lint/impossible-type ${CONTRACT}:13:65`,
      `odcs/type ${CONTRACT}:14:87`, `lint/sla-value ${CONTRACT}:15:55`,
    ]);
  });

  test('a pipeline is judged even where its contract is broken', () => {
    const root = folderWith({ [CONTRACT]: 'kind: DataContract\n', [PIPE]: PIPELINE.replace('"decimal(12,2)"', 'decimla') });
    expect(problemsIn(root).map(({ id }) => id)).toContain('pipeline/data-type');
  });

  test('a value that fills nulls is one that its column holds, to the last digit', () => {
    const types = 'i: int, l: bigint, m: "decimal(5,2)", t: "decimal(9,7)", d: double, s: string, f: boolean, a: date';
    const fills = (values: string): string[] => {
      const pipeline = `sources: {orders_in: {files: {format: csv, path: landing/}, columns: {order_id: string, total_amount: "decimal(12,2)", customer_email: string, ${types}}}}
tables: {orders_raw: {layer: bronze, from: [orders_in], rules: [{fillNull: {${values}}}]}, orders: {layer: gold, from: [orders_raw]}}\n`;
      return problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline })).map(({ id, path: at }) => `${id} ${at.split('.').at(-1)}`);
    };
    expect(fills('i: -2147483648, l: 3000000000, m: 999.9, t: 0.0000001, d: 1.0e+300, s: 1, f: true, a: 2024-01-31')).toEqual([]);
    expect(fills('i: 0, m: "-0999.90", t: "0.1234567000", d: "0.1"')).toEqual([]);
    for (const wrong of ['i: 1.5', 'i: 2147483648', 'l: 0.1', 'm: 1.005', 'm: 1000', 'm: "1.005"', 'm: "1000"', 't: 0.00000001', 't: 1.0e+21', 'd: 1d', 'f: yes', 'a: today']) {
      expect({ wrong, found: fills(wrong) }).toEqual({ wrong, found: [`pipeline/column-type ${wrong.charAt(0)}`] });
    }
  });

  test.each(['orders.pipeline.yaml', 'orders.tests.yaml', 'orders.signoff.yaml'])('the file %s brings its contract along', (name) => {
    const root = folderWith({ [CONTRACT]: SMALLEST, [PIPE]: PIPELINE, 'contracts/sales/orders.tests.yaml': '- {name: a, given: {orders_in: []}, expect: {orders: []}}\n', 'contracts/sales/orders.signoff.yaml': 'x: 1\n' });
    const { files } = validatePaths([`contracts/sales/${name}`], { cwd: root, sqlChecker: new TrustingChecker() });
    expect(files.map(({ file }) => path.basename(file))).toEqual(['orders.contract.yaml', 'orders.pipeline.yaml', 'orders.signoff.yaml', 'orders.tests.yaml']);
  });

  test('what a contract is judged by, mesh.yaml and the vocabulary, is judged with it', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST, 'mesh.yaml': MESH.replace('name:', 'nmae:'), 'contracts/vocabulary.yaml': 'terms: {Order: {definition: What was asked for.}, Purchase: {definition: What was paid., synonyms: [order]}}\n' });
    const { files } = validatePaths([CONTRACT], { cwd: root });
    expect(files.filter(({ ok }) => !ok).map(({ file }) => file)).toEqual(['contracts/vocabulary.yaml', 'mesh.yaml']);
  });

  test('files are named from where the person stands', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST.replace('draft', 'live') });
    const { files } = validatePaths(['orders.contract.yaml'], { cwd: path.join(root, 'contracts', 'sales') });
    expect(files.flatMap(({ problems }) => problems.map(({ file }) => file))).toEqual(['orders.contract.yaml']);
  });

  test.each(['nothing.contract.yaml', 'nowhere/'])('a path that does not exist (%s) is a problem, not a crash', (given) => {
    const root = folderWith({ [CONTRACT]: SMALLEST });
    const { ok, files } = validatePaths([given], { cwd: root });
    expect(ok).toBe(false);
    expect(files.flatMap(({ problems }) => problems.map(({ id }) => id))).toEqual(['yaml/not-found']);
  });

  test.each([['dp_sales_', 'dp_sales_orders'], ['sales', 'dp_sales_orders'], ['Sales-Orders', 'dp_sales_orders']])('the id %s is refused with one that says the entity', (id, offered) => {
    const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST.replace('id: dp_sales_orders', `id: ${id}`) }));
    expect(found.map((problem) => [problem.id, problem.remedy])).toEqual([['lint/product-id', `write \`id: ${offered}\``]]);
  });

  test('a union that lists the input its rules begin with is told so at the rule, and nothing else', () => {
    const columns = '{order_id: string, total_amount: "decimal(12,2)", customer_email: string}';
    const pipeline = `sources:
  web: {files: {format: csv, path: web/}, columns: ${columns}}
  shop: {files: {format: csv, path: shop/}, columns: ${columns}}
tables:
  web_raw: {layer: bronze, from: [web]}
  shop_raw: {layer: bronze, from: [shop]}
  orders: {layer: gold, from: [web_raw, shop_raw], rules: [{union: [web_raw, shop_raw]}]}
`;
    const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline }));
    expect(short(found)).toEqual([`pipeline/several-inputs ${PIPE}:7:69`]);
    expect(found[0]).toMatchObject({ path: 'tables.orders.rules[0].union[0]', message: 'the rules begin with `web_raw`, so its rows are already there', remedy: 'leave it out: `union: [shop_raw]`' });
    expect(problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline.replace('union: [web_raw, shop_raw]', 'union: [shop_raw]') }))).toEqual([]);
  });

  test('a table that a full run would leave as it was is refused where it says so', () => {
    const pipeline = (refreshOn: string): string => PIPELINE.replace('from: [orders_raw]', `from: [orders_raw], refreshOn: ${refreshOn}`);
    const found = (refreshOn: string): readonly Problem[] => problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline(refreshOn) }));
    expect(found('[full]')).toEqual([]);
    expect(found('[delta, full]')).toEqual([]);
    expect(found('[delta]')).toMatchObject([{ id: 'pipeline/refresh', severity: 'error', path: 'tables.orders.refreshOn', remedy: 'add `full`, or remove `refreshOn` for a table that every run rebuilds' }]);
  });

  test('a file whose name says another major version than its contract is warned about', () => {
    const named = (file: string, version: string): string[] => short(problemsIn(folderWith({ [`contracts/sales/${file}`]: SMALLEST.replace('1.0.0', version) })));
    expect(named('orders.v2.contract.yaml', '3.0.0')).toEqual(['lint/file-version contracts/sales/orders.v2.contract.yaml:4:10']);
    expect(named('orders.v2.contract.yaml', '2.1.0')).toEqual([]);
    expect(named('orders.contract.yaml', '3.0.0')).toEqual([]);
    expect(named('dev2.contract.yaml', '3.0.0')).toEqual([]);
  });

  test('warnings do not fail', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST.replace(', primaryKey: true', '') });
    const { ok, files } = validatePaths([], { cwd: root });
    expect([ok, files.flatMap(({ problems }) => problems.map(({ id, severity }) => [id, severity]))]).toEqual([true, [['lint/missing-primary-key', 'warning']]]);
  });
});

describe('between products', () => {
  test('two contracts of one major version are found', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST, 'contracts/sales/more.contract.yaml': SMALLEST.replace('1.0.0', '1.2.0') });
    expect(short(problemsIn(root))).toEqual([`mesh/duplicate-product ${CONTRACT}:3:5`]);
  });

  test('two products of a domain that would publish one table are found, whatever its case, with both files', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST, 'contracts/sales/returns.contract.yaml': SMALLEST.replace('dp_sales_orders', 'dp_sales_returns') });
    const found = problemsIn(root);
    expect(short(found)).toEqual(['mesh/duplicate-table contracts/sales/returns.contract.yaml:9:11']);
    expect(found[0].message).toContain(CONTRACT);
    const folded = SMALLEST.replace('dp_sales_orders', 'dp_sales_returns').replace('name: orders\n', 'name: Orders\n');
    expect(problemsIn(folderWith({ [CONTRACT]: SMALLEST, 'contracts/sales/returns.contract.yaml': folded })).map(({ id }) => id)).toContain('mesh/duplicate-table');
  });

  test('one name of a table in two domains or two major versions is no conflict', () => {
    const elsewhere = SMALLEST.replace('dp_sales_orders', 'dp_web_orders').replace('domain: sales', 'domain: web');
    const newer = SMALLEST.replace('dp_sales_orders', 'dp_sales_returns').replace('1.0.0', '2.0.0');
    expect(problemsIn(folderWith({ [CONTRACT]: SMALLEST, 'contracts/web/orders.contract.yaml': elsewhere, 'contracts/sales/returns.contract.yaml': newer }))).toEqual([]);
  });

  test('two major versions live side by side', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST, 'contracts/sales/orders.v2.contract.yaml': SMALLEST.replace('1.0.0', '2.0.0') });
    expect(problemsIn(root)).toEqual([]);
  });

  test('one id in two domains is found, since names would be the same', () => {
    const root = folderWith({ 'contracts/a/b_c.contract.yaml': other('a', 'b_c'), 'contracts/a_b/c.contract.yaml': other('a_b', 'c') });
    expect(problemsIn(root).map(({ id }) => id)).toEqual(['mesh/duplicate-product']);
  });

  test.each([['hash', ['pipeline/masked-twice contracts/marketing/reach.pipeline.yaml:2:48']], ['none', []], ['redact', []]])('a column that comes masked and is published with masking %s', (masking, expected) => {
    const root = folderWith({
      [CONTRACT]: SMALLEST, [PIPE]: PIPELINE, 'contracts/marketing/reach.contract.yaml': other('marketing', 'reach').replace('value: hash', `value: ${masking}`),
      'contracts/marketing/reach.pipeline.yaml': 'sources: {orders: {product: dp_sales_orders}}\ntables: {raw: {layer: bronze, from: [orders]}, reach: {layer: gold, from: [raw]}}\n',
    });
    expect(short(problemsIn(root)).filter((one) => one.includes('masked'))).toEqual(expected);
  });

  test('products that read each other in a circle are found', () => {
    const reads = (product: string, table: string): string => `sources: {theirs: {product: ${product}}}\ntables: {raw: {layer: bronze, from: [theirs]}, ${table}: {layer: gold, from: [raw]}}\n`;
    const root = folderWith({
      'contracts/sales/a.contract.yaml': other('sales', 'a'), 'contracts/sales/a.pipeline.yaml': reads('dp_sales_b', 'a'),
      'contracts/sales/b.contract.yaml': other('sales', 'b'), 'contracts/sales/b.pipeline.yaml': reads('dp_sales_a', 'b'),
    });
    expect(short(problemsIn(root))).toContain('pipeline/product-cycle contracts/sales/a.pipeline.yaml:1:29');
  });

  test.each([
    ['product: dp_sales_order', 'did you mean `dp_sales_orders`?'],
    ['product: dp_sales_orders, version: 3', undefined],
    ['product: dp_sales_orders, object: order', 'did you mean `orders`?'],
  ])('a source {%s} that does not exist is found', (source, remedy) => {
    const root = folderWith({ [CONTRACT]: SMALLEST, 'contracts/sales/a.contract.yaml': other('sales', 'a'), 'contracts/sales/a.pipeline.yaml': `sources: {theirs: {${source}}}\ntables: {raw: {layer: bronze, from: [theirs]}, a: {layer: gold, from: [raw]}}\n` });
    const found = problemsIn(root).filter(({ id }) => id === 'pipeline/unknown-product');
    expect(found).toHaveLength(1);
    if (remedy !== undefined) expect(found[0].remedy).toBe(remedy);
  });
});

test('a source that is called like a table of the contract is one problem, and it is the source that gives way', () => {
  const pipeline = PIPELINE.replaceAll('orders_in', 'orders');
  const problems = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline }));
  expect(problems).toMatchObject([{ id: 'pipeline/name-taken', received: 'orders', remedy: 'the contract names the table: call the source `orders_in`' }]);
});

describe('paths that a pipeline names', () => {
  const withSql = (sql: string): string => PIPELINE.replace('from: [orders_raw]}', `from: [orders_raw], sql: ${JSON.stringify(sql)}}`);
  const withSample = (sample: string): string => PIPELINE.replace('landing/orders/}', `landing/orders/}, sample: ${JSON.stringify(sample)}`);

  test.each(['../../../etc/passwd.sql', '/etc/passwd.sql', 'sql/../../../../x.sql', 's3://bucket/x.sql', '..\\x.sql'])('SQL at %s is refused', (sql) => {
    const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSql(sql) }));
    expect(found.map(({ id }) => id)).toEqual(['pipeline/path']);
  });

  test.each([
    ['../../../../../../etc/passwd', 'pipeline/path', 'the path leads out of the mesh'],
    ['/etc/passwd', 'pipeline/path', 'the path leads out of the mesh'],
    ['..', 'pipeline/file', 'this is a directory'],
    ['sql/orders', 'pipeline/file', 'there is no such file'],
    ['sql/secret.txt', 'pipeline/file', 'the name of an SQL file ends in .sql'],
  ])('SQL at %s is a path that is refused, and no text of a query', (sql, id, message) => {
    const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSql(sql), 'contracts/sales/sql/secret.txt': 'SELECT 1 AS a' }));
    expect(found.map((problem) => [problem.id, problem.message])).toEqual([[id, message]]);
  });

  test.each(['../../../etc/passwd', '/etc/passwd', '~root/../../../../etc/passwd'])('a sample at %s is refused', (sample) => {
    const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSample(sample) }));
    expect(found.map(({ id }) => id)).toEqual(['pipeline/path']);
  });

  test('a symbolic link out of the mesh is refused', () => {
    const outside = folderWith({ 'secret.sql': 'SELECT 1 AS a' });
    const root = folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSql('sql/x.sql'), 'contracts/sales/sql/keep': '' });
    fs.symlinkSync(path.join(outside, 'secret.sql'), path.join(root, 'contracts/sales/sql/x.sql'));
    expect(problemsIn(root).map(({ id, message }) => [id, message])).toEqual([['pipeline/path', 'the path leads out of the mesh']]);
  });

  test('a link that leads back to itself is a problem, not a hang', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSql('x.sql') });
    fs.symlinkSync('x.sql', path.join(root, 'contracts/sales/x.sql'));
    expect(problemsIn(root).map(({ id }) => id)).toEqual(['pipeline/file']);
  });

  test.each([
    ['missing', undefined, 'there is no such file'],
    ['not UTF-8', Buffer.from([0x53, 0xff, 0xfe]), 'the file is not in UTF-8'],
    ['binary', Buffer.from('SELECT \0'), 'the file is not text: it has a NUL in it'],
    ['too large', Buffer.alloc(1_100_000, 'a'), 'the file is too large for a query: 1.0 MB'],
    ['empty', Buffer.from('  \n'), 'there is no query'],
  ])('a SQL file that is %s is refused', (_, content, message) => {
    const root = folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSql('q.sql'), ...(content === undefined ? {} : { 'contracts/sales/q.sql': content }) });
    expect(problemsIn(root).map((problem) => problem.message)).toEqual([message]);
  });

  test('a SQL path that is a folder is refused', () => {
    const root = folderWith({ [CONTRACT]: SMALLEST, [PIPE]: withSql('q.sql'), 'contracts/sales/q.sql/inside': '' });
    expect(problemsIn(root).map(({ message }) => message)).toEqual(['this is a directory']);
  });
});

describe('SQL', () => {
  const query = (sql: string): Record<string, string> => ({ [CONTRACT]: SMALLEST, [PIPE]: PIPELINE.replace('from: [orders_raw]}', 'from: [orders_raw], sql: q.sql}'), 'contracts/sales/q.sql': sql });
  const checker = (): PythonSqlChecker => new PythonSqlChecker({ root: folderWith({}), env: process.env });

  test('of all products is checked in one call', () => {
    const sqlChecker = new TrustingChecker();
    const sql = PIPELINE.replace('from: [orders_raw]}', 'from: [orders_raw], sql: SELECT * FROM orders_raw}');
    const files = { [CONTRACT]: SMALLEST, [PIPE]: sql, 'contracts/sales/a.contract.yaml': other('sales', 'a'), 'contracts/sales/a.pipeline.yaml': sql.replace('  orders:', '  a:') };
    problemsIn(folderWith(files), { sqlChecker });
    expect(sqlChecker.calls).toHaveLength(1);
    expect(sqlChecker.calls[0]).toHaveLength(2);
  });

  test('is not asked about where there is none', () => {
    const sqlChecker = new TrustingChecker();
    problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: PIPELINE }), { sqlChecker });
    expect(sqlChecker.calls).toEqual([]);
  });

  test('that names an unknown column is found in its own file, at its place', () => {
    const found = problemsIn(folderWith(query('SELECT order_id, total_amount,\n  customer_mail AS customer_email\nFROM orders_raw\n')), { sqlChecker: checker() });
    expect(short(found)).toEqual(['pipeline/sql contracts/sales/q.sql:2:3']);
    expect(found[0].remedy).toContain('customer_email');
  });

  test('that reads a table outside its pipeline is an error', () => {
    const found = problemsIn(folderWith(query('SELECT order_id, total_amount, customer_email FROM orders_raw JOIN hr.salaries USING (order_id)')), { sqlChecker: checker() });
    expect(found.map(({ id, severity }) => [id, severity])).toContainEqual(['pipeline/sql', 'error']);
  });

  test('that reads a table of the pipeline which `from` does not name is an error', () => {
    const pipeline = PIPELINE.replace('  orders:', '  others: {layer: silver, from: [orders_raw]}\n  orders:').replace('from: [orders_raw]}\n', 'from: [orders_raw]}\n');
    const files = { ...query('SELECT * FROM others'), [PIPE]: pipeline.replace(/orders: \{layer: gold, from: \[orders_raw\]\}/, 'orders: {layer: gold, from: [orders_raw], sql: q.sql}') };
    expect(problemsIn(folderWith(files), { sqlChecker: checker() }).map(({ id }) => id)).toContain('pipeline/sql');
  });

  test.each(['filter: "sum(total_amount) > 3"', 'derive: {total: max(total_amount)}', 'derive: {nth: row_number() OVER (ORDER BY order_id)}'])(
    'of a rule for single rows does not look at others: %s', (rule) => {
      const pipeline = PIPELINE.replace('from: [orders_raw]}', `from: [orders_raw], rules: [{${rule}}]}`);
      const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline }), { sqlChecker: checker() });
      expect(found.map(({ id, severity }) => [id, severity])).toEqual([['pipeline/sql', 'error']]);
      expect(found[0].remedy).toBeTruthy();
    });

  test('of a measure looks at many rows', () => {
    const pipeline = PIPELINE.replace(/tables:[\s\S]*/, `tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  orders: {layer: gold, from: [orders_raw], rules: [{aggregate: {by: [order_id, customer_email], measures: {total_amount: sum(total_amount)}}}]}
`);
    expect(problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline }), { sqlChecker: checker() }).map(({ id }) => id)).not.toContain('pipeline/sql');
  });

  test('knows the columns that another query makes', () => {
    const pipeline = PIPELINE.replace(/tables:[\s\S]*/, `tables:
  orders_raw: {layer: bronze, from: [orders_in]}
  sums: {layer: silver, from: [orders_raw], sql: "SELECT order_id, customer_email, sum(total_amount) AS total FROM orders_raw GROUP BY order_id, customer_email"}
  orders: {layer: gold, from: [sums], sql: "SELECT order_id, customer_email, totl AS total_amount FROM sums"}
`);
    const found = problemsIn(folderWith({ [CONTRACT]: SMALLEST, [PIPE]: pipeline }), { sqlChecker: checker() });
    expect(found.map(({ id, message, remedy }) => [id, message, remedy])).toEqual([['pipeline/sql', '`sums` has no column `totl`', 'did you mean `total`?']]);
  });

  test('that lacks a promised column is found', () => {
    const found = problemsIn(folderWith(query('SELECT order_id, total_amount FROM orders_raw')), { sqlChecker: checker() });
    expect(found.map(({ id, message }) => [id, message])).toEqual([['pipeline/missing-column', 'the contract promises `orders.customer_email`, but the pipeline does not make it']]);
  });

  test('of a contract is checked too', () => {
    const contract = SMALLEST.replace('slaProperties', '    quality: [{type: sql, query: "SELECT count(*) FROM ${table} WHERE order_di IS NULL", mustBe: 0}]\nslaProperties');
    const found = problemsIn(folderWith({ [CONTRACT]: contract }), { sqlChecker: checker() });
    expect(short(found)).toEqual([`lint/sql ${CONTRACT}:15:34`]);
  });

  test('that was checked before is not checked again, and needs no Python', () => {
    const root = folderWith(query('SELECT order_id, total_amount, customer_email FROM orders_raw'));
    expect(problemsIn(root, { sqlChecker: new PythonSqlChecker({ root, env: process.env }) })).toEqual([]);
    expect(fs.readdirSync(path.join(root, '.mesh/cache/sql')).length).toBeGreaterThan(0);
    expect(problemsIn(root, { sqlChecker: new PythonSqlChecker({ root, env: { MESH_PYTHON: '/nowhere/python' } }) })).toEqual([]);
  });

  describe('without Python', () => {
    const unchecked = (contract: string): Problem[] => {
      const root = folderWith({ ...query('SELECT order_id, total_amount, customer_email FROM orders_raw'), [CONTRACT]: contract });
      return problemsIn(root, { sqlChecker: new PythonSqlChecker({ root, env: { MESH_PYTHON: '/nowhere/python' } }) });
    };

    test('is a warning that says how to get it', () => {
      const found = unchecked(SMALLEST.replace(/, classification: confidential, customProperties: .*}]/, ''));
      expect(found.map(({ id, severity }) => [id, severity])).toEqual([['pipeline/sql-unchecked', 'warning']]);
      expect(found[0].remedy).toMatch(/Python/);
    });

    test('is an error where protected columns come to it: nobody has followed them', () => {
      expect(unchecked(SMALLEST).map(({ id, severity }) => [id, severity])).toEqual([['pipeline/sql-unchecked', 'warning'], ['pipeline/untold-origin', 'error']]);
    });
  });

  test('survives a cache that was cut short', () => {
    const root = folderWith(query('SELECT order_id, total_amount, customer_email FROM orders_raw'));
    const sqlChecker = new PythonSqlChecker({ root, env: process.env });
    problemsIn(root, { sqlChecker });
    const folder = path.join(root, '.mesh/cache/sql');
    for (const name of fs.readdirSync(folder)) fs.writeFileSync(path.join(folder, name), '{"ok":');
    expect(problemsIn(root, { sqlChecker })).toEqual([]);
  });
});

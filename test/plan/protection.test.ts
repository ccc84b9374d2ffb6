import * as path from 'node:path';
import { type Problem } from '../../lib/contract/problem';
import { compileProduct, type Compiled } from '../../lib/plan/compile-product';
import { PythonSqlChecker } from '../../lib/plan/sql/python-sql-checker';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, MESH, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

afterAll(removeFolders);

const PLACE = 'contracts/sales/orders';
const HASHED = 'classification: confidential, customProperties: [{property: mesh.masking, value: hash}]';
const KEY = '{name: order_id, logicalType: string, primaryKey: true}';
const EMAIL = `{name: customer_email, logicalType: string, ${HASHED}}`;
const CONTACT = '{name: contact, logicalType: string}';

interface Product {
  readonly columns?: readonly string[];
  readonly sources?: string;
  readonly tables: string;
  readonly more?: string;
  readonly mesh?: string;
}

/** Of real SQL, as the jobs' own checker knows it; what it answers is kept for all tests. */
const cached = folderWith({});

function compile({ columns = [KEY, EMAIL, CONTACT], sources = UNDECLARED, tables, more = '', mesh = MESH }: Product): Compiled {
  const contract = SMALLEST.replace(/schema:[\s\S]*?slaProperties/, `schema:\n  - name: orders\n    properties:\n${columns.map((each) => `      - ${each}\n`).join('')}${more}slaProperties`);
  const root = folderWith({ 'mesh.yaml': mesh, [`${PLACE}.contract.yaml`]: contract, [`${PLACE}.pipeline.yaml`]: `${sources}tables:\n${tables}` });
  const sqlChecker = new PythonSqlChecker({ root: cached, env: process.env });
  return compileProduct(new Workspace(root, root, { sqlChecker }), path.join(root, `${PLACE}.contract.yaml`));
}

const UNDECLARED = `sources:
  shop: {files: {format: csv, path: landing/shop/}}
  crm: {files: {format: csv, path: landing/crm/}}
`;
const DECLARED = `sources:
  shop: {files: {format: csv, path: landing/shop/}, columns: {order_id: string, customer_id: string}}
  crm: {files: {format: csv, path: landing/crm/}, columns: {customer_id: string, email: string, person: "struct<email:string>"}}
`;

function joined(sql: string): string {
  return `  orders_raw: {layer: bronze, from: [shop]}\n  customers_raw: {layer: bronze, from: [crm]}\n  orders: {layer: gold, from: [orders_raw, customers_raw], sql: ${JSON.stringify(sql)}}\n`;
}

function problems(compiled: Compiled): readonly Problem[] {
  return (compiled.ok ? compiled.warnings : compiled.problems).filter(({ id }) => id !== 'mesh/untagged-domain');
}

function found(compiled: Compiled): string[] {
  return problems(compiled).map(({ id, received }) => `${id} ${String(received)}`);
}

function protectedIn(compiled: Compiled, table: string): string[] {
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems, null, 2));
  return compiled.plan.tables.find(({ name }) => name === table)!.protected.map(({ name, masking }) => `${name} ${masking}`);
}

const FROM = 'FROM orders_raw o JOIN customers_raw c ON o.customer_id = c.customer_id';

describe('through SQL over columns that nobody has declared', () => {
  test('a column that says no table is of each that may have it', () => {
    const sql = `SELECT order_id, email AS customer_email ${FROM}`;
    const compiled = compile({ columns: [KEY, EMAIL], tables: joined(sql) });
    expect(found(compiled)).toEqual([]);
    expect([protectedIn(compiled, 'orders_raw'), protectedIn(compiled, 'customers_raw')]).toEqual([['email hash'], ['email hash']]);
  });

  test('a copy under another name is an error that says how to tell more', () => {
    const [problem, ...others] = problems(compile({ tables: joined(`SELECT order_id, email AS customer_email, email AS contact ${FROM}`) }));
    expect(others).toEqual([]);
    expect([problem.id, problem.line, problem.message]).toEqual(['pipeline/exposed-copy', 7, '`contact` of `orders` may be a copy of a protected column, and the contract does not protect it']);
    expect(problem.remedy).toMatch(/^write in the query which table it is of, e.g. `o.order_id`, or declare the `columns:` of the sources/);
  });

  test.each([
    ['(SELECT s.email FROM customers_raw s)', 'copy'], ['(SELECT s.email FROM customers_raw s UNION ALL SELECT order_id FROM orders_raw)', 'copy'],
    ['lower((SELECT s.email FROM customers_raw s))', 'column'], ['(SELECT max(s.email) FROM customers_raw s)', 'column'],
  ])('%s as a value is an exposed %s', (value, what) => {
    expect(found(compile({ sources: DECLARED, tables: joined(`SELECT o.order_id, c.email AS customer_email, ${value} AS contact ${FROM}`) }))).toEqual([`pipeline/exposed-${what} contact`]);
  });

  test.each([
    `SELECT o.order_id, c.email AS customer_email, email AS contact ${FROM}`,
    `SELECT o.order_id, c.email AS customer_email, C.EMAIL AS contact ${FROM}`,
    `SELECT o.order_id, c.person.email AS customer_email, person.email AS contact FROM orders_raw o JOIN customers_raw c ON o.customer_id = c.customer_id`,
    `SELECT o.order_id, q.email AS customer_email, q.mail AS contact FROM orders_raw o JOIN (SELECT *, email AS mail FROM customers_raw) q ON o.customer_id = q.customer_id`,
    `WITH q AS (SELECT email AS m, upper(m) AS n FROM customers_raw) SELECT '1' AS order_id, m AS customer_email, n AS contact FROM q`,
  ])('%s does not hide what it copies', (sql) => {
    expect(found(compile({ tables: joined(sql) })).filter((each) => each.endsWith(' contact'))).toEqual([expect.stringMatching(/^pipeline\/exposed-(copy|column) contact$/)]);
  });

  test('a star passes columns on under their names, and only those', () => {
    const tables = (sql: string): string => `  customers_raw: {layer: bronze, from: [crm]}\n  orders: {layer: gold, from: [customers_raw], sql: ${JSON.stringify(sql)}}\n`;
    const sources = 'sources: {crm: {files: {format: csv}}}\n';
    const plain = compile({ columns: [KEY, EMAIL], sources, tables: tables('SELECT * FROM customers_raw WHERE order_id IS NOT NULL') });
    expect([found(plain), protectedIn(plain, 'customers_raw')]).toEqual([[], ['customer_email hash']]);
    expect(found(compile({ sources, tables: tables('SELECT *, customer_email AS contact FROM customers_raw') }))).toEqual(['pipeline/exposed-copy contact']);
    expect(found(compile({ sources, tables: tables('SELECT *, upper(order_id) AS contact FROM customers_raw') }))).toEqual([]);
  });

  test('that cannot be followed is an error with its line, unless nothing is protected', () => {
    const tables = `  orders_raw: {layer: bronze, from: [shop]}\n  customers_raw: {layer: bronze, from: [crm]}\n  orders:\n    layer: gold\n    from: [orders_raw, customers_raw]\n    sql: SELECT * FROM orders_raw UNION ALL SELECT * FROM customers_raw\n`;
    expect(problems(compile({ columns: [KEY, EMAIL], tables })).map(({ id, line, message, remedy }) => [id, line, message, remedy])).toEqual([[
      'pipeline/untold-origin', 10, 'protected columns reach `orders`, and nobody can tell where they go: it is not known which columns * gives', 'name the columns, or declare the `columns:` of the source',
    ]]);
    expect(found(compile({ columns: [KEY, CONTACT], tables }))).toEqual([]);
  });

  test('that cannot be followed is no error where only a rule behind it masks what comes to it', () => {
    const tables = (mail: string): string => `  a_raw: {layer: bronze, from: [shop]}\n  b_raw: {layer: bronze, from: [crm]}\n  orders: {layer: gold, from: [a_raw, b_raw], sql: SELECT * FROM a_raw UNION ALL SELECT * FROM b_raw, rules: [{hash: [${mail}]}]}\n`;
    expect(found(compile({ columns: [KEY, '{name: mail, logicalType: string}'], tables: tables('mail') }))).toEqual([]);
    expect(found(compile({ columns: [KEY, EMAIL.replace('hash', 'none'), '{name: mail, logicalType: string}'], tables: tables('mail') }))).toEqual([expect.stringMatching(/^pipeline\/untold-origin /)]);
  });
});

describe('through SQL over columns that are declared', () => {
  const sql = (text: string): Compiled => compile({ sources: DECLARED, tables: joined(text) });

  test.each([
    ['in upper case', `SELECT ORDER_ID AS order_id, C.EMAIL AS customer_email, 'x' AS contact FROM ORDERS_RAW O JOIN CUSTOMERS_RAW C ON O.CUSTOMER_ID = C.CUSTOMER_ID`],
    ['in mixed case', `SELECT o.Order_Id AS order_id, Email AS customer_email, 'x' AS contact ${FROM}`],
  ])('%s it is the same column', (_, text) => {
    const compiled = sql(text);
    expect([found(compiled), protectedIn(compiled, 'customers_raw'), protectedIn(compiled, 'orders')]).toEqual([[], ['email hash'], ['customer_email hash']]);
  });

  test.each([
    `SELECT order_id, c.email AS customer_email, c.EMAIL AS contact ${FROM}`,
    `SELECT o.order_id, c.email AS z, concat(z, '') AS contact, z AS customer_email ${FROM}`,
    `SELECT order_id, order_id AS contact, email AS customer_email ${FROM} UNION ALL SELECT upper(email), upper(email), upper(email) ${FROM}`,
  ])('a copy is seen in %s', (text) => {
    expect(found(sql(text))).toContainEqual(expect.stringMatching(/^pipeline\/exposed-(copy|column) contact$/));
  });

  test.each(["concat_ws('|', *)", 'array(*)[1]', 'coalesce(*)', 'concat(c.*)'])('%s is refused', (star) => {
    expect(problems(sql(`SELECT '1' AS order_id, email AS customer_email, ${star} AS contact ${FROM}`)).map(({ message }) => message.replace(/ \(line.*/, ''))).toContain('* is all columns, not a value');
  });

  test('a table that is joined by a protected column is protected too', () => {
    const compiled = compile({
      columns: [KEY, EMAIL], sources: DECLARED.replace('customer_id: string}}', 'customer_id: string, email: string}}'),
      tables: joined('SELECT order_id, email AS customer_email FROM orders_raw JOIN customers_raw USING (email)'),
    });
    expect([protectedIn(compiled, 'orders_raw'), protectedIn(compiled, 'customers_raw')]).toEqual([['email hash'], ['email hash']]);
  });
});

describe('through rules', () => {
  const through = (rules: string, declared = true): Compiled => compile({
    sources: `sources: {shop: {files: {format: csv}${declared ? ', columns: {order_id: string, mail: string}' : ''}}}\n`,
    tables: `  orders_raw: {layer: bronze, from: [shop], rules: [${rules}]}\n  orders: {layer: gold, from: [orders_raw]}\n`,
  });

  test.each([
    '{derive: {contact: mail}}, {rename: {mail: customer_email}}',
    '{aggregate: {by: [order_id], measures: {customer_email: max(mail), contact: "count(*) || max(mail)"}}}',
    `{derive: {customer_email: mail, contact: "concat(mail, array_join(transform(array('a'), mail -> mail), ''))"}}`,
  ])('%s does not hide what it copies', (rules) => {
    expect(found(through(rules))).toEqual([expect.stringMatching(/^pipeline\/exposed-(copy|column) contact$/)]);
  });

  test('capitals make no difference', () => {
    expect(found(through('{derive: {customer_email: mail, contact: MAIL}}', false))).toEqual(['pipeline/exposed-copy contact']);
    expect(found(through('{rename: {Mail: customer_email}}, {derive: {contact: MAIL}}', false))).toEqual([]);
  });

  test('what is made of a column that the same rule makes is made of what that is', () => {
    expect(found(through('{derive: {step: mail, customer_email: mail, contact: step}}', false))).toEqual([expect.stringMatching(/^pipeline\/exposed-(copy|column) contact$/)]);
    expect(protectedIn(compile({
      columns: [KEY, EMAIL], sources: 'sources: {shop: {files: {format: csv}}}\n',
      tables: '  orders_raw: {layer: bronze, from: [shop]}\n  orders: {layer: gold, from: [orders_raw], rules: [{derive: {step: upper(mail), customer_email: step}}]}\n',
    }), 'orders_raw')).toEqual(['mail hash', 'step hash']);
  });

  test('a column that takes the place of a protected one does not unprotect that', () => {
    const compiled = compile({
      columns: [KEY, EMAIL, `{name: mail, logicalType: string, ${HASHED}}`], sources: 'sources: {shop: {files: {format: csv}, columns: {order_id: string, mail: string, other: string}}}\n',
      tables: '  orders_raw: {layer: bronze, from: [shop]}\n  orders: {layer: gold, from: [orders_raw], rules: [{derive: {customer_email: mail, mail: other}}]}\n',
    });
    expect(protectedIn(compiled, 'orders_raw')).toEqual(['mail hash', 'other hash']);
  });
});

test.each([['full', ['pipeline/exposed-copy customer_id']], ['left', []]])('the key of a %s join is a copy of the other one where that comes without a row of its own', (how, problem) => {
  const compiled = compile({
    columns: [KEY, '{name: customer_id, logicalType: string}', EMAIL], sources: DECLARED,
    tables: `  orders_raw: {layer: bronze, from: [shop]}\n  customers_raw: {layer: bronze, from: [crm], rules: [{derive: {customer_email: customer_id}}]}
  orders: {layer: gold, from: [orders_raw, customers_raw], rules: [{join: {with: customers_raw, on: [customer_id], select: [customer_email], how: ${how}}}]}\n`,
  });
  expect(found(compiled)).toEqual(problem);
});

test.each(['semi', 'anti'])('a %s join brings nothing: of the other table the key alone is protected', (how) => {
  const compiled = compile({
    columns: [`{name: customer_id, logicalType: string, primaryKey: true, ${HASHED}}`, EMAIL],
    tables: `  orders_raw: {layer: bronze, from: [shop]}\n  customers_raw: {layer: bronze, from: [crm]}
  orders: {layer: gold, from: [orders_raw, customers_raw], rules: [{join: {with: customers_raw, on: {customer_id: id}, how: ${how}}}]}\n`,
  });
  expect([protectedIn(compiled, 'orders_raw'), protectedIn(compiled, 'customers_raw')]).toEqual([['customer_email hash', 'customer_id hash'], ['id hash']]);
});

describe('where columns are confidential unless the contract says otherwise', () => {
  const strict = MESH.replace('account: "222222222222"', 'account: "222222222222", classification: restricted');
  const columns = ['{name: order_id, logicalType: string, primaryKey: true, classification: internal}', '{name: hired, logicalType: date, classification: internal}'];
  const tables = '  people_raw: {layer: bronze, from: [people], rules: [{cast: {columns: {hired: date, born: date}, onFail: quarantine}}, {rename: {born: born_on}}]}\n  orders: {layer: gold, from: [people_raw]}\n';
  const people = (source: string): Compiled => compile({ mesh: strict, columns, sources: `sources: {people: {files: {format: csv}${source}}}\n`, tables });

  test('source columns that no promised column is made of are hidden', () => {
    const compiled = people(', columns: {order_id: string, ssn: string, born: string, hired: string}');
    expect([found(compiled), protectedIn(compiled, 'people_raw')]).toEqual([[], ['born redact', 'born_on redact', 'ssn redact']]);
  });

  const AGGREGATE = 'rules: [{aggregate: {by: [department], measures: {headcount: count(DISTINCT ssn), mean_salary: avg(salary)}}}]';
  const hr = (how: string, more: readonly string[] = [], mesh = strict): Compiled => compile({
    mesh, columns: ['{name: department, logicalType: string, primaryKey: true, classification: internal}', '{name: headcount, logicalType: integer, classification: internal}', '{name: mean_salary, logicalType: number, classification: internal}', ...more],
    sources: 'sources: {hr: {files: {format: csv}, columns: {department: string, ssn: string, salary: double, born: date}}}\n',
    tables: `  people_raw: {layer: bronze, from: [hr]}\n  orders: {layer: gold, from: [people_raw], ${how}}\n`,
  });

  test.each([
    ['a rule', AGGREGATE],
    ['a query', 'sql: "SELECT department, count(DISTINCT ssn) AS headcount, avg(salary) AS mean_salary FROM people_raw GROUP BY department"'],
    ['a query that calls what it works out by the name of what it is made of', 'sql: "SELECT q.department, q.ssn AS headcount, q.salary AS mean_salary FROM (SELECT department, count(ssn) AS ssn, avg(salary) AS salary FROM (SELECT * FROM people_raw) p GROUP BY department) q"'],
  ])('source columns that are only counted or averaged by %s are hidden, and the results are not', (_, how) => {
    const compiled = hr(how);
    expect([found(compiled), protectedIn(compiled, 'people_raw')]).toEqual([[], ['born redact', 'salary redact', 'ssn redact']]);
    expect(protectedIn(compiled, 'orders').filter((each) => /headcount|mean_salary|department/.test(each))).toEqual([]);
  });

  test('what is made of both a protected column and one of the domain is exposed by the former', () => {
    const born = '{name: born, logicalType: date, classification: confidential}';
    const made = (expression: string): Compiled => hr(`rules: [{aggregate: {by: [department, born], measures: {headcount: count(*), mean_salary: ${expression}}}}]`, [born]);
    expect(found(made('avg(salary)'))).toEqual([]);
    expect(found(made('avg(salary + year(born))'))).toEqual(['pipeline/exposed-column mean_salary']);
  });

  test.each([
    ['a rename', 'rules: [{rename: {ssn: headcount, salary: mean_salary}}]'],
    ['a derived copy', 'rules: [{derive: {headcount: ssn, mean_salary: ( salary )}}]'],
    ['aliases', 'sql: "WITH q AS (SELECT department, ssn AS s, p.salary FROM people_raw p) SELECT department, s AS headcount, salary AS mean_salary FROM q"'],
    ['a rename and what is done to them under their own names', 'rules: [{rename: {ssn: headcount, salary: mean_salary}}, {cast: {headcount: string}}, {trim: [department]}]'],
  ])('source columns that are promised as they are through %s are of the class that the contract says', (_, how) => {
    const compiled = hr(how);
    expect([found(compiled), protectedIn(compiled, 'people_raw')]).toEqual([[], ['born redact']]);
  });

  test('a union promises the columns of every table as they are', () => {
    const compiled = compile({
      mesh: strict, columns, sources: 'sources:\n  here: {files: {format: csv, path: landing/here/}, columns: {order_id: string, hired: date}}\n  there: {files: {format: csv, path: landing/there/}, columns: {order_id: string, since: date, ssn: string}}\n',
      tables: '  here_raw: {layer: bronze, from: [here]}\n  there_raw: {layer: bronze, from: [there]}\n  there_clean: {layer: silver, from: [there_raw], sql: "SELECT order_id, since AS hired FROM there_raw"}\n  orders: {layer: gold, from: [here_raw, there_clean], rules: [{union: [there_clean]}]}\n',
    });
    expect([found(compiled), protectedIn(compiled, 'here_raw'), protectedIn(compiled, 'there_raw'), protectedIn(compiled, 'orders')]).toEqual([[], [], ['ssn redact'], []]);
  });

  test('a column that a rule masks is not promised as it is', () => {
    const compiled = hr('rules: [{rename: {ssn: headcount, salary: mean_salary}}, {hash: [department]}]');
    expect([found(compiled), protectedIn(compiled, 'people_raw')]).toEqual([[], ['born redact', 'department hash']]);
  });

  describe('the key of a join', () => {
    const orders = (how: string, key = 'internal'): Compiled => compile({
      mesh: strict, columns: [
        '{name: order_id, logicalType: string, primaryKey: true, classification: internal}', `{name: customer_id, logicalType: string, classification: ${key}}`, '{name: country, logicalType: string, classification: internal}',
      ],
      sources: `sources:
  shop: {files: {format: csv, path: landing/shop/}, columns: {order_id: string, customer_id: string}}
  crm: {files: {format: csv, path: landing/crm/}, columns: {customer_id: string, country: string}}
`,
      tables: `  orders_raw: {layer: bronze, from: [shop]}\n  customers_raw: {layer: bronze, from: [crm]}\n  orders: {layer: gold, from: [orders_raw, customers_raw], ${how}}\n`,
    });
    const SQL = 'sql: "SELECT order_id, o.customer_id, country FROM orders_raw o LEFT JOIN customers_raw c ON o.customer_id = c.customer_id"';

    test.each([
      ['all columns', 'rules: [{join: {with: customers_raw, on: [customer_id]}}]'], ['some columns', 'rules: [{join: {with: customers_raw, on: [customer_id], select: [country]}}]'], ['SQL', SQL],
    ])('with %s is that of the own table, and the other one stays hidden', (_, how) => {
      const compiled = orders(how);
      expect([found(compiled), protectedIn(compiled, 'orders_raw'), protectedIn(compiled, 'customers_raw'), protectedIn(compiled, 'orders')]).toEqual([[], [], ['customer_id redact'], []]);
    });

    test('may be that of the other table where rows of that table alone come along', () => {
      const compiled = orders('rules: [{join: {with: customers_raw, on: [customer_id], how: full}}]');
      expect([found(compiled), protectedIn(compiled, 'customers_raw')]).toEqual([[], []]);
    });

    test('is protected on both sides where it is promised so', () => {
      const compiled = orders('rules: [{join: {with: customers_raw, on: [customer_id]}}]', 'confidential');
      expect([found(compiled), protectedIn(compiled, 'orders_raw'), protectedIn(compiled, 'customers_raw')]).toEqual([[], ['customer_id hash'], ['customer_id hash']]);
    });
  });

  test('a source says which columns it has', () => {
    expect(problems(people('')).map(({ id, path: at, message }) => [id, at, message])).toEqual([
      ['pipeline/undeclared-columns', 'sources.people', 'columns of the domain are restricted unless the contract says otherwise, but nothing says which columns `people` has'],
    ]);
    expect(found(compile({ columns, sources: 'sources: {people: {files: {format: csv}}}\n', tables }))).toEqual([]);
  });

  test('without a pipeline the contract says it', () => {
    const root = folderWith({ 'mesh.yaml': strict, [`${PLACE}.contract.yaml`]: SMALLEST });
    const compiled = compileProduct(new Workspace(root, root, { sqlChecker: new TrustingChecker() }), path.join(root, `${PLACE}.contract.yaml`));
    expect(compiled.ok || compiled.problems).toBe(true);
  });
});

describe('a table that reads what another publishes masked', () => {
  const more = (masking: string): string => `  - name: customers\n    properties:\n      - {name: customer_email, logicalType: string, primaryKey: true, ${masking}}\n      - {name: n, logicalType: integer}\n`;
  const RULE = 'rules: [{aggregate: {by: [customer_email], measures: {n: count(*)}}}]';
  const QUERY = 'sql: "SELECT customer_email, count(*) AS n FROM orders GROUP BY customer_email"';
  const of = (how: string, masking: string): Compiled => compile({
    columns: [KEY, EMAIL], more: more(masking), sources: 'sources: {shop: {files: {format: csv}, columns: {order_id: string, customer_email: string}}}\n',
    tables: `  orders_raw: {layer: bronze, from: [shop]}\n  orders: {layer: gold, from: [orders_raw]}\n  customers: {layer: gold, from: [orders], ${how}}\n`,
  });
  test.each([['a rule', RULE], ['a query', QUERY]])('through %s would mask it once more, which is an error', (_, how) => {
    const [problem, ...others] = problems(of(how, HASHED));
    expect(others).toEqual([]);
    expect([problem.id, problem.severity, problem.received]).toEqual(['pipeline/masked-input', 'error', 'customer_email']);
    expect(problem.remedy).toBe('read what `orders` is made of, or write `mesh.masking: none` on `customer_email` of `customers` in the contract, since it is masked already');
  });

  test.each([['a rule', RULE], ['a query', QUERY]])('through %s passes it on where the contract says that it is not masked', (_, how) => {
    expect(found(of(how, 'classification: internal'))).toEqual([]);
    expect(found(of(how, 'classification: confidential, customProperties: [{property: mesh.masking, value: none}]'))).toEqual([]);
  });
});

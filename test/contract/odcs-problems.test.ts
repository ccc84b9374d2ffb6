import { parseContract } from '../../lib/contract/load-contract';
import { type Problem } from '../../lib/contract/problem';

const HEAD = 'apiVersion: v3.1.0\nkind: DataContract\nid: dp_sales_orders\nversion: 1.0.0\nstatus: draft\n';

function problems(text: string): readonly Problem[] {
  const loaded = parseContract(text, 'orders.contract.yaml');
  return loaded.ok ? [] : loaded.problems;
}

function only(text: string): Problem {
  const found = problems(text);
  expect(found).toHaveLength(1);
  return found[0];
}

describe('a problem of a contract says where, what, why and what to do', () => {
  test('a missing field, at what should hold it', () => {
    expect(only('apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\n')).toEqual({
      id: 'odcs/missing', severity: 'error', file: 'orders.contract.yaml', line: 1, column: 1, path: 'status',
      message: '`status` is missing', expected: 'text',
    });
  });

  test('a value of the wrong type', () => {
    expect(only(HEAD.replace('1.0.0', '1.0'))).toEqual({
      id: 'odcs/type', severity: 'error', file: 'orders.contract.yaml', line: 4, column: 10, path: 'version',
      message: '`version` is of the wrong type', received: '1', expected: 'text', remedy: 'put it in quotes',
    });
  });

  test('an unknown field, with the one that was meant', () => {
    expect(only(`${HEAD}slaPropertys: []\n`)).toMatchObject({
      id: 'odcs/unknown-field', line: 6, column: 1, path: 'slaPropertys', remedy: 'did you mean `slaProperties`?',
    });
  });

  test('an unknown value, with the one that was meant', () => {
    expect(only(`${HEAD}servers: [{server: a, type: postgre, host: h, port: 1, database: d, schema: s}]\n`)).toMatchObject({
      id: 'odcs/enum', path: 'servers[0].type', line: 6, column: 29, received: '"postgre"', remedy: 'did you mean `postgres`?',
    });
  });

  test('a name that is not written correctly', () => {
    expect(only(`${HEAD}schema: [{id: "a b", name: a}]\n`)).toMatchObject({
      id: 'odcs/pattern', path: 'schema[0].id', received: '"a b"', expected: 'letters, digits, `-` and `_`',
    });
  });

  test('a number that is too small', () => {
    expect(only(`${HEAD}schema: [{name: a, properties: [{name: b, logicalType: string, logicalTypeOptions: {minLength: -1}}]}]\n`)).toMatchObject({
      id: 'odcs/range', path: 'schema[0].properties[0].logicalTypeOptions.minLength', received: '-1', expected: 'at least 0',
    });
  });

  test('an empty value', () => {
    expect(only(`${HEAD}tags:\n`)).toMatchObject({ id: 'odcs/type', line: 6, path: 'tags', received: 'null', expected: 'a list', remedy: 'give it a value, or remove the line' });
  });

  test('fields where a list belongs', () => {
    expect(only(`${HEAD}roles: {role: reader}\n`)).toMatchObject({ id: 'odcs/type', received: 'fields', expected: 'a list', remedy: 'write a list: start each entry with `- `' });
  });
});

describe('alternatives', () => {
  test('give the problem of the one that was meant', () => {
    expect(problems(`${HEAD}team: {members: [{role: owner}]}\n`).map(({ path }) => path)).toEqual(['team.members[0].username']);
    expect(problems(`${HEAD}team: [{role: owner}]\n`).map(({ path }) => path)).toEqual(['team[0].username']);
  });

  test('are all named where none was meant', () => {
    expect(only(`${HEAD}team: orders\n`)).toMatchObject({ id: 'odcs/type', path: 'team', expected: 'fields or a list' });
    expect(only(`${HEAD}slaProperties: [{property: freshness, value: [6]}]\n`)).toMatchObject({
      path: 'slaProperties[0].value', received: 'a list of 1 entry', expected: 'text or a number or true or false or null',
    });
  });

  test('of a reference name its form', () => {
    expect(only(`${HEAD}schema: [{name: a, properties: [{name: b, logicalType: string, relationships: [{to: customers}]}]}]\n`)).toMatchObject({
      id: 'odcs/pattern', path: 'schema[0].properties[0].relationships[0].to', expected: 'table.column, or section/id/properties/id',
    });
  });

  test('both ends of a foreign key are of one kind', () => {
    expect(only(`${HEAD}schema: [{name: a, relationships: [{from: a.b, to: [c.d]}]}]\n`)).toMatchObject({
      id: 'odcs/type', path: 'schema[0].relationships[0].to', expected: 'text, as `from` is',
    });
  });
});

describe('what depends on other fields', () => {
  const property = (fields: string): string => `${HEAD}schema:\n  - name: orders\n    properties:\n      - {name: a, ${fields}}\n`;
  const rule = (fields: string): string => `${HEAD}schema:\n  - name: orders\n    quality:\n      - {${fields}}\n`;

  test('options are those of the logical type', () => {
    expect(only(property('logicalType: integer, logicalTypeOptions: {minLength: 1}'))).toMatchObject({
      id: 'odcs/unknown-field', path: 'schema[0].properties[0].logicalTypeOptions.minLength', line: 9, column: 62,
    });
  });

  test('options need a logical type', () => {
    expect(only(property('logicalTypeOptions: {minLength: 1}'))).toMatchObject({ id: 'odcs/conflict', expected: 'a `logicalType` beside it' });
    expect(problems(property('logicalTypeOptions: {}'))).toEqual([]);
  });

  test('items belong to arrays', () => {
    expect(only(property('logicalType: string, items: {logicalType: string}'))).toMatchObject({ id: 'odcs/unknown-field', remedy: 'only `logicalType: array` has items' });
  });

  test('3.2 wants a logical type, since without one a column is a map', () => {
    expect(only(property('physicalType: text').replace('v3.1.0', 'v3.2.0'))).toMatchObject({
      id: 'odcs/missing', path: 'schema[0].properties[0].logicalType', message: '`logicalType` is missing',
    });
  });

  test('a metric has an operator', () => {
    expect(only(rule('metric: rowCount'))).toMatchObject({ id: 'odcs/missing', path: 'schema[0].quality[0].mustBe', message: 'the rule has no operator' });
  });

  test('and one only', () => {
    expect(only(rule('metric: rowCount, mustBe: 1, mustBeLessThan: 3'))).toMatchObject({
      id: 'odcs/conflict', path: 'schema[0].quality[0].mustBeLessThan', remedy: 'split it into two rules',
    });
  });

  test('a range has two different numbers', () => {
    expect(only(rule('metric: rowCount, mustBeBetween: [1, 1]'))).toMatchObject({ id: 'odcs/duplicate', expected: 'two different numbers' });
    expect(only(rule('metric: rowCount, mustBeBetween: [1]'))).toMatchObject({ id: 'odcs/range', expected: 'exactly 2 entries' });
  });

  test('`rule` was renamed', () => {
    expect(only(rule('rule: rowCount'))).toMatchObject({ id: 'odcs/unknown-field', remedy: '`rule` is called `metric` since ODCS 3.1' });
  });

  test('a server has the fields of its type', () => {
    const found = problems(`${HEAD}servers: [{server: a, type: s3, bucket: b}]\n`);
    expect(found.map(({ id, path }) => `${id} ${path}`)).toEqual(['odcs/missing servers[0].location', 'odcs/unknown-field servers[0].bucket']);
  });

  test('fields of a later edition say which', () => {
    expect(only(property('logicalType: string, enum: [{value: a}]'))).toMatchObject({ remedy: 'it exists since ODCS 3.2: write `apiVersion: v3.2.0`' });
  });

  test('words of other formats are translated', () => {
    expect(only(`${HEAD}schema: [{name: a, columns: []}]\n`)).toMatchObject({ remedy: 'ODCS calls it `properties`' });
    expect(only(`${HEAD}owner: me\n`)).toMatchObject({ remedy: 'ODCS calls it `team`' });
  });
});

describe('the version of the standard', () => {
  test.each([['3.1.0', 'v3.1.0'], ['v3.1.1', 'v3.1.0'], ['v3.2', 'v3.2.0'], ['v9', 'v3.1.0'], ['v9.0.0', 'v3.1.0'], ['v3', 'v3.1.0'], ['v3.0.3', 'v3.0.2'], ['v3.0', 'v3.0.2']])('%s is refused, and the nearest offered', (written, offered) => {
    expect(problems(HEAD.replace('v3.1.0', written))).toEqual([expect.objectContaining({ id: 'odcs/version', line: 1, column: 13, remedy: `write \`apiVersion: ${offered}\`` })]);
  });

  test('is asked for where it is missing, and the rest is judged all the same', () => {
    const found = problems('kind: DataContrct\nid: a\nversion: 1.0.0\nstatus: draft\n');
    expect(found.map(({ id, path }) => `${id} ${path}`)).toEqual(['odcs/missing apiVersion', 'odcs/enum kind']);
  });

  test('decides which fields there are', () => {
    const v30 = HEAD.replace('v3.1.0', 'v3.0.2');
    expect(problems(`${v30}team: [{username: a}]\n`)).toEqual([]);
    expect(problems(`${v30}team: {members: []}\n`)[0]?.id).toBe('odcs/type');
    expect(problems(`${v30}support: [{channel: a}]\n`)[0]?.path).toBe('support[0].url');
    expect(problems(`${HEAD}support: [{channel: a}]\n`)).toEqual([]);
    expect(problems(HEAD.replace('status: draft\n', '').replace('v3.1.0', 'v3.2.0'))).toEqual([]);
  });
});

test('all problems of a file come at once, in the order of its lines', () => {
  const found = problems(`kind: DataContract\napiVersion: v3.1.0\nversion: 1\nid: 2\nstauts: draft\nschema:\n  - nme: a\n    properties: [{logicalType: strng}]\n`);
  expect(found.map(({ id, path }) => `${id} ${path}`)).toEqual([
    'odcs/missing status', 'odcs/type version', 'odcs/type id', 'odcs/unknown-field stauts',
    'odcs/missing schema[0].name', 'odcs/unknown-field schema[0].nme', 'odcs/missing schema[0].properties[0].name', 'odcs/enum schema[0].properties[0].logicalType',
  ]);
});

test('thousands of problems are cut to what a person can read', () => {
  const found = problems(`${HEAD}${Array.from({ length: 20_000 }, (_, index) => `unknown${index}: 1\n`).join('')}`);
  expect(found).toHaveLength(201);
  expect(found[200]).toMatchObject({ id: 'odcs/more', message: '19800 further problems are not listed' });
});

test('a text that no one could have typed is shortened', () => {
  expect(only(`${HEAD.replace('DataContract', 'x'.repeat(500))}`).received?.length).toBeLessThanOrEqual(60);
});

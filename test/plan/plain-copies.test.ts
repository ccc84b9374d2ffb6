import { bareColumn, copies } from '../../lib/plan/sql/plain-copies';

describe('a copy in SQL', () => {
  test.each([
    'SELECT mail AS status FROM raw',
    'select distinct r.mail status from raw r',
    'SELECT id, `mail` AS `status`, 1 FROM raw',
    'WITH a AS (SELECT mail AS m FROM raw), b AS (SELECT a.m FROM a) SELECT m AS status FROM b',
    'SELECT x.status FROM (SELECT id, mail AS status FROM raw) x',
    'SELECT upper(id), (SELECT max(n) FROM other), MAIL AS Status -- as it is\nFROM raw',
    'SELECT * FROM (SELECT mail AS status FROM raw)',
  ])('is followed: %s', (sql) => {
    expect(copies(sql)('mail', 'status')).toBe(true);
  });

  test.each([
    'SELECT lower(mail) AS status FROM raw',
    'SELECT concat(id, mail) AS status, mail FROM raw',
    "SELECT 'mail AS status' AS a, mail /* mail AS status */ FROM raw",
    'SELECT mail = other AS status FROM raw',
    'SELECT sha2(m, 256) AS status FROM (SELECT mail AS m FROM raw)',
    'SELECT CASE WHEN mail IS NULL THEN 1 END AS status FROM raw',
    '',
    'SELECT ((((',
  ])('is none where something is done to it, or nothing: %s', (sql) => {
    expect(copies(sql)('mail', 'status')).toBe(false);
  });

  test('of all columns keeps their names, a count of rows does not', () => {
    expect(copies('SELECT * FROM raw')('mail', 'mail')).toBe(true);
    expect(copies('SELECT r.*, 1 AS n FROM raw r')('mail', 'mail')).toBe(true);
    expect(copies('SELECT count(*) AS n FROM raw')('mail', 'mail')).toBe(false);
    expect(copies('SELECT * FROM raw')('mail', 'status')).toBe(false);
  });

  test('in circles of aliases comes to an end', () => {
    expect(copies('SELECT a AS b FROM (SELECT b AS a FROM raw)')('a', 'c')).toBe(false);
  });

  test('is looked for in a long text in time', () => {
    expect(copies(`SELECT ${'/*('.repeat(200_000)}`)('a', 'b')).toBe(false);
    expect(copies(`SELECT ${"'\"`".repeat(100_000)}`)('a', 'b')).toBe(false);
  }, 3000);
});

test.each([['mail', 'mail'], [' ((mail )) ', 'mail'], ['`a``b`', 'a`b'], ['lower(mail)', undefined], ['a.b', undefined], ['(a)+(b)', undefined], ['1', undefined], ['', undefined]])('the expression %j is the column %j', (expression, column) => {
  expect(bareColumn(expression)).toBe(column);
});

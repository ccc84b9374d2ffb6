import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DataType, parseType } from '../../lib/contract/data-type';
import { dqdlRuleset } from '../../lib/plan/checks/dqdl';
import { plainNumber, sqlText } from '../../lib/plan/checks/dqdl-sql';
import { type PlanCheck, planCheck } from '../../lib/plan/plan-schema';

const fixtures = join(__dirname, '../../glue-jobs/tests/fixtures/dqdl');
const written = JSON.parse(readFileSync(join(fixtures, 'checks.json'), 'utf8')) as { types: Record<string, string>; checks: unknown[] };
const checks = written.checks.map((check) => planCheck.parse(check));
const types = new Map(Object.entries(written.types).map(([name, text]) => [name, typeOf(text)]));

function typeOf(text: string): DataType {
  const result = parseType(text);
  if (!result.ok) throw new Error(result.why);
  return result.type;
}

function check(change: Partial<PlanCheck>): PlanCheck {
  return { ...checks[0], columns: [], arguments: {}, query: null, operator: 'mustBe', threshold: [0], unit: 'rows', ...change };
}

function ruleOf(change: Partial<PlanCheck>): string | undefined {
  return dqdlRuleset([check(change)], types).rules[0]?.rule;
}

test('the rulesets that Spark evaluates in the tests of the jobs are those that are compiled now', () => {
  // GIVEN
  const file = join(fixtures, 'ruleset.json');
  const compiled = `${JSON.stringify(dqdlRuleset(checks, types), null, 1)}\n`;
  // WHEN
  if (process.env.UPDATE_FIXTURES === '1') writeFileSync(file, compiled);
  // THEN: else run this test again with UPDATE_FIXTURES=1
  expect(readFileSync(file, 'utf8')).toBe(compiled);
});

test('every metric maps but those that need another table or the moment of the certificate', () => {
  const { rules, left } = dqdlRuleset(checks, types);
  expect(new Set(left.map(({ check: id }) => checks.find((each) => each.id === id)?.metric))).toEqual(new Set(['foreignKey', 'freshness', 'sql']));
  expect(left.find(({ why }) => why.includes('backslash'))).toBeDefined();
  expect(rules.length + left.length).toBe(checks.length);
});

test('a bound holds at both ends, which DQDL\'s between leaves out', () => {
  expect(ruleOf({ metric: 'rowCount', operator: 'mustBeBetween', threshold: [1, 6] })).toBe('(RowCount >= 1) and (RowCount <= 6)');
});

test('a check of nulls counts rows, so that a table without rows passes', () => {
  expect(ruleOf({ metric: 'nullValues', columns: ['s'] })).toBe('CustomSql "SELECT count_if(`s` IS NULL) AS n FROM primary" = 0');
});

test('a column of an unknown type is left out with the reason', () => {
  expect(dqdlRuleset([check({ metric: 'nullValues', columns: ['gone'] })], types).left).toEqual([{ check: checks[0].id, why: 'the type of gone is not known' }]);
});

test('what is no value of the type is no literal, and a list of such values holds nothing', () => {
  expect(ruleOf({ metric: 'invalidValues', columns: ['i'], arguments: { validValues: ['x'] } })).toContain('NOT (false)');
  expect(ruleOf({ metric: 'invalidValues', columns: ['i'], arguments: { minimum: 'x' } })).toBeUndefined();
});

test('a ruleset ends where AWS takes no more', () => {
  const many = Array.from({ length: 2000 }, (_, index) => check({ id: `orders.s.null.${index}`, metric: 'nullValues', columns: ['s'] }));
  const { text, left } = dqdlRuleset(many, types);
  expect(text?.length).toBeLessThanOrEqual(65_536);
  expect(left[0].why).toBe('a ruleset has at most 65536 characters');
});

test('a table without checks has no ruleset', () => {
  expect(dqdlRuleset([], types).text).toBeUndefined();
});

test.each([['0.1', '0.1'], [1e21, '1000000000000000000000'], [1.5e-7, '0.00000015'], ['-.5', '-0.5'], ['007', '7'], ['+3', '3'], [-0, '0'], ['12.50', '12.50'], ['1.5e1', '15']])(
  'the number %s is written %s', (value, expected) => {
    expect(plainNumber(value)).toBe(expected);
  });

test('a text has no quote, backslash or dollar sign that someone on the way could take for his own', () => {
  expect(sqlText('')).toBe('\'\'');
  expect(sqlText('é')).toBe('\'é\'');
  expect(sqlText('it\'s "\\$')).toBe('concat(\'it\', char(39), \'s \', char(34), char(92), char(36))');
});

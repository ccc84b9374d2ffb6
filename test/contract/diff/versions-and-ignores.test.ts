/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-argument -- a case reaches anywhere into a document */
import { complaint } from '../../../lib/cli/diff/verdict';
import { comparePair, compareSets, type Comparison } from '../../../lib/contract/diff/diff-sets';
import { follows, nextVersion } from '../../../lib/contract/diff/release';
import { filterStep } from '../../../lib/contract/diff/row-filter';
import { type Release } from '../../../lib/contract/diff/rules';
import { thresholdStep } from '../../../lib/contract/diff/threshold';
import { partChanges } from '../../../lib/contract/diff/types';
import { parseType } from '../../../lib/contract/data-type';
import { column, CONTEXT, contractOf, type Draft, drop, exampleWith, TODAY } from './contracts';

const compared = (change: (document: Draft) => void): Comparison => comparePair(contractOf(exampleWith()), contractOf(exampleWith(change)), CONTEXT).comparisons[0];

describe('a version', () => {
  test.each<[string, string, Release, boolean]>([
    ['1.2.0', '2.0.0', 'major', true], ['1.2.0', '1.3.0', 'major', false], ['1.2.0', '2.0.0-rc.1', 'major', true], ['0.9.0', '0.10.0', 'major', false],
    ['1.2.0', '1.3.0', 'minor', true], ['1.2.0', '1.2.1', 'minor', false], ['1.2.0', '2.0.0', 'minor', true], ['2.0.0', '1.9.0', 'minor', false],
    ['1.2.0', '1.2.1', 'patch', true], ['1.2.0', '1.2.0', 'patch', false], ['1.2.0', '1.1.9', 'patch', false], ['1.2.0', '1.2.0', 'none', true], ['1.2.0', '1.1.9', 'none', false], ['1.2.0', '1.2.0-rc.1', 'none', false],
    ['2.0.0', '1.9.0', 'none', true],
    ['one', '2.0.0', 'major', false], ['1.0', '2.0', 'major', false],
  ])('from %s to %s for a %s change follows: %s', (base, head, required, expected) => {
    expect(follows(base, head, required)).toBe(expected);
  });

  test('that would follow is the least one', () => {
    expect((['major', 'minor', 'patch', 'none'] as const).map((required) => nextVersion('1.2.3', required))).toEqual(['2.0.0', '1.3.0', '1.2.4', '1.2.3']);
    expect(nextVersion('one', 'major')).toBeUndefined();
  });

  test('has to follow the most demanding change', () => {
    const both = (d: Draft): void => { column(d, 'status').description = 'Where it is.'; drop(d.servers, 0); };
    expect(compared(both)).toMatchObject({ required: 'major', ok: false, next: '2.0.0' });
    expect(compared((d) => { both(d); d.version = '2.0.0'; })).toMatchObject({ required: 'major', ok: true });
    expect(compared((d) => { d.version = '9.0.0'; })).toMatchObject({ changes: [], required: 'none', ok: true });
  });

  test('that goes back is refused, and why is said, whether anything else changed or not', () => {
    const back = compared((d) => { d.version = '1.1.0'; });
    expect(back).toMatchObject({ changes: [], required: 'none', ok: false, next: '1.2.0' });
    expect(complaint(back)).toBe('the version goes back from 1.2.0 to 1.1.0, so nobody can tell which is newer: write at least `version: 1.2.0`');
    const changed = compared((d) => { d.version = '1.1.0'; column(d, 'status').description = 'Where it is.'; });
    expect(complaint(changed)).toMatch(/goes back from 1\.2\.0 to 1\.1\.0.*`version: 1\.2\.1`/);
  });
});

describe('an ignore', () => {
  const ignoring = (until: string, path = 'schema.orders.status') => (d: Draft): void => {
    drop(d.schema[0].properties, 3);
    d.customProperties.push({ property: 'mesh.ignoredChanges', value: [{ rule: 'diff/column-removed', path, reason: 'never filled', until }] });
  };

  test('takes its change out of what counts, until the end of its last day, and says why', () => {
    const patched = compared((d) => { ignoring(TODAY)(d); d.version = '1.2.1'; });
    expect(patched).toMatchObject({ changes: [], required: 'patch', ok: true, ignored: [{ id: 'diff/column-removed', reason: 'never filled', until: TODAY }], ignores: [{ state: 'used' }] });
  });

  test('leaves the change one that a new patch version tells of', () => {
    expect(compared(ignoring(TODAY))).toMatchObject({ changes: [], required: 'patch', ok: false, next: '1.2.1' });
    expect(compared((d) => { d.customProperties.push({ property: 'mesh.ignoredChanges', value: [] }); })).toMatchObject({ required: 'none', ok: true });
  });

  test('has no effect afterwards, for another path, or when it does not say why', () => {
    expect(compared(ignoring('2026-11-30'))).toMatchObject({ ok: false, changes: [{ id: 'diff/column-removed' }], ignored: [], ignores: [{ state: 'expired' }] });
    expect(compared(ignoring(TODAY, 'schema.orders.email'))).toMatchObject({ ok: false, ignores: [{ state: 'unused' }] });
    expect(compared((d) => { ignoring(TODAY)(d); delete d.customProperties[3].value[0].reason; })).toMatchObject({ ok: false, ignores: [] });
    expect(compared(ignoring('2026-02-30'))).toMatchObject({ ok: false, ignores: [] });
  });

  test('that retired a version by force stays in use, since whoever validates the version asks for its reason', () => {
    const retired = (d: Draft): void => {
      d.status = 'retired';
      d.customProperties.push({ property: 'mesh.ignoredChanges', value: [{ rule: 'diff/status-retired', path: 'status', reason: 'it leaked', until: '2026-11-30' }] });
    };
    expect(compareSets([contractOf(exampleWith(retired))], [contractOf(exampleWith(retired))], CONTEXT, () => true).comparisons[0].ignores).toMatchObject([{ state: 'used' }]);
    expect(compared(retired)).toMatchObject({ ok: false, changes: [{ id: 'diff/status-retired' }] });
  });
});

test.each([
  [undefined, 'a = 1', 'narrowed'], ['a = 1', undefined, 'widened'], ['a = 1 and b = 2', 'b=2 AND a=1', 'same'], ['a = 1', 'a = 1 AND b = 2', 'narrowed'],
  ["c IN ('x', 'y')", "c IN ('y')", 'narrowed'], ["c = 'x'", "c IN ('x','y')", 'widened'], ['a = 1 OR b = 2', 'a = 1', 'narrowed'], ['(a = 1 OR b = 2) AND c = 3', 'c = 3', 'widened'],
  ['a = 1 AND b = 2', 'a = 1 OR b = 2', 'widened'], ["n > 1 AND c = 'x'", "c IN ('x', 'y')", 'widened'], ["c IN ('x', 'y') AND n > 1", "c = 'x'", 'unknown'],
  ['a = 1', 'a = 2', 'unknown'], ["c = 'x AND y'", "c = 'x'", 'unknown'], ['a BETWEEN 1 AND 2 AND b = 3', 'a BETWEEN 1 AND 2', 'widened'], ["c = 'DE'", "c = 'de'", 'unknown'],
  ['(a = 1)', 'a = 1', 'same'], ['(a = 1) OR (b = 2)', 'a = 1 OR b = 2 OR c = 3', 'widened'],
  // AND binds tighter than OR
  ['a = 1 OR b = 2 AND c = 3', '(a = 1 OR b = 2) AND c = 3', 'narrowed'], ['(a = 1 OR b = 2) AND c = 3', 'a = 1 OR b = 2 AND c = 3', 'widened'],
  ['a = 1 OR b = 2 AND c = 3', 'c = 3', 'unknown'], ['a = 1 OR b = 2 AND c = 3', 'a = 1 OR (c = 3 AND b = 2)', 'same'], ['a = 1 OR b = 2 AND c = 3', 'a = 1', 'narrowed'],
  ['a = 1 AND (b = 2 OR c = 3)', 'a = 1 AND b = 2 OR a = 1 AND c = 3', 'same'], ['a = 1 OR b = 2 AND c = 3', 'a = 1 OR b = 2', 'widened'],
  ["c IN ('x', 'y') OR n > 1", "c = 'x' OR n > 1", 'narrowed'], ['NOT (a = 1 OR b = 2)', 'NOT a = 1 OR b = 2', 'unknown'],
  ['a = CASE WHEN b = 1 AND c = 2 THEN 1 END', 'a = CASE WHEN b = 1', 'unknown'], ['a = case when b = 1 and c = 2 then 1 end and d = 4', 'd = 4', 'widened'],
  ['a IN (SELECT x, y FROM t)', 'a IN (SELECT x FROM t)', 'unknown'], ['a IN (1) = (b)', 'a = 1', 'unknown'], ['a BETWEEN 1 AND 2 OR b = 3', 'b = 3', 'narrowed'],
] as const)('the rows of the filter %s, once it is %s, are %s', (base, head, expected) => {
  expect(filterStep(base, head)).toBe(expected);
});

test('long lists in a filter are compared one by one, and what would take too long cannot be told', () => {
  const list = (column: string, count: number): string => `${column} IN (${Array.from({ length: count }, (_, index) => index).join(', ')})`;
  expect(filterStep(`${list('a', 400)} AND ${list('b', 400)}`, `${list('b', 401)} AND ${list('a', 400)}`)).toBe('widened');
  const many = Array.from({ length: 30 }, (_, index) => `(a${index} = 1 OR b${index} = 1)`).join(' AND ');
  expect(filterStep(many, `(${many}) OR c = 1`)).toBe('unknown');
  expect(filterStep(many, `${many} AND c = 1`)).toBe('narrowed');
});

test.each([
  [{ operator: 'mustBe', value: 0 }, { operator: 'mustBeLessThan', value: 1 }, 'count', 'same'], [{ operator: 'mustBe', value: 0 }, { operator: 'mustBeLessThan', value: 1 }, 'share', 'loosened'],
  [{ operator: 'mustBe', value: 0 }, { operator: 'mustBeLessOrEqualTo', value: 0 }, 'share', 'same'], [{ operator: 'mustBe', value: 0 }, { operator: 'mustBeLessOrEqualTo', value: 0 }, 'number', 'loosened'],
  [{ operator: 'mustBeBetween', value: [1, 9] }, { operator: 'mustBeBetween', value: [2, 9] }, 'number', 'tightened'], [{ operator: 'mustBeBetween', value: [1, 5] }, { operator: 'mustBeBetween', value: [3, 9] }, 'number', 'loosened'],
  [{ operator: 'mustNotBe', value: 3 }, { operator: 'mustNotBeBetween', value: [2, 4] }, 'number', 'tightened'], [{ operator: 'mustBeGreaterThan', value: 5 }, { operator: 'mustBe', value: 7 }, 'number', 'tightened'],
] as const)('the threshold %j, once it is %j, is of a %s: %s', (base, head, measure, expected) => {
  expect(thresholdStep([base], [head], measure)).toBe(expected);
});

test.each([
  ['struct<a:int,b:string>', 'struct<a:bigint>', [['.a', 'widened'], ['.b', 'removed']]], ['array<struct<a:int>>', 'array<struct<a:int,b:int>>', [['[].b', 'added']]],
  ['map<int,int>', 'map<bigint,bigint>', [['.key', 'changed'], ['.value', 'widened']]], ['array<int>', 'map<int,int>', [['', 'changed']]],
])('what is nested in %s, once it is %s', (base, head, expected) => {
  const [before, after] = [base, head].map((text) => parseType(text));
  if (!before.ok || !after.ok) throw new Error('no type');
  expect(partChanges(before.type, after.type).map(({ at, step }) => [at, step])).toEqual(expected);
});

test('nested columns are said by their path, with what is within lists', () => {
  const { changes } = compared((d) => {
    drop(column(d, 'address').properties, 1);
    column(d, 'lines').items.properties[1].required = true;
    column(d, 'lines').items.properties.push({ name: 'colour', logicalType: 'string' });
  });
  expect(changes.map(({ id, path }) => [id, path])).toEqual([
    ['diff/column-removed', 'schema.orders.address.zip'], ['diff/required-added', 'schema.orders.lines[].price.required'], ['diff/column-added', 'schema.orders.lines[].colour'],
  ]);
});

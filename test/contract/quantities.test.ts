import * as fc from 'fast-check';
import { bucketName, entityOf, internalDatabase, internalTable, publishedDatabase, publishedTable, stackName } from '../../lib/contract/names';
import { parseCount, parseDuration } from '../../lib/contract/quantities';
import { unportablePattern } from '../../lib/contract/regex';
import { majorVersion } from '../../lib/contract/version';

describe('quantities that people write', () => {
  test.each([['24h', 86_400], ['6 h', 21_600], ['90 min', 5400], ['7d', 604_800], ['1.5h', 5400], ['PT6H', 21_600], ['P1DT12H', 129_600], ['2 weeks', 1_209_600]])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', 'h', '6', '6 fortnights', '-1h', 'P', 'PT', '1h30', '6h6h', 'constructor'])('%j is no duration', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([['500', 500], [500, 500], ['10k', 10_000], ['20M', 20_000_000], ['1.5G', 1_500_000_000], ['0', 0]])('%s is %d rows', (text, rows) => {
    expect(parseCount(text)).toBe(rows);
  });

  test.each(['many', '', '-5', '1T', 1.5, -1, '1e9', Infinity])('%j is no number of rows', (text) => {
    expect(parseCount(text)).toBeUndefined();
  });

  test('whatever is written is read or refused', () => {
    fc.assert(fc.property(fc.string(), (text) => {
      const [duration, count] = [parseDuration(text), parseCount(text)];
      expect(duration === undefined || Number.isFinite(duration)).toBe(true);
      expect(count === undefined || Number.isSafeInteger(count)).toBe(true);
    }));
  });
});

describe('names', () => {
  const names = { domain: 'sales', entity: 'order_lines', major: 2, environment: null };

  test('are the design\'s', () => {
    expect(publishedDatabase(names)).toBe('sales');
    expect(publishedDatabase({ ...names, environment: 'dev' })).toBe('sales_dev');
    expect(internalDatabase({ ...names, environment: 'dev' })).toBe('sales_dev_internal');
    expect(publishedTable('lines', 2)).toBe('lines_v2');
    expect(internalTable(names, 'lines_raw')).toBe('order_lines_v2__lines_raw');
    expect(stackName({ ...names, entity: 'orders', major: 1 })).toBe('sales-orders-v1');
    expect(stackName({ ...names, environment: 'dev' })).toBe('dev-sales-order-lines-v2');
    expect(bucketName('shoply', '111111111111', 'eu-central-1', names, 'raw')).toBe('shoply-111111111111-eu-central-1-sales-order-lines-v2-raw');
    expect(bucketName('shoply', '111111111111', 'eu-central-1', { ...names, environment: 'dev' }, 'curated')).toBe('shoply-dev-111111111111-eu-central-1-sales-order-lines-v2-curated');
  });

  test('the domain decides where the entity of an id begins', () => {
    expect(entityOf('dp_online_sales_orders', 'online_sales')).toBe('orders');
    expect(entityOf('dp_online_sales_orders', 'online')).toBe('sales_orders');
    expect(entityOf('dp_sales_orders', 'marketing')).toBeUndefined();
    expect(entityOf('dp_sales_', 'sales')).toBeUndefined();
  });

  test.each([['1.0.0', 1], ['12.3.4-rc.1+build', 12], ['0.1.0', 0]])('the major of %s is %d', (version, major) => {
    expect(majorVersion(version)).toBe(major);
  });

  test.each(['1', '1.0', 'v1.0.0', '01.0.0', '1.0.0-', '', '1.0.0.0'])('%j is no semantic version', (version) => {
    expect(majorVersion(version)).toBeUndefined();
  });
});

describe('a pattern that every engine has', () => {
  test.each(['^[A-Z]{3}$', '^ORD-[0-9]{9}$', '(?i)^abc', 'a|b', '[^@ ]+@[^@ ]+[.][^@ ]+', '\\d+\\.\\d{2}', '^(?:a|b)+$', '\\(\\?=x\\)', '[+]+', 'a{1,1000}', '^[\\w.+-]+$', '\\p{Lu}\\pL', '\\p{Greek}'])('%s may be used', (pattern) => {
    expect(unportablePattern(pattern)).toBeUndefined();
  });

  test.each([
    ['(?=a)', 'ahead'], ['(?<!a)b', 'behind'], ['(a)\\1', 'back'], ['(?<n>a)', 'names'], ['a++', 'possessive'], ['(?>a)', 'atomic'], ['[a-z&&[^b]]', 'intersects'],
    ['a{1001}', '1000'], ['(', 'not a regular expression'], ['[z-a]', 'not a regular expression'], ['x'.repeat(1001), 'longer'], ['\\u0041', '\\u'],
    ['\\Aa', 'escape'], ['[^]', 'empty class'], ['\\p{Alpha}', 'class that not every engine has'], ['(?i)\\p{Lu}', 'ignores case'],
  ])('%s may not: %s', (pattern, why) => {
    expect(unportablePattern(pattern)).toContain(why);
  });
});

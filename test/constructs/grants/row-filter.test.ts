import { lakeRowFilter } from '../../../constructs/grants/row-filter';
import { type DataType } from '../../../lib/contract/data-type';

const TYPES = new Map<string, DataType>([
  ['country', 'string'], ['quantity', 'int'], ['amount', 'decimal(12, 2)'], ['paid', 'boolean'], ['ordered_on', 'date'], ['order', 'string'],
  ['address', { kind: 'struct', fields: [{ name: 'city', type: 'string' }] }], ['tags', { kind: 'list', element: 'string' }],
]);

describe('a condition of a role is put in Lake Formation\'s words', () => {
  test.each([
    ['country = \'DE\'', 'country = \'DE\''],
    ['country   in (\'DE\',\'FR\') and not paid=true', 'country IN (\'DE\', \'FR\') AND NOT paid = TRUE'],
    ['(country = \'DE\' or amount >= -1.5) and quantity between 1 and 10', '(country = \'DE\' OR amount >= -1.5) AND quantity BETWEEN 1 AND 10'],
    ['country is not null and country like \'%land\'', 'country IS NOT NULL AND country LIKE \'%land\''],
    // Spark's quotes: double ones around a text, back ticks around a name.
    ['country = "it\'s"', 'country = \'it\'\'s\''],
    ['`order` <> \'x\'', '"order" <> \'x\''],
    ['address.city = \'Berlin\'', 'address.city = \'Berlin\''],
  ])('%s', (condition, expression) => {
    expect(lakeRowFilter(condition, TYPES)).toMatchObject({ ok: true, expression });
  });

  test('and the columns that it names are known', () => {
    expect(lakeRowFilter('`order` = \'a\' AND address.city = \'country\'', TYPES)).toMatchObject({ columns: ['order', 'address'] });
  });
});

describe('a condition that Lake Formation would not take is refused', () => {
  test.each([
    ['upper(country) = \'DE\'', '`upper(…)` is a function'],
    ['country = `order`', 'stands on the right'],
    ['\'DE\' = country', 'stands on the right'],
    ['quantity + 1 > 2', 'does not know `+`'],
    ['country = \'a\' -- comment', 'does not know `-`'],
    ['country = \'a\'; drop', 'does not know `;`'],
    ['country = \'it\\\'s\'', 'does not know'],
    ['country = \'open', 'does not know `\'`'],
    ['ordered_on > \'2026-01-01\'', 'takes no date in a condition, as `ordered_on` is'],
    ['tags IS NOT NULL', 'takes no array<string>'],
    ['city = \'Berlin\'', 'the table has no column `city`'],
    ['TRUE', 'names no column'],
    [`country IN (${Array.from({ length: 300 }, (_, n) => `'${n}____'`).join(', ')})`, 'Lake Formation takes 2047'],
  ])('%s', (condition, because) => {
    const read = lakeRowFilter(condition, TYPES);
    expect(read.ok ? read.expression : read.because).toContain(because);
  });
});

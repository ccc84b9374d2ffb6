import fc from 'fast-check';
import { paint } from '../../../lib/cli/terminal/paint';
import { renderTable } from '../../../lib/cli/terminal/table';
import { displayWidth } from '../../../lib/cli/terminal/text';

const plain = paint(false);

describe('a printed table', () => {
  test('aligns figures to the right and cuts nothing that fits', () => {
    const { lines, hidden } = renderTable([{ title: 'table' }, { title: 'rows', align: 'right' }], [['orders', '1,200'], ['payments', '7']], 80, plain);
    expect(lines).toEqual(['table      rows', 'orders    1,200', 'payments      7']);
    expect(hidden).toEqual([]);
  });

  test('takes room from the widest column and keeps whole what must be', () => {
    const { lines } = renderTable([{ title: 'id', whole: true }, { title: 'why' }], [['lint/reversed-between', 'x'.repeat(50)]], 40, plain);
    expect(lines[1]).toBe(`lint/reversed-between  ${'x'.repeat(16)}…`);
  });

  test('names the columns that did not fit', () => {
    const columns = Array.from({ length: 12 }, (_, at) => ({ title: `column_${at}` }));
    const { hidden } = renderTable(columns, [columns.map(() => 'a longer value')], 40, plain);
    expect(hidden).toContain('column_11');
    expect(hidden).not.toContain('column_0');
  });

  test('writes a value that holds line breaks or colours on one line', () => {
    const { lines } = renderTable([{ title: 'value' }], [['a\nb\u001b[31m']], 80, plain);
    expect(lines).toEqual(['value', 'a\\nb\\u001b[31m']);
  });

  test('is never wider than it may be, as long as one column fits', () => {
    const cell = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }), fc.integer({ min: 20, max: 120 }), (rows, width) => {
      const { lines } = renderTable([{ title: 'a' }, { title: 'b', align: 'right' }, { title: 'c' }], rows, width, plain);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }));
  });
});

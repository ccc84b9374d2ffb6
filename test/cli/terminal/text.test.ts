import fc from 'fast-check';
import { displayWidth, harmless, pad, shorten, wrapWords } from '../../../lib/cli/terminal/text';
import { age, count, decimal, plural, size, took } from '../../../lib/cli/terminal/units';

describe('text of unknown origin', () => {
  test('cannot steer the terminal', () => {
    expect(harmless('a\u001b[2Jb\u0007\r\n\u202ec\ufeff')).toBe('a\\u001b[2Jb\\u0007\\r\\n\\u202ec\\ufeff');
  });

  test('is one line without controls, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(harmless(text)).not.toMatch(/\p{Cc}|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
    }));
  });

  test('keeps letters of all scripts', () => {
    expect(harmless('Größe 価格 Цена 👍')).toBe('Größe 価格 Цена 👍');
  });
});

describe('width on a terminal', () => {
  test.each([['abc', 3], ['Größe', 5], ['価格', 4], ['e\u0301', 1], ['👍', 2], ['\u001b[31mred\u001b[39m', 3], ['', 0]])('%j takes %d columns', (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  test('what is shortened fits, and says that it was cut', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }).map(harmless), fc.integer({ min: 1, max: 40 }), (text, width) => {
      const short = shorten(text, width);
      expect(displayWidth(short)).toBeLessThanOrEqual(width);
      expect(short === text || short.endsWith('…')).toBe(true);
    }));
  });

  test('padding goes to the side asked for', () => {
    expect([pad('価', 4), pad('7', 4, 'right')]).toEqual(['価  ', '   7']);
  });

  test('a line keeps the blanks it begins with', () => {
    expect(wrapWords('  ✖ one two three', 11, '    ')).toBe('  ✖ one two\n    three');
  });

  test('words wrap below the indent and are never lost', () => {
    const text = 'a rule that follows from the schema of the contract';
    const wrapped = wrapWords(text, 20, '  ');
    expect(wrapped.split('\n').every((line) => displayWidth(line) <= 20)).toBe(true);
    expect(wrapped.split(/\s+/).join(' ')).toBe(text);
  });
});

describe('figures', () => {
  test('large counts are grouped', () => expect([count(7), count(1234), count(20_000_000)]).toEqual(['7', '1,234', '20,000,000']));
  test('one row is no rows', () => expect([plural(1, 'row'), plural(0, 'row'), plural(2000, 'row')]).toEqual(['1 row', '0 rows', '2,000 rows']));
  test('sizes have three digits', () => expect([size(0), size(999), size(1_234_567), size(999_600), size(2.5e15)]).toEqual(['0 B', '999 B', '1.23 MB', '1 MB', '2500 TB']));
  test('times are as long as a person cares', () => expect([took(0.04), took(12.4), took(185)]).toEqual(['0.0 s', '12 s', '3 min 5 s']));
  test('ages have one unit', () => expect([age(40), age(720), age(19_800), age(12 * 86_400), age(-5)]).toEqual(['40 s', '12 min', '5.5 h', '12 d', '0 s']));
  test('scores lose useless zeros', () => expect([decimal(100), decimal(99.5), decimal(99.456)]).toEqual(['100', '99.5', '99.46']));
});

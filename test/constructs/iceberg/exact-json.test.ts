import * as fc from 'fast-check';
import { parseExactly, writeExactly, type Json } from '../../../constructs/iceberg/exact-json';

describe('JSON with numbers of 64 bits', () => {
  test('keeps the id of a snapshot to its last digit', () => {
    const text = '{"current-snapshot-id":8123456789012345679,"parent":-9223372036854775808,"ms":1795700000000,"note":"id 8123456789012345679","x":1.5}';
    expect(parseExactly(text)).toEqual({ 'current-snapshot-id': 8123456789012345679n, parent: -9223372036854775808n, ms: 1795700000000, note: 'id 8123456789012345679', x: 1.5 });
    expect(writeExactly(parseExactly(text))).toBe(text);
    expect(JSON.stringify(JSON.parse(text))).not.toBe(text);
    expect(parseExactly('[1234567890123456.5,1234567890123456e3]')).toEqual([1234567890123456.5, 1234567890123456e3]);
  });

  test('gives back any JSON as it was', () => {
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.string(), fc.bigInt({ min: 10n ** 15n, max: 2n ** 63n }), fc.integer(), fc.boolean(), fc.constant(null),
        fc.array(tie('value')), fc.dictionary(fc.string().filter((name) => name !== '__proto__'), tie('value'))),
    }));
    fc.assert(fc.property(value, (json) => {
      const text = writeExactly(json);
      expect(writeExactly(parseExactly(text))).toBe(text);
    }));
  });

  test('refuses the one character that it could not tell from its own', () => {
    expect(() => parseExactly('{"a":"\uE0001"}')).toThrow('U+E000');
  });
});

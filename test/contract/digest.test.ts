import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { canonicalJson, digest } from '../../lib/contract/digest';

// the examples are those of RFC 8785
test('fields are sorted by UTF-16 code units', () => {
  const fields = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet With Dagesh', 1: 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' };
  expect(Object.values(JSON.parse(canonicalJson(Object.entries(fields).map(([name]) => ({ [name]: 0 })))) as object[]).length).toBe(7);
  expect([...canonicalJson(fields).matchAll(/:"([A-Z][a-z]+)/g)].map(([, word]) => word)).toEqual(['Carriage', 'One', 'Control', 'Latin', 'Euro', 'Emoji', 'Hebrew']);
});

test('numbers, literals and strings are written as ECMAScript does', () => {
  expect(canonicalJson({
    numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
    string: '\u20ac$\u000f\nA\'B"\\\\"/',
    literals: [null, true, false],
  })).toBe('{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}');
  expect(canonicalJson(-0)).toBe('0');
  expect(canonicalJson(1e21)).toBe('1e+21');
});

test('is JSON of the same value, whatever the order of fields', () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).reverse().map(([name, inner]) => [name, reversed(inner)]));
  };
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    fc.pre(!/\p{Surrogate}/u.test(JSON.stringify(value)));
    expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
  }));
});

test.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['\ud800'], [undefined], [() => 0], [{ a: undefined }]])('what JSON cannot say is refused: %p', (value) => {
  expect(() => canonicalJson(value)).toThrow(RangeError);
});

test('a digest is the SHA-256 of that form', () => {
  expect(digest({ b: 1, a: 'é' })).toBe(createHash('sha256').update('{"a":"é","b":1}', 'utf8').digest('hex'));
});

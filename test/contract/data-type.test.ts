import * as fc from 'fast-check';
import { type DataType, parseType, typeText } from '../../lib/contract/data-type';

const primitive = fc.oneof(
  fc.constantFrom<DataType>('boolean', 'int', 'long', 'float', 'double', 'date', 'time', 'timestamp', 'timestamptz', 'string', 'binary'),
  fc.integer({ min: 1, max: 38 }).chain((precision) => fc.integer({ min: 0, max: precision }).map((scale) => `decimal(${precision}, ${scale})`)),
);

const { type } = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof({ maxDepth: 4 }, primitive, fc.record({ kind: fc.constant('list' as const), element: tie('type') }),
    fc.record({ kind: fc.constant('map' as const), key: tie('type'), value: tie('type') }),
    fc.record({
      kind: fc.constant('struct' as const),
      fields: fc.uniqueArray(fc.record({ name: fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name.trim() !== ''), type: tie('type') }), { minLength: 1, maxLength: 3, selector: ({ name }) => name.toLowerCase() }),
    })),
}));

describe('a type in Spark\'s DDL', () => {
  test('is read back as it was written', () => {
    fc.assert(fc.property(type, (each) => {
      expect(parseType(typeText(each))).toEqual({ ok: true, type: each });
    }));
  });

  test('whatever it is, is read or refused, never a crash or a hang', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('array<', 'map<', 'struct<a:', '>', ',', '(', ')', '1', 'int', ' ', '`') })), (text) => {
      const parsed = parseType(text);
      expect(parsed.ok ? typeof parsed.type : parsed.why).not.toBe('');
    }));
    expect(parseType('array<'.repeat(100_000))).toMatchObject({ ok: false });
  });

  test.each([
    ['DECIMAL(12, 2)', 'decimal(12, 2)'], ['numeric', 'decimal(10, 0)'], ['decimal(5)', 'decimal(5, 0)'], ['varchar(20)', 'string'], ['VARCHAR(20 CHAR)', 'string'],
    ['double precision', 'double'], ['timestamp with time zone', 'timestamptz'], ['timestamp(6) with time zone', 'timestamptz'], ['timestamp(3) without time zone', 'timestamp'],
    ['timestamp', 'timestamptz'], ['timestamp_ntz', 'timestamp'], ['int4', 'int'], ['smallint', 'int'], ['bigint', 'long'], ['character varying(10)', 'string'], ['uuid', 'string'],
  ])('%s is %s', (text, expected) => {
    expect(parseType(text)).toEqual({ ok: true, type: expected });
  });

  test.each([
    ['', 'a type is missing'], ['sting', '`sting` is not a type'], ['int(3)', '`int` takes nothing in parentheses'], ['array<int', '`>` expected at the end'], ['struct<a:int,A:int>', 'the field `A` is there twice'],
    ['struct<>', 'a struct needs fields, e.g. `struct<id:string>`'], ['int int', '`int int` is not a type'], ['int;', '`;` is left over'], ['constructor', '`constructor` is not a type'],
  ])('%j is refused: %s', (text, why) => {
    expect(parseType(text)).toEqual({ ok: false, why });
  });

  test.each([
    ['decimal(39,2)', 'a decimal has 1 to 38 digits, not 39'], ['decimal(0)', 'a decimal has 1 to 38 digits, not 0'],
    ['decimal(2,5)', 'the scale 5 is more than the 2 digits of the decimal'], ['array<decimal(50,2)>', 'a decimal has 1 to 38 digits, not 50'],
  ])('%j is understood, and impossible: %s', (text, why) => {
    expect(parseType(text)).toEqual({ ok: false, why, impossible: true });
  });
});

import * as fc from 'fast-check';
import { diffContracts } from '../../../lib/contract/diff/diff-contracts';
import { CONTEXT, contractOf, type Draft, example } from './contracts';
import { accesses, accessDocument, takesAway } from './access-model';
import { breaks, type ModelColumn, type ModelTable } from './row-model';
import { runs } from '../../support/runs';

/*
 * diff(A, B) is breaking exactly if some rows or some query are valid under A and not under B. Held for what two models know: columns,
 * and fields in a struct and in a list, with conditions that are independent of each other; and what roles show, by columns, classes,
 * masking and rows. What this does not hold: patterns, ids that change, quality, and what is no matter of rows (service level, lifecycle).
 */
const RUNS = runs(60);

const TYPES = ['int', 'bigint', 'float', 'double', 'decimal(8,2)', 'decimal(10,2)', 'string', 'boolean', 'date'] as const;
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

/** A plain column may change its type; a limited one its limits. Two columns carry the key and nothing else. */
const plain = fc.record({ type: fc.constantFrom(...TYPES), required: fc.boolean(), unique: fc.boolean() });
const range = fc.record({ minimum: maybe(fc.constantFrom(0, 1, 2)), exclusiveMinimum: maybe(fc.constantFrom(0, 1)), maximum: maybe(fc.constantFrom(5, 6, 7)) });
const words = fc.record({ values: maybe(fc.constantFrom(['a'], ['b', 'c'], ['a', 'b'], ['a', 'b', 'c'])) });
const lengths = fc.record({ minLength: maybe(fc.constantFrom(0, 1, 2)), maxLength: maybe(fc.constantFrom(4, 12)) });
const steps = fc.record({ multipleOf: maybe(fc.constantFrom(1, 2, 4)) });
const key = fc.constantFrom<string[]>([], ['k'], ['l'], ['k', 'l']);
const keyed = (id: string): ModelColumn => ({ id, name: id, type: 'string', required: false, unique: false });

/** Fields in a struct and in a list: one that changes its type in each, and one with limits. */
const nested = fc.record({ s: plain, t: range, l: plain, m: words, required: fc.boolean() }).map(({ s, t, l, m, required }): ModelColumn[] => [
  { ...s, unique: false, id: 's', name: 's', within: 'struct' }, { ...t, id: 't', name: 't', type: 'bigint', required, unique: false, within: 'struct' },
  { ...l, unique: false, id: 'l0', name: 'l0', within: 'list' }, { ...m, id: 'm', name: 'm', type: 'string', required, unique: false, within: 'list' },
]);

const tables = fc.record({ a: plain, b: plain, x: range, y: words, z: lengths, w: steps, fields: nested, required: fc.boolean(), key }).map(({ a, b, x, y, z, w, fields, required, key: ids }): ModelTable => ({
  columns: [
    keyed('k'), keyed('l'), { ...a, id: 'a', name: 'a' }, { ...b, id: 'b', name: 'b' },
    { ...x, id: 'x', name: 'x', type: 'bigint', required, unique: false }, { ...y, id: 'y', name: 'y', type: 'string', required, unique: false },
    { ...z, id: 'z', name: 'z', type: 'string', required, unique: false }, { ...w, id: 'w', name: 'w', type: 'bigint', required, unique: false }, ...fields,
  ],
  key: ids,
}));

type Edit = (table: ModelTable) => ModelTable;
const onColumn = (ids: readonly string[], change: (column: ModelColumn) => ModelColumn): fc.Arbitrary<Edit> => fc.constantFrom(...ids).map((id): Edit => (
  ({ columns, key: ids_ }) => ({ columns: columns.map((column) => (column.id === id ? change(column) : column)), key: ids_ })));
const ALL = ['k', 'l', 'a', 'b', 'x', 'y', 'z', 'w', 's', 't', 'l0', 'm'];

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constantFrom(...TYPES).chain((type) => onColumn(['a', 'b', 's', 'l0'], (column) => ({ ...column, type }))),
  onColumn(ALL, (column) => ({ ...column, required: !column.required })),
  onColumn(['a', 'b'], (column) => ({ ...column, unique: !column.unique })),
  range.chain((limits) => onColumn(['x', 't'], (column) => ({ ...column, ...limits }))),
  words.chain((limits) => onColumn(['y', 'm'], (column) => ({ ...column, ...limits }))),
  lengths.chain((limits) => onColumn(['z'], (column) => ({ ...column, ...limits }))),
  steps.chain((limits) => onColumn(['w'], (column) => ({ ...column, ...limits }))),
  onColumn(ALL, (column) => ({ ...column, name: `${column.id}2` })),
  fc.constantFrom('a', 'b', 'x', 'y', 'z', 'w', 's', 't', 'l0', 'm').map((id): Edit => (table) => ({ ...table, columns: table.columns.filter((column) => column.id !== id) })),
  fc.record({ column: plain, at: fc.nat(6) }).map(({ column, at }): Edit => (table) => ({ ...table, columns: [...table.columns.slice(0, at), { ...column, id: 'n', name: 'n' }, ...table.columns.slice(at)] })),
  key.map((ids): Edit => (table) => ({ ...table, key: ids })),
  fc.constant<Edit>((table) => ({ ...table, columns: [...table.columns].reverse() })),
);

const pairs = fc.record({ base: tables, edits: fc.uniqueArray(edit, { minLength: 1, maxLength: 2 }) })
  .map(({ base, edits }) => ({ base, head: edits.reduce((table, apply) => apply(table), base) }))
  // one field of a name, and no struct without any
  .filter(({ head: { columns } }) => new Set(columns.map(({ id }) => id)).size === columns.length && new Set(columns.map(({ within }) => within)).size === 3);

function documentOf({ columns, key }: ModelTable): Draft {
  const logical = (type: ModelColumn['type']): string => ({ int: 'integer', bigint: 'integer', string: 'string', boolean: 'boolean', date: 'date' } as Record<string, string>)[type] ?? 'number';
  const written = ({ id, name, type, required, unique, values, minimum, exclusiveMinimum, maximum, multipleOf, minLength, maxLength }: ModelColumn): object => ({
    id, name, logicalType: logical(type), physicalType: type, required, unique, ...key.includes(id) && { primaryKey: true }, logicalTypeOptions: { minimum, exclusiveMinimum, maximum, multipleOf, minLength, maxLength },
    ...values !== undefined && { enum: values.map((value) => ({ value })) },
  });
  const fieldsOf = (within: ModelColumn['within']): object[] => columns.filter((column) => column.within === within).map(written);
  const properties = [
    ...fieldsOf(undefined),
    { id: 'struct', name: 'struct', logicalType: 'object', required: true, properties: fieldsOf('struct') },
    { id: 'list', name: 'list', logicalType: 'array', required: true, items: { logicalType: 'object', properties: fieldsOf('list') } },
  ];
  return { ...(example() as object), roles: [], slaProperties: [], schema: [{ name: 'things', properties }] };
}

const breakingIn = (base: ModelTable, head: ModelTable): string[] => diffContracts(contractOf(documentOf(base)), contractOf(documentOf(head)), CONTEXT)
  .filter(({ grade }) => grade === 'breaking').map(({ message }) => message);

describe('the diff of generated contracts', () => {
  test('is breaking exactly where rows or a query stop being valid', () => {
    const seen = { breaking: 0, not: 0, breakingInside: 0, notInside: 0 };
    const outside = ({ columns, key }: ModelTable): string => JSON.stringify([key, columns.filter(({ within }) => within === undefined)]);
    fc.assert(fc.property(pairs, ({ base, head }) => {
      const expected = breaks(base, head);
      seen[expected ? 'breaking' : 'not'] += 1;
      if (outside(base) === outside(head)) seen[expected ? 'breakingInside' : 'notInside'] += 1;
      const found = breakingIn(base, head);
      expect({ breaks: found.length > 0, found }).toMatchObject({ breaks: expected });
    }), { numRuns: RUNS, seed: 20261 });
    // a property that only ever sees one side says nothing
    expect(Math.min(seen.breaking, seen.not)).toBeGreaterThan(RUNS * 0.1);
    expect(Math.min(seen.breakingInside, seen.notInside)).toBeGreaterThan(RUNS * 0.02);
  });

  test('is breaking exactly where somebody no longer reads what a role showed them, or reads other values', () => {
    const seen = { breaking: 0, not: 0 };
    fc.assert(fc.property(accesses, ({ base, head }) => {
      const expected = takesAway(base, head);
      seen[expected ? 'breaking' : 'not'] += 1;
      const found = diffContracts(contractOf(accessDocument(base)), contractOf(accessDocument(head)), CONTEXT).filter(({ grade }) => grade === 'breaking').map(({ message }) => message);
      expect({ breaks: found.length > 0, found }).toMatchObject({ breaks: expected });
    }), { numRuns: RUNS, seed: 20261 });
    expect(Math.min(seen.breaking, seen.not)).toBeGreaterThan(RUNS * 0.2);
  });

  test('is empty of a contract with itself', () => {
    fc.assert(fc.property(tables, (table) => {
      expect(diffContracts(contractOf(documentOf(table)), contractOf(documentOf(table)), CONTEXT)).toEqual([]);
    }), { numRuns: runs(10), seed: 20261 });
  });
});

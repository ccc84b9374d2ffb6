import * as fc from 'fast-check';
import { type IcebergType, type TableMetadata } from '../../../constructs/iceberg/table-metadata';
import { escaped } from '../../../constructs/tables/handler/evolution';
import { shapeOf } from '../../../constructs/tables/handler/next-metadata';
import { changeOf } from '../../../constructs/tables/handler/table-change';
import { checkSuccessor } from './iceberg-rules';
import { live, lives, type Step } from './random-evolution';
import { runs } from '../../support/runs';

/** What every column of every schema ever was, by its id: its identity in Iceberg. */
function paths(metadata: TableMetadata): Map<string, string> {
  return new Map(metadata.schemas.flatMap(({ fields }) => fields.flatMap(({ id, type }): [string, string][] => [[`${id}`, `${id}`], ...inside(`${id}`, type)])));
}

function inside(path: string, type: IcebergType): [string, string][] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'list': return [[`${type['element-id']}`, `${path}/element`], ...inside(`${path}/element`, type.element)];
    case 'map': return [[`${type['key-id']}`, `${path}/key`], ...inside(`${path}/key`, type.key), [`${type['value-id']}`, `${path}/value`], ...inside(`${path}/value`, type.value)];
    case 'struct': return type.fields.flatMap((field): [string, string][] => [[`${field.id}`, `${path}/${escaped(field.name)}`], ...inside(`${path}/${escaped(field.name)}`, field.type)]);
  }
}

const everyStep = (law: (step: Step) => void): void => {
  fc.assert(fc.property(lives, (life) => { live(life).forEach(law); }), { numRuns: runs(40) });
};

describe('whatever a contract goes through', () => {
  test('a field id means one thing for ever', () => {
    everyStep(({ before, after }) => {
      const was = paths(before), is = paths(after);
      expect([...was].filter(([id, path]) => is.get(id) !== path)).toEqual([]);
      expect(new Set(is.values()).size).toBe(is.size);
      const ids = shapeOf(after).fieldIds;
      expect([...shapeOf(before).fieldIds ?? []].filter(([column, id]) => ids?.get(column) !== id)).toEqual([]);
    });
  });

  test('a change follows Iceberg\'s rules, and loses no snapshot', () => {
    everyStep(({ before, after, change }) => {
      if (change.kind === 'change') checkSuccessor(before, after['metadata-log']?.at(-1)?.['metadata-file'] ?? '', after);
    });
  });

  test('what is refused changes nothing, and says what it would have taken from consumers', () => {
    everyStep(({ before, after, change }) => {
      if (change.kind !== 'refused') return;
      expect(after).toBe(before);
      expect(change.problems.length).toBeGreaterThan(0);
    });
  });

  test('a change that went through keeps every column, and none of them narrower', () => {
    everyStep(({ before, after, change }) => {
      if (change.kind !== 'change') return;
      const is = new Map(shapeOf(after).fields.map((field) => [field.id, field]));
      for (const field of shapeOf(before).fields) {
        const now = is.get(field.id);
        expect(now).toBeDefined();
        const types = [field.type, now?.type];
        if (types.every((type) => typeof type === 'string') && types[0] !== types[1]) {
          expect(['int long', 'float double', 'decimal(9, 2) decimal(12, 2)', 'decimal(12, 2) decimal(18, 2)', 'decimal(9, 2) decimal(18, 2)']).toContain(types.join(' '));
        }
        if (before['current-snapshot-id'] !== undefined && now?.required === true) expect(field.required).toBe(true);
      }
    });
  });

  test('the same again changes nothing', () => {
    everyStep(({ after, wanted, change }) => {
      if (change.kind === 'change') expect(changeOf(after, wanted)).toEqual({ kind: 'none', why: 'as it is' });
    });
  });

  test('going back to anything older succeeds and changes nothing', () => {
    fc.assert(fc.property(lives, (life) => {
      const accepted = live(life).filter(({ change }) => change.kind === 'change');
      const last = accepted.at(-1);
      for (const { wanted } of accepted.slice(0, -1)) expect(changeOf(last!.after, wanted)).toEqual({ kind: 'none', why: 'the table is newer' });
    }), { numRuns: runs(40) });
  });

  test('lives are long enough to say something', () => {
    const kinds = fc.sample(lives, { numRuns: 300, seed: 1 }).flatMap((life) => live(life).map(({ change }) => change.kind));
    for (const kind of ['change', 'none', 'refused']) expect(kinds.filter((one) => one === kind).length).toBeGreaterThan(80);
  });
});

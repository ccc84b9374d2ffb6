import * as fs from 'node:fs';
import * as path from 'node:path';
import { type IcebergField } from '../../../constructs/iceberg/table-metadata';
import { evolve, type WantedColumn } from '../../../constructs/tables/handler/evolution';

interface Case {
  readonly name: string;
  readonly before: { readonly fields: IcebergField[]; readonly fieldIds: Record<string, number> | null; readonly lastColumnId: number; readonly rows: boolean };
  readonly change: { readonly columns: WantedColumn[] };
  readonly after?: { readonly fields: IcebergField[]; readonly fieldIds: Record<string, number>; readonly lastColumnId: number };
  readonly refuse?: string[];
}

/** The cases that the jobs' implementation runs, too. */
const folder = path.resolve(__dirname, '../../../glue-jobs/tests/fixtures/evolution');
const cases = fs.readdirSync(folder).filter((file) => file.endsWith('.json')).flatMap((file) => JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8')) as Case[]);

describe('schema evolution, as the fixtures have it', () => {
  test('there are cases', () => {
    expect(cases.length).toBeGreaterThanOrEqual(30);
  });

  test.each(cases.map((one): [string, Case] => [one.name, one]))('%s', (_, { before, change, after, refuse }) => {
    const shape = { fields: before.fields, fieldIds: before.fieldIds === null ? null : new Map(Object.entries(before.fieldIds)), lastColumnId: before.lastColumnId };
    const evolution = evolve(shape, change.columns, { hasRows: before.rows });
    if (evolution.problems !== undefined) {
      expect(evolution.problems).toHaveLength(refuse?.length ?? 0);
      for (const text of refuse ?? []) expect(evolution.problems.join('\n')).toContain(text);
      return;
    }
    expect(refuse).toBeUndefined();
    expect(evolution.shape.fields).toEqual(after?.fields);
    expect(Object.fromEntries(evolution.shape.fieldIds ?? [])).toEqual(after?.fieldIds);
    expect(evolution.shape.lastColumnId).toBe(after?.lastColumnId);
  });
});

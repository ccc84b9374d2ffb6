import { type Table } from '@aws-sdk/client-glue';
import { inTheClear } from '../../iceberg/maskings';
import { type ProductAccess, type ShapedTable } from '../product-access';

/** What a product offers of its tables as they stand, and which columns are shown to fewer until they are masked, in words. */
export interface OfferedAsPublished {
  readonly access: ProductAccess;
  readonly waiting: readonly string[];
}

/**
 * A contract says that a column is masked before any run has done so: what was published of it before is of the class of its real values,
 * until a run has published it masked.
 */
export function asPublished(access: ProductAccess, tables: readonly Pick<Table, 'Name' | 'Parameters'>[]): OfferedAsPublished {
  const waiting = new Set<string>();
  const standing = ({ table, columns, ...shown }: ShapedTable): ShapedTable => {
    const entry = tables.find(({ Name }) => Name === table);
    const isReadable = entry === undefined ? undefined : inTheClear(entry);
    return {
      ...shown, table, columns: columns.map((column) => {
        const { name, unmasked } = column;
        if (unmasked === undefined || isReadable?.(unmasked.id) !== true) return column;
        waiting.add(`${table}.${name} is not masked yet where it is published: until a run has masked it, it is shown to who may see what is ${unmasked.classification}`);
        return { ...column, classification: unmasked.classification };
      }),
    };
  };
  const shapes = access.shapes.map((shape) => ({ ...shape, tables: shape.tables.map(standing) }));
  return { access: { ...access, shapes }, waiting: [...waiting] };
}

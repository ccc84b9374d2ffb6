import { type DataContract } from '../../lib/plan/data-contract';
import { type Mesh } from '../../lib/plan/mesh/mesh';
import { type PlanType } from '../../lib/plan/plan-schema';
import { accessOf } from './access-of';
import { desiredAccess, filtersReadBy } from './desired-access';

/** A table of which a contract gives a consumer something, as the consumer's roles see it. */
export interface ReadTable {
  /** Id of the product, and its major version. */
  readonly product: string;
  readonly major: number;
  readonly domain: string;
  readonly database: string;
  readonly table: string;
  /** In the order of the table, with their types as the plan calls them. */
  readonly columns: readonly { readonly name: string; readonly type: PlanType }[];
  /** Names of the filters that its cells are cut by, which follow from what they say. */
  readonly filters: readonly string[];
  /** Whether every role of the contract that it is read by gives leave to keep copies. */
  readonly mayCopy: boolean;
}

/** What a consumer reads of a product by the contract alone: approved subscriptions are not known before they are. */
export function readTables(contract: DataContract, mesh: Mesh, environment: string, consumer: string): ReadTable[] {
  const { access } = accessOf(contract, mesh, environment);
  const principals = access.consumers.find(({ name }) => name === consumer)?.principals ?? [];
  // A sign-off that ends is for the grants' handler to watch: a synth turns on no clock.
  const desired = desiredAccess({ ...access, closes: null }, [], '1970-01-01T00:00:00Z');
  const shapes = contract._accessShapes().filter((shape) => shape.consumers.includes(consumer));
  return contract._plan.tables.filter(({ published }) => published).flatMap(({ name, table, columns: planned }): ReadTable[] => {
    const own = filtersReadBy(desired, principals, table);
    const seen = new Set(own.flatMap(({ columns }) => columns));
    if (seen.size === 0) return [];
    return [{
      product: access.product.id, major: access.product.major, domain: access.product.domain, database: access.database, table, filters: own.map((filter) => filter.name),
      columns: (planned ?? []).map((column) => ({ name: column.name.toLowerCase(), type: column.type })).filter((column) => seen.has(column.name)),
      mayCopy: shapes.filter(({ columns }) => columns.some(({ object }) => object === name)).every(({ copies }) => copies),
    }];
  });
}

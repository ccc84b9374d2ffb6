import { type Table } from '@aws-sdk/client-glue';
import { type Plan } from '../../../lib/plan/plan-schema';
import { type ProductPlace } from '../../domain/naming';
import { type ProductTable } from '../grants';
import { domainTag, productTag, visibilityOf, type Visibility } from '../lf-tags';
import { type TableTags } from './tagging';

/**
 * What a table of the plan is tagged with. Only columns of published tables have a class; all else inherits `restricted`, and
 * so does a column that is in the catalogue but no longer, or not yet, in the plan.
 */
export function tagsOf(place: ProductPlace, plan: Plan, { database, table, published }: ProductTable, found: Table): TableTags {
  const planned = published ? plan.tables.find((one) => one.published && one.table === table)?.columns ?? [] : [];
  // The catalogue folds names to lower case. After a rollback it may have newer columns than the plan, or others.
  const there = new Map((found.StorageDescriptor?.Columns ?? []).map(({ Name = '' }) => [Name.toLowerCase(), Name]));
  const columns = planned.flatMap(({ name, classification }) => {
    const known = there.get(name.toLowerCase());
    return known === undefined ? [] : [[known, { classification }] as const];
  });
  return { database, table, tags: { domain: domainTag(place), product: productTag(place), visibility: visibility() }, columns: Object.fromEntries(columns) };

  function visibility(): Visibility {
    if (published) return visibilityOf(plan);
    return plan.tables.some((one) => one.quarantine === table) ? 'quarantine' : 'internal';
  }
}

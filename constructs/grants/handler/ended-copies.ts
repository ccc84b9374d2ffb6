import { martsHandlerOf } from '../../consumer/naming';
import { type Filter, filtersReadBy } from '../desired-access';
import { type ActualAccess, type Change, type WantedAccess } from './difference';

/** Tables of which a consumer's warehouse is about to lose something that it may have copies of. */
export interface EndedCopies {
  /** ARN of the function that ends them. */
  readonly handler: string;
  readonly database: string;
  readonly tables: readonly string[];
}

/**
 * Whose copies a change ends. A copy stays where what is left shows the same rows and no column less; whether other rows are more or fewer
 * cannot be told from two conditions.
 */
export function endedCopies({ filters }: Pick<ActualAccess, 'filters'>, desired: WantedAccess, { revoke, mend }: Pick<Change, 'revoke' | 'mend'>, regionOf: (principal: string) => string): EndedCopies[] {
  const ended = new Map<string, Set<string>>();
  let database = '';
  for (const { principal, table, filter } of [...revokedFilters(revoke), ...mendedFilters(mend, desired)]) {
    const handler = martsHandlerOf(principal, regionOf(principal));
    const lost = filters.find((one) => one.table === table && one.name === filter);
    if (handler === undefined || lost === undefined || filtersReadBy(desired, [principal], table).some((left) => shows(left, lost))) continue;
    database = lost.database;
    ended.set(handler, (ended.get(handler) ?? new Set()).add(table));
  }
  return [...ended].map(([handler, tables]) => ({ handler, database, tables: [...tables].sort() }));
}

interface FilterOf {
  readonly principal: string;
  readonly table: string;
  readonly filter: string;
}

function revokedFilters(revoke: Change['revoke']): FilterOf[] {
  return revoke.flatMap(({ principal, permission, target }) => (target?.kind === 'filter' && permission === 'SELECT' ? [{ principal, table: target.table, filter: target.filter }] : []));
}

/** What somebody has changed by hand shows less again. */
function mendedFilters(mend: Change['mend'], { grants }: WantedAccess): FilterOf[] {
  return mend.flatMap(({ table, name }) => grants.flatMap(({ principal, target }) => (target.kind === 'filter' && target.table === table && target.filter === name ? [{ principal, table, filter: name }] : [])));
}

function shows(left: Filter, lost: Filter): boolean {
  return left.rowFilter === lost.rowFilter && lost.columns.every((column) => left.columns.includes(column));
}

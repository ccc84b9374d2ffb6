import { type Masking } from '../../contract/classification';
import { type SqlAnswer } from '../sql/sql-check';

/** A protected name. */
export interface Mark {
  readonly masking: Masking;
  /** Whether its values are those of the protected column, and nothing was done to them. */
  readonly copy: boolean;
}

/** Protected names of a table, or of what a rule makes of it. */
export type Names = Map<string, Mark>;

/** Columns that an expression names: as the checker says, else every word that is no function and in no quotes. */
export function namesIn(expression: string, answer: SqlAnswer | undefined): string[] {
  const read = answer?.reads[''];
  if (read !== undefined) return [...read];
  const bare = expression.replace(/'(?:[^'\\]|\\.|'')*'/g, "''");
  const names = [...bare.matchAll(/`((?:[^`]|``)+)`|\b([A-Za-z_]\w*)\b(?!\s*\()/g)].map(([, quoted, word]) => quoted?.replaceAll('``', '`') ?? word);
  return [...new Set(names)];
}

/** The table and the column of `orders.total`. */
export function split(origin: string): [table: string, column: string] {
  const dot = origin.indexOf('.');
  return [origin.slice(0, dot), origin.slice(dot + 1)];
}

import { type Columns } from '../sql/column-flow';
import { type PromisedTable } from '../contract-tables';
import { type DraftPipeline, type DraftTable } from '../pipeline/draft';
import { type PlanTable } from '../plan-schema';
import { type ProductDirectory } from '../product-directory';
import { type SqlAnswer } from '../sql/sql-check';
import { demanded } from './demanded';
import { traced } from './traced';

/** What is known about columns that must not be seen. */
export interface Protection {
  /** By table: every column that is, becomes or is made from a protected one, under all names it has there. */
  readonly byTable: ReadonlyMap<string, PlanTable['protected']>;
  /** Promised columns that are made from protected ones and not classified so. */
  readonly exposed: readonly Exposed[];
  /** Promised columns that a rule has masked already and that would be masked again. */
  readonly maskedTwice: readonly { readonly table: string; readonly column: string }[];
}

export interface Exposed {
  readonly table: string;
  readonly column: string;
  /** Whether it holds the very values, and the contract does not release them by `mesh.masking: none`. */
  readonly copied: boolean;
}

export interface ProtectionInput {
  readonly pipeline: DraftPipeline;
  readonly ordered: readonly DraftTable[];
  readonly promised: readonly PromisedTable[];
  readonly products: ProductDirectory;
  /** By rule id, with the column behind a dot where a rule has several expressions. */
  readonly answers: ReadonlyMap<string, SqlAnswer>;
  readonly flow: ReadonlyMap<string, Columns>;
}

/**
 * Follows protected columns from the contract back to the sources, and from there forward again: through renames,
 * expressions, joins and, by its lineage, SQL. Where lineage is not known, a column of the same name is the same column.
 */
export function protection(input: ProtectionInput): Protection {
  return traced(input, demanded(input));
}

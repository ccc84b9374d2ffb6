import { type Classification } from '../../contract/classification';
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
  /** Promised columns that are masked already and that would be masked again. */
  readonly maskedTwice: readonly MaskedTwice[];
  /** Tables to whose queries protected columns come, and nobody can tell where those go. */
  readonly untold: readonly string[];
}

export interface Exposed {
  readonly table: string;
  readonly column: string;
  /** Whether it holds the very values, and the contract does not release them by `mesh.masking: none`. */
  readonly copied: boolean;
  /** Whether a query leaves it open if it is made of one at all. */
  readonly perhaps: boolean;
}

export interface MaskedTwice {
  readonly table: string;
  readonly column: string;
  /** What has masked it: a rule, the publishing of a table, or of another product. */
  readonly by: 'rule' | { readonly published: string } | { readonly imported: string };
}

export interface ProtectionInput {
  readonly pipeline: DraftPipeline;
  readonly ordered: readonly DraftTable[];
  readonly promised: readonly PromisedTable[];
  readonly products: ProductDirectory;
  /** By rule id, with the column behind a dot where a rule has several expressions. */
  readonly answers: ReadonlyMap<string, SqlAnswer>;
  readonly flow: ReadonlyMap<string, Columns>;
  /** The class of what the contract does not name. */
  readonly classification: Classification;
}

/**
 * Follows protected columns from the contract back to the sources, and from there forward again: through renames,
 * expressions, joins and, by its lineage, SQL. What may be made of a protected column counts as made of it; where lineage
 * is not known at all, a column of the same name is taken for the same column, and the table is named.
 */
export function protection(input: ProtectionInput): Protection {
  return traced(input, demanded(input));
}

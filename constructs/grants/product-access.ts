import { type Classification } from '../../lib/contract/classification';
import { type Plan } from '../../lib/plan/plan-schema';

/** Of the document that a product's stack of grants brings along. */
export const ACCESS_VERSION = 1;

/**
 * Whom a product may let see what: its access shapes, and the consumers of the mesh as far as that decides what they are given.
 * Who has which shape is not in it but for the bindings that the contract writes itself.
 */
export interface ProductAccess {
  readonly accessVersion: typeof ACCESS_VERSION;
  readonly product: Pick<Plan['product'], 'id' | 'domain' | 'entity' | 'major' | 'version' | 'status'>;
  /** Digest of the contract that it follows from. */
  readonly contract: string;
  readonly environment: string | null;
  /** The database of its published tables. */
  readonly database: string;
  readonly tables: readonly string[];
  /** Why nobody is given anything, whoever is bound; null where the lifecycle and the sign-offs allow it. */
  readonly closed: string | null;
  /** The time from which on nobody is given anything, as a required sign-off ends: ISO 8601, in UTC. */
  readonly closes: string | null;
  /** Regions in which its data may be read; none means any. */
  readonly residency: readonly string[];
  readonly shapes: readonly OfferedShape[];
  readonly consumers: readonly KnownConsumer[];
}

/** An access shape, as Lake Formation can put it in force. */
export interface OfferedShape {
  readonly role: string;
  readonly purpose: string | null;
  readonly clearance: Classification;
  /** Tables of which it shows anything. */
  readonly tables: readonly ShapedTable[];
  /** Consumers that the contract itself gives it to. */
  readonly consumers: readonly string[];
}

/** What a shape shows of one table. */
export interface ShapedTable {
  readonly table: string;
  readonly columns: readonly ShapedColumn[];
  /** In Lake Formation's words; null for every row. */
  readonly rowFilter: string | null;
}

/** A column that a shape shows. */
export interface ShapedColumn {
  readonly name: string;
  /** Of what is published of it once it is masked as the contract says. */
  readonly classification: Classification;
  /** Of one that is masked: its identity, and the class of its real values. */
  readonly unmasked?: { readonly id: string; readonly classification: Classification };
}

/** A consumer of the mesh. */
export interface KnownConsumer {
  readonly name: string;
  readonly class: 'internal' | 'partner';
  readonly clearance: Classification;
  /** What it reads for; null for anything. */
  readonly purposes: readonly string[] | null;
  /** Where it reads. */
  readonly region: string;
  /** ARNs of its roles. */
  readonly principals: readonly string[];
}

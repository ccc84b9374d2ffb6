import { type PromisedTable } from './contract-tables';

/** What other products may know of one: what its contract promises. */
export interface KnownProduct {
  readonly id: string;
  readonly domain: string;
  readonly major: number;
  readonly tables: readonly PromisedTable[];
  /** Absolute path of its contract. */
  readonly file: string;
}

/** The products of a mesh, as pipelines refer to them. */
export interface ProductDirectory {
  /** Every version of a product; none where it is not in the mesh. */
  find(id: string): readonly KnownProduct[];
  ids(): string[];
}

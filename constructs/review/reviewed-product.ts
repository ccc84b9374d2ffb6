import { type Promised } from '../../lib/plan/sla-review/review';
import { type ProductPlace } from '../domain/naming';

/** A product that is reviewed each month: where it is, and what it promises. */
export interface ReviewedProduct {
  readonly place: ProductPlace;
  readonly promised: Promised;
  /** Its published tables, `sales.orders_v1`: reads are counted by them. */
  readonly tables: readonly string[];
}

/** What is uploaded with the stack of the review. */
export interface ReviewedProducts {
  readonly mesh: string;
  readonly products: readonly ReviewedProduct[];
}

import { type Classification } from '../classification';
import { type Vocabulary } from '../vocabulary';

/** What one of the two contracts is read in. */
export interface DiffSide {
  /** Of a domain's columns that say none. */
  classification(domain: string | undefined): Classification;
  /** Undefined where there is none that can be read. */
  readonly vocabulary?: Vocabulary | undefined;
}

/** What a comparison needs to know beside the two contracts. */
export interface DiffContext {
  readonly base: DiffSide;
  readonly head: DiffSide;
  /** The day of the comparison, `2026-01-31`: ends of life and of ignores are held against it. */
  readonly today: string;
}

import { type Classification } from '../classification';
import { type Contract } from '../contract';
import { type Notice } from '../ending';
import { type Vocabulary } from '../vocabulary';

/** What one of the two contracts is read in. */
export interface DiffSide {
  /** Of a domain's columns that say none. */
  classification(domain: string | undefined): Classification;
  /** That holds for a contract by what it says and by the policies of its mesh; without it what a contract says holds alone. */
  notice?(contract: Contract): Notice | undefined;
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

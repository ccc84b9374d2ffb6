import { type Contract } from '../contract';
import { type DocumentPath } from '../document-path';
import { majorVersion } from '../version';
import { DIFF_RULES, type DiffRule, type DiffRuleId, type Grade } from './rules';

/** One thing that a consumer may notice. */
export interface Change {
  readonly id: DiffRuleId;
  readonly grade: Grade;
  /** What it is about, by names: `schema.orders.total_amount`, `roles.analyst`; it is the same in both contracts and for ignores. */
  readonly path: string;
  readonly file: string;
  /** In the newer contract; of what is gone, where it would be. */
  readonly line: number;
  readonly column: number;
  /** Where it was, null for what is new. */
  readonly was: { readonly file: string; readonly line: number } | null;
  /** What changed, and what a consumer would notice. */
  readonly message: string;
}

/** Something of both contracts, or of one. */
export interface Place {
  readonly path: string;
  /** In the document of the older contract; left out for what is new. */
  readonly base?: DocumentPath | undefined;
  /** In the document of the newer one; of what is gone, what held it. */
  readonly head: DocumentPath;
}

/** Where something stands in a file. */
interface FilePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A field of a place. */
export function within(place: Place, field: string): Place {
  return { path: `${place.path}.${field}`, base: place.base === undefined ? undefined : [...place.base, field], head: [...place.head, field] };
}

/** Collects the changes between two contracts. */
export class Changes {
  private readonly found: Change[] = [];

  constructor(readonly base: Contract, readonly head: Contract) {}

  /** Whether one takes the place of the other. Two major versions live side by side: each has its own status, ends and consumers. */
  get ofOneMajor(): boolean {
    return majorVersion(this.base.version) === majorVersion(this.head.version);
  }

  /** `what` changed, as the beginning of a sentence that the rule ends. */
  add(id: DiffRuleId, place: Place, what: string): void {
    const { line, column } = this.head.locate(place.head);
    const { grade, notice }: DiffRule = DIFF_RULES[id];
    this.found.push({
      id, grade, path: place.path, file: this.head.file, line, column,
      was: place.base === undefined ? null : { file: this.base.file, line: this.base.locate(place.base).line },
      message: `${what}: ${notice}`,
    });
  }

  /** As {@link add}, of something in a file beside the two contracts. */
  addBeside(id: DiffRuleId, { path, was, is }: { readonly path: string; readonly was: FilePlace; readonly is: FilePlace }, what: string): void {
    const { grade, notice }: DiffRule = DIFF_RULES[id];
    this.found.push({ id, grade, path, file: is.file, line: is.line, column: is.column, was: { file: was.file, line: was.line }, message: `${what}: ${notice}` });
  }

  /** The worst first, then in the order of the file. */
  all(): Change[] {
    return [...this.found].sort(byGrade);
  }
}

const ORDER: readonly Grade[] = ['breaking', 'risky', 'safe'];

function byGrade(a: Change, b: Change): number {
  return ORDER.indexOf(a.grade) - ORDER.indexOf(b.grade) || a.line - b.line || a.column - b.column || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
}

import { type DocumentPath } from '../../contract/document-path';

/** A piece of SQL that somebody wrote. */
export interface SqlItem {
  /** Unique among the SQL of a product. */
  readonly id: string;
  readonly kind: 'query' | 'expression';
  readonly text: string;
  /** The tables it may read; null for an expression, which reads none. */
  readonly tables: readonly string[] | null;
  /** An expression that is worked out for each row alone, as those of `filter` and `derive` are. */
  readonly rows?: true;
  /** Columns and types of tables whose columns are all known; the type is empty where it is not. */
  readonly columns?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Where it is written. */
  readonly path: DocumentPath;
  /** The file it is in, relative to the mesh root; null where it is written in place. */
  readonly file: string | null;
}

export interface SqlProblem {
  readonly message: string;
  /** From 1, in the text. */
  readonly line: number;
  readonly column: number;
  readonly remedy?: string | null | undefined;
}

/** What the checker found. */
export interface SqlAnswer {
  readonly ok: boolean;
  readonly problems: readonly SqlProblem[];
  /** Tables that it reads. */
  readonly tables: readonly string[];
  /** Names of what it gives, in order; null where they cannot be told, as with `*`. */
  readonly columns: readonly string[] | null;
  /** Columns that it names, by table; those of an expression by the empty name. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** Of each output column, the `table.column`s it is made of, and of `*` the `table.*` whose columns it gives; null where that cannot be told. */
  readonly lineage: Readonly<Record<string, readonly string[]>> | null;
  /** The same of what they may be made of besides: a name that says no table may be of any whose columns are not known. */
  readonly perhaps?: Readonly<Record<string, readonly string[]>>;
  /** Of both, the `table.column`s that it gives as they are, whatever they are called. */
  readonly plain?: Readonly<Record<string, readonly string[]>>;
  /** Why lineage cannot be told of a sound query. */
  readonly untold?: SqlProblem | null;
  /** The `table.column`s that decide which rows a query gives, as filters, keys of joins and groups do. */
  readonly decides?: readonly string[];
}

/** Answers by id, or why there are none. */
export type SqlAnswers =
  | { readonly ok: true; readonly answers: ReadonlyMap<string, SqlAnswer> }
  | { readonly ok: false; readonly why: string; readonly remedy: string };

/** Checks all SQL of a validation at once. The ids are unique in one call. */
export interface SqlChecker {
  check(items: readonly SqlItem[]): SqlAnswers;
}

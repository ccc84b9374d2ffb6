/** What is wrong in a file a person wrote: where, what, why, and what to do. */
export interface Problem {
  /**
   * Stable id, documented in docs/rules.md: `odcs/…` for what the standard's schema refuses,
   * `yaml/…` for a file that cannot be read, `lint/…`, `pipeline/…`, `mesh/…`, `tests/…` and `policy/…` for the rest.
   */
  readonly id: string;
  /** An error stops everything after validation; a warning never does. */
  readonly severity: 'error' | 'warning';
  /** The file as the user named it, relative to where they stand. */
  readonly file: string;
  /** From 1; 1:1 where the problem is the whole file's. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Path in the document, e.g. `schema[0].properties[2].name`; empty for the whole document. */
  readonly path: string;
  /** One sentence: what is wrong. */
  readonly message: string;
  /** What was found, as the user wrote it, shortened. */
  readonly received?: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

/** As compilers print it, so that editors and CI make it a link. */
export function inOneLine({ file, line, column, severity, message, id, remedy }: Problem): string {
  return `${file}:${line}:${column}: ${severity}: ${message} (${id})${remedy === undefined ? '' : `; ${remedy}`}`;
}

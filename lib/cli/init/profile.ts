/** What the jobs found in a sample of data. */
export interface Profile {
  readonly format: 'csv' | 'json' | 'jsonl' | 'parquet';
  readonly rows: number;
  /** CSV only, where it is not the usual. */
  readonly delimiter?: string | null;
  readonly encoding?: string | null;
  /** Texts that stand for null. */
  readonly nullLiterals: readonly string[];
  readonly columns: readonly ProfiledColumn[];
  /** Columns whose values identify a row, the best first. */
  readonly keyCandidates: readonly (readonly string[])[];
}

export interface ProfiledColumn {
  readonly name: string;
  /** As Spark's DDL writes it. */
  readonly type: string;
  /** Pattern of a date in text. */
  readonly format?: string | null;
  readonly nulls: number;
  readonly distinct: number;
  readonly min?: string | number | boolean | null;
  readonly max?: string | number | boolean | null;
  /** All values, where they are few. Absent where they may be personal. */
  readonly values?: readonly string[] | null;
  /** `email`, `uuid` or a regular expression that every value matches. */
  readonly pattern?: string | null;
  /** Looks personal: by its name or its values. */
  readonly sensitive?: boolean;
}

import { type Plan } from '../plan/plan-schema';
import { type Engine } from '../plan/sql/python-home';

/** What the jobs answer, command by command: the other end is glue-jobs' local entry point. */
export type Mode = 'init' | 'full' | 'delta';

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly table: string;
  readonly metric: string;
  readonly severity: 'critical' | 'warning';
  readonly action: string;
  readonly unit: 'rows' | 'percent';
  readonly threshold: string;
  readonly measured: number | null;
  readonly rows: number | null;
  readonly failing: number | null;
  readonly passed: boolean;
  /** False where what was measured may be a value of a protected column. */
  readonly told?: boolean;
}

export interface Certificate {
  readonly certificateId: string;
  readonly version: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly issuedAt: string;
  readonly verdict: 'certified' | 'provisional' | 'rejected';
  readonly score: number;
  readonly reasons: readonly string[];
  readonly warnings?: readonly string[];
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly snapshotId: number | string | null }[];
  readonly checks: readonly Check[];
  readonly freshness: { readonly seconds: number | null; readonly limitSeconds: number | null; readonly passed: boolean };
  readonly completeness: { readonly percent: number | null };
  readonly uniqueness: { readonly percent: number | null };
  readonly signoffs: { readonly required: readonly string[]; readonly problems: readonly string[] };
}

export interface RunTable {
  readonly table: string;
  readonly layer: 'bronze' | 'silver' | 'gold';
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly quarantined: number;
  readonly removed: number;
  readonly vanished?: number;
  readonly rowsTotal?: number;
}

export interface Loss {
  readonly table: string;
  readonly rule: string;
  readonly kind: string;
  readonly rows: number;
  readonly reason: string;
}

/** What a run did to keep a table quick to read: small files that became few, snapshots that it keeps no longer. */
export interface Maintenance {
  readonly table: string;
  readonly files?: number;
  readonly into?: number;
  readonly forgotten: number;
  readonly seconds: number;
}

export interface RunResult {
  readonly product: string;
  readonly version: string;
  readonly runId: string;
  readonly mode: Mode;
  readonly state: 'published' | 'rejected' | 'failed' | 'skipped';
  readonly resumed?: boolean;
  readonly tables: readonly RunTable[];
  readonly losses?: readonly Loss[];
  readonly maintenance?: readonly Maintenance[];
  readonly certificate: Certificate | null;
  readonly seconds: number;
  readonly message?: string | null;
  readonly remedy?: string | null;
}

export interface RunRequest {
  readonly plan: Plan;
  /** Where everything is kept; undefined for a run of what is deployed. */
  readonly state?: string;
  readonly root: string;
  readonly mode: Mode | null;
  readonly engine: Engine;
  readonly runId?: string;
  readonly now?: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly replayFrom?: string;
}

export interface RunProgress {
  readonly step: string;
  readonly source?: string;
  readonly table?: string;
  readonly layer?: string;
  readonly rowsIn?: number;
  readonly rowsOut?: number;
  /** Files that were read, and their bytes. */
  readonly read?: number;
  readonly bytes?: number;
  readonly checks?: number;
  readonly tables?: number;
  readonly quarantined?: number;
  readonly removed?: number;
  /** Files that were made into others, or deleted. */
  readonly files?: number;
  readonly into?: number;
  readonly forgotten?: number;
  /** Absent where the step begins. */
  readonly seconds?: number;
}

export interface RunSummary {
  readonly runId: string;
  readonly mode: Mode;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly message: string | null;
  /** Null where the run ended before it was certified. */
  readonly verdict: Certificate['verdict'] | null;
  readonly score: number | null;
}

export interface ProductStatus {
  readonly product: string;
  readonly major: number;
  readonly state: string;
  readonly lastRun: RunSummary | null;
  /** The last ten, newest first. */
  readonly runs: readonly RunSummary[];
  readonly lastCertified: { readonly runId: string; readonly issuedAt: string } | null;
  readonly certificate: Certificate | null;
  readonly availabilityPercent: number | null;
  readonly freshnessSeconds: number | null;
  readonly running: { readonly runId?: string; readonly owner?: string; readonly since?: string } | null;
}

export interface ShownTable {
  readonly table: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface QuarantineGroup {
  readonly table: string;
  readonly rule: string;
  readonly reason: string;
  readonly rows: number;
  readonly runId: string;
}

/** How two published tables differ; columns and keys are named as in the second. */
export interface ComparedTable {
  readonly table: { readonly a: string; readonly b: string };
  readonly by: readonly string[];
  readonly same: boolean;
  readonly rows: { readonly a: number; readonly b: number };
  /** Rows beyond the first of their key. */
  readonly duplicates: { readonly a: number; readonly b: number };
  readonly both: number;
  readonly only: { readonly a: number; readonly b: number };
  /** Rows of both in which a column differs. */
  readonly different: number;
  readonly columns: readonly {
    readonly a: string; readonly b: string; readonly type: { readonly a: string; readonly b: string };
    readonly different: number;
    /** Of numbers, the greatest difference. */
    readonly largest: number | null;
  }[];
  /** Columns that one of them lacks. */
  readonly missing: { readonly a: readonly string[]; readonly b: readonly string[] };
  readonly examples: {
    readonly different: readonly { readonly key: Values; readonly columns: Readonly<Record<string, { readonly a: unknown; readonly b: unknown }>> }[];
    readonly onlyA: readonly Values[];
    readonly onlyB: readonly Values[];
  };
}

type Values = Readonly<Record<string, unknown>>;

export interface ComparedProduct {
  readonly product: string;
  readonly version: string;
  readonly runId: string;
}

export interface CompareResult {
  readonly same: boolean;
  readonly a: ComparedProduct;
  readonly b: ComparedProduct;
  readonly tables: readonly ComparedTable[];
}

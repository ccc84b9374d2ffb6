import { type DocumentPath } from '../../contract/document-path';
import { type PipelineQuality } from './pipeline-file';
import { type PlanRule, type PlanSource, type PlanTable } from '../plan-schema';

/** A pipeline after its words were read: types, durations and SQL resolved, nothing derived yet. */
export interface DraftPipeline {
  readonly sources: readonly PlanSource[];
  readonly tables: readonly DraftTable[];
  readonly size: { readonly rows: number | null; readonly perRun: number | null };
  readonly engine: 'auto' | 'spark' | 'duckdb' | undefined;
  readonly schedule: { readonly full: string | null; readonly delta: string | null; readonly timezone: string };
  /** Whether somebody wrote it: without a file everything is derived, and a delta is always possible. */
  readonly written: boolean;
}

/** A table as its author describes it. */
export interface DraftTable {
  readonly name: string;
  readonly layer: PlanTable['layer'];
  readonly from: readonly string[];
  readonly rules: readonly DraftRule[];
  readonly quality: readonly PipelineQuality[];
  readonly primaryKey: readonly string[] | undefined;
  readonly partitionBy: readonly { readonly column: string; readonly transform: PlanTable['partitionBy'][number]['transform'] }[] | undefined;
  readonly persist: boolean | undefined;
  readonly refreshOn: readonly ('full' | 'delta')[] | undefined;
  /** Where it is in the pipeline file. */
  readonly path: DocumentPath;
}

/** A rule with the place it was written at. */
export interface DraftRule {
  readonly rule: PlanRule;
  readonly path: DocumentPath;
}

/** Rules after which rows can no longer be followed one by one. */
export const RESHAPING: readonly PlanRule['kind'][] = ['join', 'aggregate', 'union', 'sql'];

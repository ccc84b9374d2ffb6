import { type DocumentPath } from '../../contract/document-path';
import { type Findings } from '../../contract/findings';
import { parseCount } from '../../contract/quantities';
import { type DraftPipeline, type DraftTable } from './draft';
import { draftRules, type SqlReader } from './draft-rules';
import { draftSource, type SourceContext } from './draft-sources';
import { type PipelineFile, type PipelineTable } from './pipeline-file';
import { PIPELINE } from '../rules';

/** Reads the words of a pipeline file: types, durations, counts, schedules, rules and SQL. What is wrong is reported. */
export function draftPipeline(file: PipelineFile, context: SourceContext & { readonly sql: SqlReader }): DraftPipeline {
  const { findings } = context;
  return {
    sources: Object.entries(file.sources).flatMap(([name, source]) => draftSource(name, source, context) ?? []),
    tables: Object.entries(file.tables).map(([name, table]) => draftTable(name, table, context)),
    size: { rows: count(file.size?.rows, ['size', 'rows'], findings), perRun: count(file.size?.perRun, ['size', 'perRun'], findings) },
    engine: file.engine,
    schedule: {
      full: schedule(file.schedule?.full, ['schedule', 'full'], findings),
      delta: schedule(file.schedule?.delta, ['schedule', 'delta'], findings),
      timezone: timezone(file.schedule?.timezone, findings),
    },
    written: true,
  };
}

function draftTable(name: string, table: PipelineTable, context: { readonly findings: Findings; readonly sql: SqlReader }): DraftTable {
  refreshedByFull(name, table, context.findings);
  return {
    name, layer: table.layer, from: table.from,
    rules: draftRules(name, table, context),
    quality: table.quality ?? [],
    primaryKey: table.primaryKey,
    partitionBy: table.partitionBy?.map((text) => {
      const match = /^(year|month|day|identity)\(\s*(.+?)\s*\)$/.exec(text);
      return match ? { column: match[2], transform: match[1] as 'year' } : { column: text, transform: 'identity' };
    }),
    persist: table.persist,
    refreshOn: table.refreshOn,
    path: ['tables', name],
  };
}

/** What a full run has read counts as read: a table that it left alone would never get those rows. */
function refreshedByFull(name: string, { refreshOn }: PipelineTable, findings: Findings): void {
  if (refreshOn === undefined || refreshOn.includes('full')) return;
  findings.add(PIPELINE.refresh, ['tables', name, 'refreshOn'], {
    message: `a full run would leave \`${name}\` without the rows that it reads, and no later delta reads them again`, received: refreshOn, expected: '[full], or [full, delta]',
    remedy: 'add `full`, or remove `refreshOn` for a table that every run rebuilds',
  });
}

function count(written: number | string | undefined, path: DocumentPath, findings: Findings): number | null {
  if (written === undefined) return null;
  const value = parseCount(written);
  if (value === undefined) {
    findings.add(PIPELINE.count, path, { message: 'this is not a number of rows', received: written, expected: 'e.g. 500, 10k, 20M or 1G' });
    return null;
  }
  return value;
}

const CRON_FIELD = String.raw`[0-9A-Za-z*?,/#\-]+`;
const CRON = new RegExp(String.raw`^cron\(\s*${Array(6).fill(CRON_FIELD).join(String.raw`\s+`)}\s*\)$`);
const RATE = /^rate\(\s*([1-9]\d{0,4})\s+(minute|hour|day)(s?)\s*\)$/;

/** EventBridge Scheduler's words: six cron fields, day of month or of week being `?`, or a rate in agreement with its number. */
function schedule(written: string | undefined, path: DocumentPath, findings: Findings): string | null {
  if (written === undefined) return null;
  const rate = RATE.exec(written);
  if (rate) {
    if ((rate[1] === '1') === (rate[3] === '')) return written;
    findings.add(PIPELINE.schedule, path, {
      message: 'the unit of a rate agrees with its number', received: written, expected: `rate(${rate[1]} ${rate[2]}${rate[1] === '1' ? '' : 's'})`,
    });
    return null;
  }
  if (CRON.test(written)) {
    const fields = written.slice(5, -1).trim().split(/\s+/);
    if ((fields[2] === '?') !== (fields[4] === '?')) return written;
    findings.add(PIPELINE.schedule, path, {
      message: 'exactly one of day of month and day of week must be `?`', received: written, expected: 'e.g. cron(0 5 * * ? *) for every day at 5',
    });
    return null;
  }
  const fields = /^cron\((.*)\)$/.exec(written)?.[1]!.trim().split(/\s+/).length;
  findings.add(PIPELINE.schedule, path, {
    message: fields === undefined || fields === 6 ? 'this is not a schedule' : `a schedule has six fields, this one has ${fields}`,
    received: written, expected: 'cron(minute hour day-of-month month day-of-week year) or rate(1 hour)',
  });
  return null;
}

function timezone(written: string | undefined, findings: Findings): string {
  if (written === undefined) return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: written });
    return written;
  } catch {
    findings.add(PIPELINE.schedule, ['schedule', 'timezone'], { message: 'there is no such time zone', received: written, expected: 'a name in the IANA time zone database, e.g. Europe/Berlin' });
    return 'UTC';
  }
}

import { certificateLine, shortcomings } from './certificate-report';
import { type Maintenance, type RunResult } from './job-results';
import { renderTable } from './terminal/table';
import { type TargetName } from './target';
import { harmless } from './terminal/text';
import { type Terminal } from './terminal/terminal';
import { count, plural, took } from './terminal/units';

/** Prints one run: its tables and what was lost on stdout, what is wrong on stderr. */
export function printRun(name: string, run: RunResult, { out, err }: Terminal): void {
  const { paint } = out;
  if (run.state === 'skipped') {
    out.line(out.fold(`${paint.green('✔')} ${paint.bold(name)} ${run.version} ${harmless(run.message ?? 'nothing to do')}`, '  '));
    return;
  }
  const published = run.state === 'published';
  const ended = published ? `published in ${took(run.seconds)}` : `${run.state} after ${took(run.seconds)}`;
  const resumed = run.resumed === true ? ', resumed where it had stopped' : '';
  out.line(out.fold(`${published ? paint.green('✔') : paint.red('✖')} ${paint.bold(name)} ${run.version} ${ended}${resumed} ${paint.dim(run.runId)}`, '  '));
  const counted = run.tables.some((table) => (table.vanished ?? 0) > 0);
  if (run.tables.length > 0) {
    const { lines } = renderTable([
      { title: 'table' }, { title: 'layer', whole: true },
      { title: 'rows in', align: 'right', whole: true }, { title: 'rows out', align: 'right', whole: true },
      { title: 'quarantined', align: 'right', whole: true, colour: (text) => (text.trim() === '0' ? text : paint.yellow(text)) },
      { title: 'removed', align: 'right', whole: true },
      ...counted ? [{ title: 'vanished', align: 'right', whole: true } as const] : [],
    ], run.tables.map((table) => [
      table.table, table.layer, ...[table.rowsIn, table.rowsOut, table.quarantined, table.removed, ...counted ? [table.vanished ?? 0] : []].map(count),
    ]), out.width() - 2, paint);
    for (const line of lines) out.line(`  ${line}`);
  }
  for (const loss of run.losses ?? []) {
    if (loss.rows > 0) out.line(paint.dim(out.fold(`  ${loss.kind} ${plural(loss.rows, 'row')}: ${harmless(loss.reason)} (${harmless(loss.rule)})`, '    ')));
  }
  for (const done of run.maintenance ?? []) out.line(paint.dim(out.fold(`  maintained ${maintained(done)}`, '    ')));
  if (run.certificate !== null) {
    out.line(out.fold(`  ${certificateLine(run.certificate, paint)}`, '    '));
    for (const line of shortcomings(run.certificate, err.paint)) err.line(err.fold(`  ${line}`, '    '));
  }
  if (!published && run.message && run.certificate === null) {
    const [first, ...others] = run.message.split('\n').map(harmless);
    err.line(err.fold(`  ${err.paint.red('✖')} ${first}`, '    '));
    for (const line of others) err.line(err.fold(`    ${line}`, '      '));
  }
  if (!published && run.remedy) err.line(err.fold(`    ${err.paint.cyan('→')} ${harmless(run.remedy)}`, '      '));
}

/** `orders: 5 small files became 1, 3 old snapshots forgotten, 0.4 s`. */
export function maintained({ table, files, into, forgotten, seconds }: Maintenance): string {
  return `${table}: ${[
    files === undefined || into === undefined ? '' : `${plural(files, 'small file')} became ${count(into)}`,
    forgotten > 0 ? `${plural(forgotten, 'old snapshot')} forgotten` : '',
    took(seconds),
  ].filter((part) => part !== '').join(', ')}`;
}

/** Where to look after a run. */
export function nextAfter(name: string, run: RunResult, target: TargetName = 'local'): string[] {
  const quarantined = run.tables.reduce((sum, table) => sum + table.quarantined, 0);
  const to = target === 'local' ? '' : ` --target ${target}`;
  return [
    ...run.state === 'published' || run.state === 'skipped' ? [`mesh show ${name}${to}`] : [],
    ...quarantined > 0 ? [`mesh quarantine ${name}${to}`] : [],
    ...run.state === 'rejected' ? [`mesh status${to}`] : [],
  ];
}

import { type Change } from '../../contract/diff/change';
import { type Comparison, type SetComparison } from '../../contract/diff/diff-sets';
import { type UsedIgnore } from '../../contract/diff/ignored-changes';
import { type Grade } from '../../contract/diff/rules';
import { type Paint } from '../terminal/paint';
import { type Channel } from '../terminal/terminal';
import { harmless } from '../terminal/text';
import { complaint, verdict, versions } from './verdict';

/** A comparison for people: contract by contract, the worst first. */
export function printDiff(result: SetComparison, out: Channel): void {
  for (const comparison of result.comparisons) {
    if (comparison.changes.length > 0 || comparison.ignored.length > 0 || comparison.ignores.length > 0) printComparison(comparison, out);
  }
  out.line(`${result.ok ? out.paint.green('✔') : out.paint.red('✖')} ${verdict(result)}`);
}

function printComparison(comparison: Comparison, out: Channel): void {
  const { paint, fold } = out;
  out.line(`${paint.bold(harmless((comparison.head ?? comparison.base)!.file))}  ${harmless(versions(comparison))}`);
  for (const change of comparison.changes) {
    out.line(fold(`${mark(change.grade, paint)} ${change.line}:${change.column} ${change.grade}: ${harmless(change.message)}`, '  '));
    out.line(`  ${paint.dim(`→ ${where(change)}`)}`);
  }
  for (const change of comparison.ignored) {
    out.line(fold(`${paint.dim('○')} ${change.line}:${change.column} ignored until ${change.until}: ${harmless(change.message)}`, '  '));
    out.line(`  ${paint.dim(`→ ${where(change)}: ${harmless(change.reason)}`)}`);
  }
  for (const ignore of comparison.ignores) if (ignore.state !== 'used') out.line(fold(`${paint.yellow('⚠')} ${harmless(staleness(ignore))}`, '  '));
  const missing = complaint(comparison);
  if (missing !== undefined) out.line(fold(`${paint.red('✖')} ${harmless(missing)}`, '  '));
  out.line();
}

/** Where it was is said where it is elsewhere now. */
function where({ path, id, was, line }: Change): string {
  return `at ${harmless(path)} (${id})${was === null || was.line === line ? '' : `, was ${harmless(was.file)}:${was.line}`}`;
}

function staleness({ rule, path, until, state }: UsedIgnore): string {
  return state === 'expired' ? `the ignore for ${rule} at ${path} expired on ${until}` : `the ignore for ${rule} at ${path} is not needed: remove it`;
}

function mark(grade: Grade, paint: Paint): string {
  return { breaking: paint.red('✖'), risky: paint.yellow('⚠'), safe: paint.green('✔') }[grade];
}

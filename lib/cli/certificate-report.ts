import { type Certificate, type Check } from './job-results';
import { type Paint } from './terminal/paint';
import { harmless } from './terminal/text';
import { age, count, decimal, plural } from './terminal/units';

/** `certified`, coloured by what it means. */
export function verdictText(verdict: Certificate['verdict'], paint: Paint): string {
  return { certified: paint.green, provisional: paint.yellow, rejected: paint.red }[verdict](verdict);
}

/** One line: verdict, score, checks, freshness when it was issued. */
export function certificateLine(certificate: Certificate, paint: Paint): string {
  return `${verdictLine(certificate, paint)} · ${freshnessText(certificate)}`;
}

/** Without the freshness, which passes. */
export function verdictLine(certificate: Certificate, paint: Paint): string {
  const failed = certificate.checks.filter((check) => !check.passed).length;
  const checks = `${plural(certificate.checks.length, 'check')}${failed === 0 ? ', all passed' : `, ${count(failed)} failed`}`;
  return [`${verdictText(certificate.verdict, paint)}, score ${decimal(certificate.score)}`, checks].join(' · ');
}

export function freshnessText({ freshness }: Pick<Certificate, 'freshness'>): string {
  const old = freshness.seconds === null ? 'age unknown' : `${age(freshness.seconds)} old`;
  return freshness.limitSeconds === null ? old : `${old}, promised ${age(freshness.limitSeconds)}`;
}

/** A check that failed: its title, what was measured, what was wanted, and its id to look it up. */
export function failedCheckLines(check: Check, paint: Paint): string[] {
  const mark = check.severity === 'critical' ? paint.red('✖') : paint.yellow('⚠');
  const unit = check.unit === 'percent' ? ' %' : '';
  const measured = check.told === false ? 'measured of protected values, so not shown' : check.measured === null ? 'not measured' : `measured ${decimal(check.measured, 4)}${unit}`;
  const rows = check.failing === null || check.rows === null ? '' : `, ${count(check.failing)} of ${plural(check.rows, 'row')}`;
  return [`${mark} ${harmless(check.title)}: ${measured}${rows}, ${harmless(check.threshold)}`, `  ${paint.dim(`→ ${harmless(check.id)} (${check.severity}, ${check.action})`)}`];
}

/** What is not as it should be, worst first, and why the verdict is what it is. */
export function shortcomings(certificate: Certificate, paint: Paint): string[] {
  const failed = certificate.checks.filter((check) => !check.passed);
  const critical = failed.filter((check) => check.severity === 'critical');
  const said = failed.map((check) => check.id);
  // reasons repeat failed checks, by id; those are shown with their figures
  const others = [...certificate.reasons, ...certificate.warnings ?? []].filter((reason) => !said.some((id) => reason.includes(`[${id}]`)));
  return [
    ...critical.flatMap((check) => failedCheckLines(check, paint)),
    ...failed.filter((check) => !critical.includes(check)).flatMap((check) => failedCheckLines(check, paint)),
    ...others.map((reason) => `${certificate.reasons.includes(reason) && certificate.verdict === 'rejected' ? paint.red('✖') : paint.yellow('⚠')} ${harmless(reason)}`),
  ];
}

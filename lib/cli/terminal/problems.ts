import { type Problem } from '../../contract/problem';
import { harmless } from './text';
import { type Channel } from './terminal';

/** A problem in the house form: where, what, and below it the path, what was there, what would be right, what to do. */
export function problemLines(problem: Problem, channel: Pick<Channel, 'paint' | 'fold'>): string[] {
  const { paint, fold } = channel;
  const mark = problem.severity === 'error' ? paint.red('✖') : paint.yellow('⚠');
  const message = harmless(problem.message);
  const lines = [fold(`${mark} ${problem.line}:${problem.column} ${message}`, '  ')];
  const at = problem.path === '' ? '' : `at ${harmless(problem.path)} `;
  lines.push(`  ${paint.dim(`→ ${at}(${problem.id})`)}`);
  const said = (text: string): boolean => message.includes(text);
  const facts = [
    problem.received !== undefined && !said(problem.received) ? `received ${harmless(problem.received)}` : '',
    problem.expected !== undefined && !said(problem.expected) ? `expected ${harmless(problem.expected)}` : '',
  ].filter((fact) => fact !== '');
  if (facts.length > 0) lines.push(fold(`  → ${facts.join(', ')}`, '    '));
  if (problem.remedy !== undefined) lines.push(fold(`  ${paint.cyan('→')} ${harmless(problem.remedy)}`, '    '));
  return lines;
}

/** Problems by file, in the order given. */
export function printProblems(problems: readonly Problem[], channel: Channel): void {
  const files = new Map<string, Problem[]>();
  for (const problem of problems) files.set(problem.file, [...files.get(problem.file) ?? [], problem]);
  for (const [file, own] of files) {
    channel.line(channel.paint.bold(harmless(file)));
    for (const problem of own) for (const line of problemLines(problem, channel)) channel.line(line);
    channel.line();
  }
}

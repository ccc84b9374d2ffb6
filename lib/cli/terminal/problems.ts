import { type Problem } from '../../contract/problem';
import { harmless, wrapWords } from './text';
import { type Channel } from './terminal';

/** A problem in the house form: where, what, and below it the path, what was there, what would be right, what to do. */
export function problemLines(problem: Problem, channel: Pick<Channel, 'paint' | 'width'>): string[] {
  const { paint } = channel;
  const width = Math.max(40, channel.width());
  const mark = problem.severity === 'error' ? paint.red('✖') : paint.yellow('⚠');
  const message = harmless(problem.message);
  const lines = [wrapWords(`${mark} ${problem.line}:${problem.column} ${message}`, width, '  ')];
  const at = problem.path === '' ? '' : `at ${harmless(problem.path)} `;
  lines.push(`  ${paint.dim(`→ ${at}(${problem.id})`)}`);
  const said = (text: string): boolean => message.includes(text);
  const facts = [
    problem.received !== undefined && !said(problem.received) ? `received ${harmless(problem.received)}` : '',
    problem.expected !== undefined && !said(problem.expected) ? `expected ${harmless(problem.expected)}` : '',
  ].filter((fact) => fact !== '');
  if (facts.length > 0) lines.push(`  ${wrapWords(`→ ${facts.join(', ')}`, width - 2, '    ')}`);
  if (problem.remedy !== undefined) lines.push(`  ${paint.cyan('→')} ${wrapWords(harmless(problem.remedy), width - 4, '    ')}`);
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

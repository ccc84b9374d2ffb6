import { type ReportedFinding } from './sarif';

/** What was looked at, and what was found there. */
export interface ReportedFile {
  readonly file: string;
  readonly findings: readonly ReportedFinding[];
}

/**
 * Findings in the form of JUnit's reports that CI systems read: a suite for each file, a failed case for each error, a
 * passed one for a file without any; warnings are the output of their suite. Each case has at most one failure, since
 * some readers know no more.
 */
export function junit(files: readonly ReportedFile[]): string {
  const suites = files.map(({ file, findings }) => {
    const errors = findings.filter(({ level }) => level === 'error');
    const others = findings.filter(({ level }) => level !== 'error');
    const cases = errors.length === 0
      ? [`    <testcase classname="${text(file)}" name="has no errors"/>`]
      : errors.map((finding) => `    <testcase classname="${text(file)}" name="${text(`${finding.ruleId} at ${place(finding)}`)}">\n      <failure type="${text(finding.ruleId)}" message="${text(finding.message)}">${text(`${file}:${finding.line}:${finding.column} ${finding.message}`)}</failure>\n    </testcase>`);
    const output = others.length === 0 ? [] : [`    <system-out>${text(others.map((finding) => `${finding.level}: ${file}:${finding.line}:${finding.column} ${finding.message} (${finding.ruleId})`).join('\n'))}</system-out>`];
    return { tests: cases.length, failures: errors.length, text: [`  <testsuite name="${text(file)}" tests="${cases.length}" failures="${errors.length}" errors="0">`, ...cases, ...output, '  </testsuite>'].join('\n') };
  });
  const total = (of: 'tests' | 'failures'): number => suites.reduce((sum, suite) => sum + suite[of], 0);
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuites name="mesh validate" tests="${total('tests')}" failures="${total('failures')}" errors="0">`, ...suites.map((suite) => suite.text), '</testsuites>'].join('\n');
}

function place({ path, line, column }: ReportedFinding): string {
  return path === undefined || path === '' ? `${line}:${column}` : `${path} (${line}:${column})`;
}

/** XML 1.0 has no way to write most control characters, nor half of a surrogate pair. */
function text(raw: string): string {
  return raw.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF\p{Surrogate}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll('\n', '&#10;');
}

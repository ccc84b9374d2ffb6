import { type ReportedFinding } from './sarif';

/**
 * Findings as workflow commands, which GitHub Actions shows beside their lines in a pull request, without an upload or
 * a permission: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubCommands(findings: readonly ReportedFinding[]): string[] {
  return findings.map(({ ruleId, level, message, file, line, column }) => {
    const fields = Object.entries({ file: file.replaceAll('\\', '/'), line, col: column, title: ruleId }).map(([name, value]) => `${name}=${property(String(value))}`);
    return `::${level === 'note' ? 'notice' : level} ${fields.join(',')}::${data(message)}`;
  });
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

import { type Change } from '../../contract/diff/change';
import { type Comparison, type SetComparison } from '../../contract/diff/diff-sets';
import { complaint, verdict, versions } from './verdict';

const MARKS = { breaking: '❌ breaking', risky: '⚠️ risky', safe: '✅ safe' } as const;

/** A comparison as a comment on a pull request: GitHub's Markdown. */
export function diffMarkdown(result: SetComparison): string {
  const sections = result.comparisons.filter(({ changes, ignored }) => changes.length + ignored.length > 0).map(section);
  return [`## ${result.ok ? '✅' : '❌'} ${text(verdict(result))}`, ...sections].join('\n\n');
}

function section(comparison: Comparison): string {
  const missing = complaint(comparison);
  const rows = [
    ...comparison.changes.map((change) => row(MARKS[change.grade], change, change.message)),
    ...comparison.ignored.map((change) => row(`ignored until ${change.until}`, change, `${change.message}. Reason: ${change.reason}`)),
  ];
  return [
    `### ${text(`\`${comparison.product}\` ${versions(comparison)}`)}`,
    ...missing === undefined ? [] : [`**${text(missing)}**`],
    ['| | What a consumer would notice | Where | Rule |', '| --- | --- | --- | --- |', ...rows].join('\n'),
  ].join('\n\n');
}

function row(what: string, { path, file, line, id }: Change, message: string): string {
  return `| ${what} | ${text(message)} | ${text(`\`${path}\``)}<br>${text(`${file}:${line}`)} | ${text(`\`${id}\``)} |`;
}

/** Text of a contract's author, which can neither break the table nor link, mention or hide anything. */
function text(written: string): string {
  return written.replace(/\s+/g, ' ').split(/`([^`]*)`/).map((part, index) => (index % 2 === 1 ? `<code>${escaped(part)}</code>` : escaped(part))).join('');
}

function escaped(part: string): string {
  return part.replace(/[&<>|@[\]*_~`#!\\]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

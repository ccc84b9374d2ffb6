import { type Change } from '../../contract/diff/change';
import { type SetComparison } from '../../contract/diff/diff-sets';
import { DIFF_RULES } from '../../contract/diff/rules';
import { type ReportedFinding, sarif } from '../report/sarif';

/** Changes as SARIF. What a new major version carries is no error. */
export function diffSarif({ comparisons }: SetComparison): object {
  const findings = comparisons.flatMap(({ changes, ignored, ok }): ReportedFinding[] => [
    ...changes.map((change) => finding(change, ok)),
    ...ignored.map((change) => ({ ...finding(change, true), accepted: `${change.reason} (until ${change.until})` })),
  ]);
  return sarif(findings, Object.entries(DIFF_RULES).map(([id, { what }]) => ({ id, title: what })));
}

function finding({ id, grade, message, file, line, column, path }: Change, ok: boolean): ReportedFinding {
  const level = grade === 'safe' ? 'note' : grade === 'breaking' && !ok ? 'error' : 'warning';
  return { ruleId: id, level, message, file, line, column, path };
}

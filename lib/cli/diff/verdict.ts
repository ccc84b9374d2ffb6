import { type Comparison, type SetComparison } from '../../contract/diff/diff-sets';
import { goesBack } from '../../contract/diff/release';
import { type Grade } from '../../contract/diff/rules';
import { plural } from '../terminal/units';

export const GRADES: readonly Grade[] = ['breaking', 'risky', 'safe'];

/** `1 breaking, 2 risky`; `no change` where there is none. */
export function counts(comparisons: readonly Comparison[]): string {
  const all = comparisons.flatMap(({ changes }) => changes);
  const parts = GRADES.map((grade) => ({ grade, count: all.filter((change) => change.grade === grade).length })).filter(({ count }) => count > 0);
  const ignored = comparisons.reduce((sum, comparison) => sum + comparison.ignored.length, 0);
  const said = parts.length === 0 ? 'no change' : parts.map(({ grade, count }) => `${count} ${grade}`).join(', ');
  return ignored === 0 ? said : `${said}, ${ignored} ignored`;
}

/** `1.2.0 → 1.3.0`. */
export function versions({ base, head }: Comparison): string {
  if (base === null) return `${head!.version}, new`;
  if (head === null) return `${base.version}, gone`;
  return base.version === head.version ? base.version : `${base.version} → ${head.version}`;
}

/** Why a version does not follow, and what to do; undefined where it does. */
export function complaint({ ok, required, base, head, next }: Comparison): string | undefined {
  if (ok) return undefined;
  if (head === null) return 'a product with consumers cannot be removed: write `status: retired` once its end of life has come';
  if (required === 'major' && next !== null) {
    const file = head.file.replace(/(?:\.v\d+)?\.contract\.(ya?ml)$/, `.v${next.split('.')[0]}.contract.$1`);
    const beside = file === head.file ? '' : `, in a file of its own beside the old one: ${file}`;
    return `it needs a new major version, \`version: ${next}\`${beside}`;
  }
  if (goesBack(base!.version, head.version)) return `the version goes back from ${base!.version} to ${head.version}, so nobody can tell which is newer: write at least \`version: ${next}\``;
  return next === null ? `\`${base?.version}\` is not a semantic version that \`${head.version}\` could follow` : `it needs a new ${required} version, at least \`version: ${next}\``;
}

/** One line about everything. */
export function verdict({ comparisons, ok }: SetComparison): string {
  const changed = comparisons.filter(({ changes }) => changes.length > 0).length;
  const bad = comparisons.filter((comparison) => !comparison.ok).length;
  const scope = `${plural(comparisons.length, 'contract')}, ${counts(comparisons)}`;
  if (ok) return changed === 0 ? scope : `${scope}; ${changed === 1 ? 'the version follows' : 'the versions follow'}`;
  return `${scope}; ${bad === 1 ? 'the version of one does not follow' : `the versions of ${bad} do not follow`}`;
}

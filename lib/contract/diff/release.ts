import parse = require('semver/functions/parse');
import { type Change } from './change';
import { DIFF_RULES, type Release } from './rules';

const ORDER: readonly Release[] = ['none', 'patch', 'minor', 'major'];

/** The step of the version that the most demanding of the changes needs. */
export function requiredRelease(changes: readonly Pick<Change, 'id'>[]): Release {
  return changes.map(({ id }) => DIFF_RULES[id].release).reduce(moreDemanding, 'none');
}

export function moreDemanding(a: Release, b: Release): Release {
  return ORDER.indexOf(a) < ORDER.indexOf(b) ? b : a;
}

/** Whether a version follows another by at least a step. A version that is none follows nothing. */
export function follows(base: string, head: string, required: Release): boolean {
  if (required === 'none') return !goesBack(base, head);
  const [before, after] = [parse(base), parse(head)];
  if (before === null || after === null) return false;
  if (required === 'major') return after.major > before.major;
  if (required === 'minor') return after.major > before.major || (after.major === before.major && after.minor > before.minor);
  return after.compare(before) > 0;
}

/** Whether a version is before another of its major version. */
export function goesBack(base: string, head: string): boolean {
  const [before, after] = [parse(base), parse(head)];
  return before !== null && after !== null && before.major === after.major && after.compare(before) < 0;
}

/** The least version that follows by a step; undefined where there is none before. */
export function nextVersion(base: string, required: Release): string | undefined {
  const before = parse(base);
  if (before === null) return undefined;
  const { major, minor, patch } = before;
  switch (required) {
    case 'none': return base;
    case 'major': return `${major + 1}.0.0`;
    case 'minor': return `${major}.${minor + 1}.0`;
    case 'patch': return `${major}.${minor}.${patch + 1}`;
  }
}

const SEMVER = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+.*)?$/;

/**
 * Whether one contract version precedes the other by semver.org's rule 11; versions that are none have no order. As lenient as the
 * jobs are (glue-jobs/src/mesh_jobs/domain/contract_version.py): `1.2` and `v1` are versions.
 */
export function isOlder(one: string, other: string): boolean {
  const left = parts(one), right = parts(other);
  if (left === undefined || right === undefined) return false;
  return compare(left, right) < 0;
}

interface Parts { readonly numbers: number[]; readonly labels: string[] }

function parts(version: string): Parts | undefined {
  const found = SEMVER.exec(version.trim());
  if (found === null) return undefined;
  return { numbers: [found[1], found[2], found[3]].map((digits) => Number(digits ?? 0)), labels: found[4]?.split('.') ?? [] };
}

function compare(left: Parts, right: Parts): number {
  const byNumber = left.numbers.map((number, n) => number - right.numbers[n]).find((difference) => difference !== 0);
  if (byNumber !== undefined) return byNumber;
  // A version without a label follows its pre-releases.
  if (left.labels.length === 0 || right.labels.length === 0) return Math.sign(right.labels.length) - Math.sign(left.labels.length);
  for (const [n, label] of left.labels.entries()) {
    if (right.labels[n] === undefined) return 1;
    const difference = compareLabels(label, right.labels[n]);
    if (difference !== 0) return difference;
  }
  return left.labels.length - right.labels.length;
}

/** Numbers come before words. */
function compareLabels(left: string, right: string): number {
  const [a, b] = [left, right].map((label) => (/^\d+$/.test(label) ? Number(label) : undefined));
  if (a !== undefined && b !== undefined) return a - b;
  if (a !== undefined || b !== undefined) return a === undefined ? 1 : -1;
  return left < right ? -1 : left > right ? 1 : 0;
}

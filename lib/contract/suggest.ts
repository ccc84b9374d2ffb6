/** The candidate a person most likely meant: equal but for case, or a few slips of the keyboard away. */
export function suggest(written: string, candidates: Iterable<string>): string | undefined {
  // longer than any name of ours: comparing would only cost time
  if (written.length > 60) return undefined;
  const wanted = normal(written);
  const slips = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestDistance = slips + 1;
  for (const candidate of candidates) {
    const distance = Math.abs(candidate.length - written.length) > slips + 2 ? bestDistance : editDistance(wanted, normal(candidate), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function normal(text: string): string {
  return text.toLowerCase().replace(/[-_\s]/g, '');
}

/** Three rows of the table of distances, used again: most of what is compared is a few letters long. */
let [beforeLast, last, row]: [number[], number[], number[]] = [[], [], []];

/** Insertions, deletions, replacements and swaps of neighbours; `limit` where there are as many or more. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  for (let j = 0; j <= b.length; j += 1) last[j] = j;
  for (let i = 1; i <= a.length; i += 1) {
    row[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j += 1) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let cost = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row[j] = cost;
      least = Math.min(least, cost);
    }
    // A swap reaches back over one row, and costs one more than what it reaches back to.
    if (least >= limit && Math.min(...last) + 1 >= limit) return limit;
    [beforeLast, last, row] = [last, row, beforeLast];
  }
  return Math.min(last[b.length] ?? 0, limit);
}

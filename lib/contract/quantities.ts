/** Seconds in the units of ODCS and of our files; months and years by the calendar's average. */
const SECONDS: Readonly<Record<string, number>> = {
  s: 1, sec: 1, second: 1, seconds: 1,
  m: 60, min: 60, minute: 60, minutes: 60,
  h: 3600, hr: 3600, hour: 3600, hours: 3600,
  d: 86_400, day: 86_400, days: 86_400,
  w: 604_800, week: 604_800, weeks: 604_800,
  mo: 2_629_800, month: 2_629_800, months: 2_629_800,
  y: 31_557_600, yr: 31_557_600, year: 31_557_600, years: 31_557_600,
};

export const DURATION_UNITS: readonly string[] = Object.keys(SECONDS);

/** Seconds of one unit (`h`, `days`, `yr`…), undefined for what is none. */
export function secondsPer(unit: string): number | undefined {
  const word = unit.trim().toLowerCase();
  return Object.hasOwn(SECONDS, word) ? SECONDS[word] : undefined;
}

/** Seconds of a duration such as `24h`, `90 min` or ISO 8601's `PT6H`; undefined where it is none. */
export function parseDuration(text: string): number | undefined {
  const plain = /^\s*(\d{1,12}(?:\.\d{1,9})?)\s*([A-Za-z]+)\s*$/.exec(text);
  if (plain) {
    const unit = secondsPer(plain[2]);
    return unit === undefined ? undefined : Number(plain[1]) * unit;
  }
  const iso = /^P(?=.)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?(?:T(?=.)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})S)?)?$/.exec(text.trim());
  if (!iso) return undefined;
  return ['y', 'mo', 'w', 'd', 'h', 'min', 's'].reduce((sum, unit, index) => sum + Number(iso[index + 1] ?? 0) * SECONDS[unit], 0);
}

/** Rows written as `500`, `10k`, `20M` or `1.5G`; undefined where it is no count. */
export function parseCount(text: string | number): number | undefined {
  if (typeof text === 'number') return Number.isSafeInteger(text) && text >= 0 ? text : undefined;
  const match = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kKmMgGbB]?)\s*$/.exec(text);
  if (!match) return undefined;
  const scale = { '': 1, k: 1e3, m: 1e6, g: 1e9, b: 1e9 }[match[2].toLowerCase()]!;
  const count = Math.round(Number(match[1]) * scale);
  return Number.isSafeInteger(count) ? count : undefined;
}

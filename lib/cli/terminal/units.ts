/** 1234567 → 1,234,567. */
export function count(value: number): string {
  // By hand: the first use of Intl costs more than a whole validation.
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 row`, `2 rows`, `1,200 rows`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Bytes as a person would say it: 512 B, 1.5 MB. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** Time something took: 0.3 s, 12 s, 3 min 5 s. */
export function took(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Age, as a person would say it: 40 s, 12 min, 5.5 h, 12 d. */
export function age(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Number((seconds / 3600).toFixed(1))} h`;
  return `${count(Math.round(seconds / 86400))} d`;
}

/** A score or a percentage without useless zeros: 100, 99.5. */
export function decimal(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)));
}

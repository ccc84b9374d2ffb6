/** The day of a moment in UTC, `2026-01-31`. */
export function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

/** Whether something is a day of the calendar, `2026-01-31`. */
export function isDay(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const moment = new Date(`${value}T00:00:00Z`);
  // 30 February is moved to March in silence
  return !Number.isNaN(moment.getTime()) && dayOf(moment) === value;
}

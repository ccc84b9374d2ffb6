/** A month of the calendar in UTC, from its first moment until that of the next. */
export interface Month {
  /** `2026-10` */
  readonly name: string;
  readonly from: Date;
  readonly until: Date;
}

/** The month of a name like `2026-10`; undefined of anything else. */
export function monthOf(name: string): Month | undefined {
  const [, year, month] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(name) ?? [];
  if (month === undefined) return undefined;
  return { name, from: new Date(Date.UTC(Number(year), Number(month) - 1)), until: new Date(Date.UTC(Number(year), Number(month))) };
}

export function monthAfter({ until }: Month): Month {
  return monthOf(until.toISOString().slice(0, 7))!;
}

/** The last month that is over. */
export function monthBefore(now: Date): Month {
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1));
  return monthOf(from.toISOString().slice(0, 7))!;
}

import { type Plan } from '../plan-schema';
import { type Month } from './month';

/** What a product has promised, as far as a month is held against it. */
export interface Promised {
  /** `dp_sales_orders` */
  readonly product: string;
  readonly title: string;
  readonly domain: string;
  readonly entity: string;
  readonly major: number;
  readonly environment: string | null;
  readonly owner: string;
  readonly status: string;
  readonly freshnessSeconds: number | null;
  readonly availabilityPercent: number | null;
  /** Where consumers say what they think of it. */
  readonly feedback: readonly { readonly channel: string; readonly url: string | null }[];
  readonly supersededBy: string | null;
  /** The day until which it is there. */
  readonly endOfLife: string | null;
}

/** What became what consumers read: when, how new its data was, and what its certificate said. */
export interface Published {
  /** ISO 8601, as all moments here. */
  readonly at: string;
  /** Null where nobody knows: then it is taken to be as new as the publication. */
  readonly newest: string | null;
  readonly score: number;
  /** Whether its certificate waits for a sign-off; undefined where only figures are known. */
  readonly provisional?: boolean;
  /** Whether an earlier certificate was published again: it says nothing new of quality. */
  readonly rollback?: boolean;
}

/** A run that ended otherwise than it should. */
export interface Incident {
  readonly at: string;
  readonly kind: 'failed' | 'rejected' | 'timed out' | 'aborted';
  /** How many of them there were at that time. */
  readonly count: number;
  readonly message: string | null;
}

/** How often one consumer has read. */
export interface Usage {
  readonly consumer: string;
  readonly reads: number;
}

/** What was seen of a product. */
export interface Observed {
  /** Those of the month, and the last one before it: it stood when the month began. */
  readonly published: readonly Published[];
  readonly incidents: readonly Incident[];
  /** Null where nobody counts reads. */
  readonly usage: readonly Usage[] | null;
}

/** How a product has kept what it promises; percentages are null where there was nothing to measure. */
export interface Review extends Promised {
  readonly month: string;
  /** The moment up to which it was looked at; before the end of the month where that is not over. */
  readonly until: string;
  readonly verdict: 'kept' | 'broken' | 'nothing published' | 'nothing promised';
  readonly freshness: { readonly publications: number; readonly late: number; readonly percent: number | null; readonly oldestSeconds: number | null };
  readonly availability: { readonly percent: number | null; readonly kept: boolean | null };
  readonly quality: { readonly least: number | null; readonly mean: number | null; readonly provisional: number };
  readonly rollbacks: number;
  readonly incidents: readonly Incident[];
  readonly usage: { readonly reads: number; readonly consumers: readonly Usage[] } | null;
  /** Until the end of its life; null where no day is set. */
  readonly daysLeft: number | null;
}

interface Dated {
  readonly at: string;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

/** What a plan promises. */
export function promisedBy({ product, environment, sla, catalogue }: Plan): Promised {
  const { id, domain, entity, major, owner, status } = product;
  return {
    product: id, title: catalogue.title, domain, entity, major, environment, owner, status,
    freshnessSeconds: sla.freshnessSeconds, availabilityPercent: sla.availabilityPercent,
    feedback: (catalogue.support ?? []).map(({ channel, url }) => ({ channel, url })),
    supersededBy: catalogue.supersededBy ?? null, endOfLife: catalogue.endOfLife ?? null,
  };
}

/**
 * The review of one product and month, by the formulas of docs/measures.md. A month that is not over is looked at up to `now`.
 */
export function review(promised: Promised, observed: Observed, month: Month, now: Date): Review {
  const until = now < month.until ? now : month.until;
  const inMonth = ({ at }: Dated): boolean => Date.parse(at) >= month.from.getTime() && Date.parse(at) < until.getTime();
  const published = oldestFirst(observed.published).filter(({ at }) => Date.parse(at) < until.getTime());
  const fresh = published.filter((one) => inMonth(one) && one.rollback !== true);
  const ages = fresh.map(ageOf);
  const late = ages.filter((age) => promised.freshnessSeconds !== null && age > promised.freshnessSeconds).length;
  const percent = availability(published, month.from, until, promised.freshnessSeconds);
  const kept = promised.availabilityPercent === null || percent === null ? null : percent >= promised.availabilityPercent;
  const scores = fresh.map(({ score }) => score);
  return {
    ...promised, month: month.name, until: until.toISOString(), verdict: verdictOf(promised, percent, late, kept),
    freshness: {
      publications: fresh.length, late, oldestSeconds: ages.length === 0 ? null : Math.max(...ages),
      percent: promised.freshnessSeconds === null || fresh.length === 0 ? null : rounded(100 * (fresh.length - late) / fresh.length),
    },
    availability: { percent, kept },
    quality: {
      least: scores.length === 0 ? null : Math.min(...scores), mean: scores.length === 0 ? null : rounded(scores.reduce((sum, score) => sum + score, 0) / scores.length),
      provisional: fresh.filter(({ provisional }) => provisional === true).length,
    },
    rollbacks: published.filter((one) => inMonth(one) && one.rollback === true).length,
    incidents: oldestFirst(observed.incidents).filter(inMonth),
    usage: observed.usage === null ? null : {
      reads: observed.usage.reduce((sum, { reads }) => sum + reads, 0),
      consumers: [...observed.usage].sort((a, b) => b.reads - a.reads || (a.consumer < b.consumer ? -1 : 1)),
    },
    daysLeft: promised.endOfLife === null ? null : Math.ceil((Date.parse(promised.endOfLife) - until.getTime()) / DAY),
  };
}

function oldestFirst<T extends Dated>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** What was promised decides, and where nothing about availability is, that no publication was late. */
function verdictOf({ freshnessSeconds, availabilityPercent }: Promised, percent: number | null, late: number, kept: boolean | null): Review['verdict'] {
  if (freshnessSeconds === null && availabilityPercent === null) return 'nothing promised';
  if (percent === null) return 'nothing published';
  if (kept !== null) return kept ? 'kept' : 'broken';
  // Without a figure to reach, the data was to be fresh at every moment.
  return late === 0 && percent === 100 ? 'kept' : 'broken';
}

/** Age of the newest data at its publication, in seconds. */
function ageOf({ at, newest }: Published): number {
  return newest === null ? 0 : Math.max(0, (Date.parse(at) - Date.parse(newest)) / SECOND);
}

/** Share of the time between two moments, from the first publication on, in which what was published was no older than the limit; oldest first. */
function availability(published: readonly Published[], from: Date, until: Date, limitSeconds: number | null): number | null {
  if (published.length === 0) return null;
  const begin = Math.max(from.getTime(), Date.parse(published[0].at));
  const span = until.getTime() - begin;
  if (span <= 0) return 100;
  let covered = 0;
  published.forEach((one, n) => {
    const next = published[n + 1] === undefined ? until.getTime() : Date.parse(published[n + 1].at);
    const stale = limitSeconds === null ? Infinity : Date.parse(one.newest ?? one.at) + limitSeconds * SECOND;
    covered += Math.max(0, Math.min(next, stale) - Math.max(Date.parse(one.at), begin));
  });
  return rounded(100 * covered / span);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

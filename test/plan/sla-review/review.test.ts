import * as fs from 'node:fs';
import * as path from 'node:path';
import { monthBefore, monthOf } from '../../../lib/plan/sla-review/month';
import { inMarkdown } from '../../../lib/plan/sla-review/report';
import { type Observed, type Promised, review } from '../../../lib/plan/sla-review/review';

const PROMISED: Promised = {
  product: 'dp_sales_orders', title: 'Orders', domain: 'sales', entity: 'orders', major: 1, environment: null, owner: 'orders-owner@shoply.com', status: 'active',
  freshnessSeconds: 86_400, availabilityPercent: 95, feedback: [{ channel: '#orders', url: 'https://chat.shoply.com/orders' }], supersededBy: null, endOfLife: null,
};
const JANUARY = monthOf('2030-01')!;
const AFTER = new Date('2030-02-02T00:00:00Z');
const NOTHING: Observed = { published: [], incidents: [], usage: null };
/** A publication of every day of a month at an hour, with data of that hour. */
const daily = (days: number, hour = 6): Observed['published'] => Array.from({ length: days }, (_, n) => {
  const at = new Date(Date.UTC(2030, 0, n + 1, hour)).toISOString();
  return { at, newest: at, score: 100 };
});

describe('the review of a month', () => {
  test('is what docs/measures.md says', () => {
    const page = fs.readFileSync(path.join(__dirname, '../../../docs/measures.md'), 'utf8');
    const examples = [...page.matchAll(/```json month\n(.*?)```/gs)].map(([, json]) => JSON.parse(json) as {
      month: string; now: string; freshnessSeconds: number; availabilityPercent: number; published: [string, string, number][]; gives: object;
    });
    expect(examples.length).toBeGreaterThan(0);
    for (const { month, now, published, gives, ...promises } of examples) {
      const { verdict, freshness, availability, quality } = review({ ...PROMISED, ...promises }, { ...NOTHING, published: published.map(([at, newest, score]) => ({ at, newest, score })) }, monthOf(month)!, new Date(now));
      expect({ verdict, fresh: freshness.percent, late: freshness.late, available: availability.percent, least: quality.least, mean: quality.mean }).toEqual(gives);
    }
  });

  test('counts what stood when it began until the first publication of the month, and no longer than it was fresh', () => {
    const december = { at: '2029-12-31T18:00:00Z', newest: '2029-12-31T18:00:00Z', score: 50 };
    const { availability, freshness, quality } = review(PROMISED, { ...NOTHING, published: [...daily(31, 20), december] }, JANUARY, AFTER);
    // Fresh until 18:00 of the first day, then again from 20:00.
    expect(availability.percent).toBe(Math.round(10_000 * (31 * 24 - 2) / (31 * 24)) / 100);
    expect([freshness.publications, quality.least]).toEqual([31, 100]);
  });

  test('of a month that is not over looks no further than now', () => {
    const found = review(PROMISED, { ...NOTHING, published: daily(31) }, JANUARY, new Date('2030-01-10T06:00:00Z'));
    expect([found.until, found.freshness.publications, found.verdict]).toEqual(['2030-01-10T06:00:00.000Z', 9, 'kept']);
  });

  test('of freshness without a figure is kept where the data was fresh at every moment', () => {
    const without = { ...PROMISED, availabilityPercent: null };
    expect(review(without, { ...NOTHING, published: daily(31) }, JANUARY, AFTER).verdict).toBe('kept');
    expect(review(without, { ...NOTHING, published: daily(30) }, JANUARY, AFTER).verdict).toBe('broken');
  });

  test('of a product that promises nothing, or published nothing, says so', () => {
    expect(review({ ...PROMISED, freshnessSeconds: null, availabilityPercent: null }, { ...NOTHING, published: daily(31) }, JANUARY, AFTER).verdict).toBe('nothing promised');
    expect(review(PROMISED, NOTHING, JANUARY, AFTER)).toMatchObject({ verdict: 'nothing published', availability: { percent: null, kept: null }, freshness: { percent: null }, quality: { least: null } });
  });

  test('takes a rollback as old data and not as a publication', () => {
    const [first, second, ...rest] = daily(31);
    const back = { at: '2030-01-02T12:00:00Z', newest: first.newest, score: 100, rollback: true };
    const found = review(PROMISED, { ...NOTHING, published: [first, second, back, ...rest] }, JANUARY, AFTER);
    expect([found.rollbacks, found.freshness.publications, found.freshness.late]).toEqual([1, 31, 0]);
    // What is a day old at 6:00 was gone back to at 12:00.
    expect(found.availability.percent).toBeLessThan(100);
  });

  test('has the incidents of the month, reads by consumer, and the days until the end of life', () => {
    const found = review({ ...PROMISED, endOfLife: '2030-03-01', supersededBy: 'dp_sales_orders v2' }, {
      published: daily(31),
      incidents: [
        { at: '2030-01-12T06:10:00Z', kind: 'rejected', count: 1, message: 'nulls' }, { at: '2029-12-30T06:10:00Z', kind: 'failed', count: 1, message: null },
      ],
      usage: [{ consumer: 'role/analyst', reads: 3 }, { consumer: 'role/report', reads: 40 }],
    }, JANUARY, AFTER);
    expect(found.incidents.map(({ at }) => at)).toEqual(['2030-01-12T06:10:00Z']);
    expect(found.usage).toEqual({ reads: 43, consumers: [{ consumer: 'role/report', reads: 40 }, { consumer: 'role/analyst', reads: 3 }] });
    expect(found.daysLeft).toBe(28);
    const text = inMarkdown({ mesh: 'shop', month: '2030-01', generatedAt: AFTER.toISOString(), products: [found] });
    expect(text).toContain('| sales/orders v1 | kept | 100 % | 100 % | 95 % | 100 | 31 | 1 | 43 | 2030-03-01 |');
    expect(text).toContain('- 2030-01-12T06:10:00Z: a run rejected: nulls.');
    expect(text).toContain('- It is there until 2030-03-01, 28 days on; dp_sales_orders v2 takes its place.');
    expect(text).toContain('- Consumers say what they think of it in #orders (https://chat.shoply.com/orders).');
  });
});

describe('a month', () => {
  test('ends where the next begins', () => {
    expect(monthOf('2029-12')).toEqual({ name: '2029-12', from: new Date('2029-12-01T00:00:00Z'), until: new Date('2030-01-01T00:00:00Z') });
    expect(['2029-13', '2029-1', 'last', '2029-12-01'].map(monthOf)).toEqual([undefined, undefined, undefined, undefined]);
  });

  test('before is the last that is over', () => {
    expect([monthBefore(new Date('2030-01-31T23:59:59Z')).name, monthBefore(new Date('2030-03-31T00:00:00Z')).name]).toEqual(['2029-12', '2030-02']);
  });
});

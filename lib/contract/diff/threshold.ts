import { type QualityRule } from '../contract';

type Operators = QualityRule['operators'];

/** What a rule measures: any number, as a query gives; a share of at least 0; or a count of rows. */
export type Measure = 'number' | 'share' | 'count';

/** Measured values that pass, `from` and `to` among them where they are closed. */
interface Interval {
  readonly from: number;
  readonly fromClosed: boolean;
  readonly to: number;
  readonly toClosed: boolean;
}

/** How one set of passing values became another; undefined where the operators are none that can be measured. */
export function thresholdStep(base: Operators, head: Operators, measure: Measure): 'same' | 'tightened' | 'loosened' | undefined {
  const [before, after] = [passing(base, measure), passing(head, measure)];
  if (before === undefined || after === undefined) return JSON.stringify(base) === JSON.stringify(head) ? 'same' : undefined;
  if (!areWithin(after, before)) return 'loosened';
  return areWithin(before, after) ? 'same' : 'tightened';
}

function passing(operators: Operators, measure: Measure): Interval[] | undefined {
  const [first, second] = operators;
  if (first === undefined || second !== undefined) return undefined;
  const [low, high] = Array.isArray(first.value) ? first.value.map(Number) : [Number(first.value), Number(first.value)];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined;
  const below = (to: number, toClosed: boolean): Interval => ({ from: -Infinity, fromClosed: false, to, toClosed });
  const above = (from: number, fromClosed: boolean): Interval => ({ from, fromClosed, to: Infinity, toClosed: false });
  const intervals = {
    mustBe: [{ from: low, fromClosed: true, to: low, toClosed: true }],
    mustNotBe: [below(low, false), above(low, false)],
    mustBeGreaterThan: [above(low, false)],
    mustBeGreaterOrEqualTo: [above(low, true)],
    mustBeLessThan: [below(low, false)],
    mustBeLessOrEqualTo: [below(low, true)],
    mustBeBetween: [{ from: low, fromClosed: true, to: high, toClosed: true }],
    mustNotBeBetween: [below(low, false), above(high, false)],
  }[first.operator];
  return intervals.map((interval) => possible(interval, measure)).filter(({ from, fromClosed, to, toClosed }) => from < to || (from === to && fromClosed && toClosed));
}

/** Less what is never measured, so that `mustBe: 0` and `mustBeLessThan: 1` of rows are the same. */
function possible(interval: Interval, measure: Measure): Interval {
  if (measure === 'number') return interval;
  const { from, fromClosed, to, toClosed } = interval.from < 0 ? { ...interval, from: 0, fromClosed: true } : interval;
  if (measure === 'share') return { from, fromClosed, to, toClosed };
  const [first, last] = [fromClosed ? Math.ceil(from) : Math.floor(from) + 1, toClosed ? Math.floor(to) : Math.ceil(to) - 1];
  return { from: first, fromClosed: true, to: last, toClosed: last !== Infinity };
}

function areWithin(inner: readonly Interval[], outer: readonly Interval[]): boolean {
  return inner.every((small) => outer.some((large) => (
    (large.from < small.from || (large.from === small.from && (large.fromClosed || !small.fromClosed)))
    && (large.to > small.to || (large.to === small.to && (large.toClosed || !small.toClosed))))));
}

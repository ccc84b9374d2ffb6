/** How an alarm looks back over a promise of freshness: so many periods without a publication break it. */
export type FreshnessWindow =
  | { readonly kind: 'publications'; readonly periodSeconds: number; readonly periods: number }
  /** Longer than an alarm can look back: something has to count the hours for it. */
  | { readonly kind: 'probe'; readonly hours: number };

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
/**
 * Period × EvaluationPeriods is at most seven days, and a day where the period is below an hour:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
 */
const LONGEST = 7 * DAY;

/** The shortest window that is not shorter than the promise, to within five minutes up to a day, and an hour beyond it. */
export function freshnessWindow(promisedSeconds: number): FreshnessWindow {
  const periodSeconds = promisedSeconds <= 5 * MINUTE ? MINUTE : promisedSeconds <= DAY ? 5 * MINUTE : HOUR;
  const periods = Math.ceil(promisedSeconds / periodSeconds);
  return periods * periodSeconds <= LONGEST ? { kind: 'publications', periodSeconds, periods } : { kind: 'probe', hours: promisedSeconds / HOUR };
}

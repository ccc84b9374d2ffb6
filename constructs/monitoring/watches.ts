import { type Plan } from '../../lib/plan/plan-schema';
import { productNames, type ProductPlace } from '../domain/naming';
import { freshnessWindow } from './freshness-window';
import { acceptedQuarantine } from './thresholds';

/** What an alarm looks at. */
export type Watched =
  | 'publications' | 'hoursSincePublished' | 'availability' | 'score' | 'quarantinedShare' | 'rows' | 'schemaChanges'
  | 'failedRuns' | 'timedOutRuns' | 'runTime' | 'deadLetters';

/** One alarm of a product, in CloudWatch's words where it has them. */
export interface Watch {
  /** `SchemaDrift` */
  readonly id: string;
  readonly watched: Watched;
  /** Null for what is far from what it was on other days. */
  readonly threshold: number | null;
  readonly comparison: 'LessThanThreshold' | 'GreaterThanThreshold' | 'GreaterThanOrEqualToThreshold' | 'LessThanLowerOrGreaterThanUpperThreshold';
  readonly periodSeconds: number;
  readonly periods: number;
  /** How many of the periods have to breach; all of them where it is not said. */
  readonly breaches?: number;
  readonly missing: 'breaching' | 'ignore' | 'notBreaching';
  /** What is wrong when it rings. */
  readonly means: string;
  /** What a person does about it. */
  readonly remedy: string;
  /** The part of the contract that it follows from. */
  readonly part: string;
}

const HOUR = 3_600;
const HOURLY = { periodSeconds: HOUR, periods: 1 };
/** Rings with the first one. */
const ANY = { threshold: 1, comparison: 'GreaterThanOrEqualToThreshold', missing: 'notBreaching' } as const;

/** The alarms that a product has by its plan. */
export function watchesOf(plan: Plan): Watch[] {
  return [...promises(plan), ...quality(plan), ...runs(plan)];
}

/** `mesh-sales-orders-v1-schema-drift` */
export function alarmName(place: ProductPlace, id: string): string {
  return `${productNames.prefix(place)}-${id.replace(/(?<=.)[A-Z]/g, '-$&').toLowerCase()}`;
}

function promises(plan: Plan): Watch[] {
  const { freshnessSeconds, availabilityPercent } = plan.sla;
  return [
    ...(freshnessSeconds === null ? [] : [freshness(freshnessSeconds, promised(plan, 'freshness'))]),
    ...(availabilityPercent === null ? [] : [{
      // It stands until the next publication measures it again.
      id: 'Availability', watched: 'availability', threshold: availabilityPercent, comparison: 'LessThanThreshold', missing: 'ignore', ...HOURLY,
      means: `In the last 30 days the published data was fresh for less than the ${availabilityPercent} % of the time that is promised`,
      remedy: 'See in the history of runs which were late or failed, and repair what they have in common; it recovers as those days pass',
      part: promised(plan, 'availability'),
    } satisfies Watch]),
  ];
}

function freshness(seconds: number, part: string): Watch {
  const window = freshnessWindow(seconds);
  const words = {
    means: `Nothing was certified and published for ${seconds / HOUR} h, the longest that is promised; consumers read older data`,
    remedy: 'See the last executions of the state machine: start one if none ran, else do what the failed one says',
    part,
  };
  return window.kind === 'publications'
    ? { id: 'Freshness', watched: 'publications', threshold: 1, comparison: 'LessThanThreshold', periodSeconds: window.periodSeconds, periods: window.periods, missing: 'breaching', ...words }
    // One probe may be late or lost.
    : { id: 'Freshness', watched: 'hoursSincePublished', threshold: window.hours, comparison: 'GreaterThanThreshold', periodSeconds: HOUR, periods: 3, breaches: 3, missing: 'breaching', ...words };
}

function quality(plan: Plan): Watch[] {
  const warned = plan.tables.flatMap(({ checks }) => checks).find(({ severity, origin }) => severity === 'warning' && origin.from !== 'pipeline');
  const accepted = acceptedQuarantine(plan);
  return [
    {
      id: 'Score', watched: 'score', threshold: 100, comparison: 'LessThanThreshold', missing: 'ignore', ...HOURLY,
      means: 'What was published last is certified, but a check that warns does not hold',
      remedy: 'Read in the log of the run\'s job which one; repair the data at its source, or the contract where it asks too much',
      part: warned?.origin.path ?? 'schema',
    },
    ...(accepted === undefined ? [] : [{
      id: 'Quarantine', watched: 'quarantinedShare', threshold: accepted.percent, comparison: 'GreaterThanThreshold', missing: 'ignore', ...HOURLY,
      means: `More than ${accepted.percent} % of the rows of the last run went to the quarantine and are missing from what is published`,
      remedy: 'Read in the log of the run\'s job which rules set them aside, and why; repair the source or the rule, then replay the run',
      part: accepted.part ?? 'schema',
    } satisfies Watch]),
    {
      id: 'Volume', watched: 'rows', threshold: null, comparison: 'LessThanLowerOrGreaterThanUpperThreshold', missing: 'ignore', ...HOURLY,
      means: 'The number of published rows is far from what it was at this time of other days',
      remedy: 'Compare the rows of the last runs, source by source; a load may be missing or have come twice',
      part: 'schema',
    },
    {
      id: 'SchemaDrift', watched: 'schemaChanges', ...ANY, ...HOURLY,
      means: 'Columns that are promised were added, widened or renamed by the last publication',
      remedy: 'If the change was meant, tell consumers; if not, deploy the contract as it was: what is published stays readable',
      part: 'schema',
    },
  ];
}

function runs(plan: Plan): Watch[] {
  const part = promised(plan, 'freshness');
  const limit = plan.sla.freshnessSeconds;
  return [
    {
      id: 'Failed', watched: 'failedRuns', ...ANY, ...HOURLY, part,
      means: 'A run failed, or its certificate was rejected; consumers still read what was certified before',
      remedy: 'Read the error of the execution: it says what to repair; then start a new run',
    },
    {
      id: 'TimedOut', watched: 'timedOutRuns', ...ANY, ...HOURLY, part,
      means: 'A run did not end in time and was stopped; consumers still read what was certified before',
      remedy: 'See which step took the time; give the jobs more workers (`size` in the pipeline), or load less at once',
    },
    ...(limit === null ? [] : [{
      id: 'Duration', watched: 'runTime', threshold: limit * 500, comparison: 'GreaterThanThreshold', missing: 'notBreaching', ...HOURLY, part,
      means: `A run took more than half of the ${limit / HOUR} h that the data may be old; the next slow one breaks the promise`,
      remedy: 'See which step took the time; give the jobs more workers (`size` in the pipeline), load less at once, or run more often',
    } satisfies Watch]),
    {
      id: 'DeadLetters', watched: 'deadLetters', ...ANY, periodSeconds: 300, periods: 1, part,
      means: 'A schedule could not start a run',
      remedy: 'Read the message in the queue of dead letters, which says why; start the run by hand, then delete the message',
    },
  ];
}

/** Where the contract makes a promise; where it makes none, its beginning. */
function promised({ sla }: Plan, promise: 'freshness' | 'availability'): string {
  return sla.paths?.[promise] ?? 'id';
}

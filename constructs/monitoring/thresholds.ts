import { type Plan, type PlanCheck } from '../../lib/plan/plan-schema';

/** Accepted where the contract says nothing about it, in percent of a run's rows. */
const ACCEPTED_QUARANTINE = 5;

/**
 * How much of a run may go to the quarantine before a person should look, in percent: the least that a rule of the contract
 * accepts. Undefined where nothing can send a row there.
 */
export function acceptedQuarantine(plan: Plan): { readonly percent: number; readonly part?: string } | undefined {
  const rules = plan.tables.flatMap(({ checks }) => checks).filter(({ action }) => action === 'quarantine_rows');
  const limits = rules.flatMap((check) => {
    const percent = limitOf(check);
    return percent === undefined ? [] : [{ percent, part: partOf(check) }];
  });
  const [least] = limits.sort((a, b) => a.percent - b.percent);
  if (least !== undefined) return least;
  return rules.length > 0 || quarantinesOtherwise(plan) ? { percent: ACCEPTED_QUARANTINE, part: rules.map(partOf).find((part) => part !== undefined) } : undefined;
}

/** Failing rows that a check accepts, in percent; undefined where it counts them, or wants at least some. */
function limitOf({ unit, operator, threshold }: PlanCheck): number | undefined {
  if (unit !== 'percent') return undefined;
  switch (operator) {
    case 'mustBe': case 'mustBeLessThan': case 'mustBeLessOrEqualTo': return threshold[0];
    case 'mustBeBetween': return threshold[1];
    default: return undefined;
  }
}

/** The part of the contract that a check follows from; a pipeline's check follows from none. */
function partOf({ origin }: PlanCheck): string | undefined {
  return origin.from === 'pipeline' ? undefined : origin.path;
}

/** Whether records that do not parse, values that do not cast, or values that are not on a list are moved there. */
function quarantinesOtherwise({ sources, tables }: Plan): boolean {
  return sources.some((source) => source.kind !== 'product' && source.onBadRecord === 'quarantine')
    || tables.some(({ rules }) => rules.some((rule) => (rule.kind === 'cast' && rule.onFail === 'quarantine') || (rule.kind === 'mapValues' && rule.otherwise === 'quarantine')));
}

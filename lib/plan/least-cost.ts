import { type Contract } from '../contract/contract';
import { isStatus, LIFECYCLE } from '../contract/lifecycle';
import { slaName, slaSeconds } from '../contract/service-level';

/** What a product costs a month even if it were empty, in dollars. */
export interface LeastCost {
  readonly dollars: number;
  /** Runs a month: as many as its freshness needs. */
  readonly runs: number;
}

/**
 * Dollars for a worker of Glue (one DPU) an hour, the list price of eu-west-1 and of most regions; some are dearer. Each job is billed
 * for a minute at least: https://aws.amazon.com/glue/pricing/
 */
const DPU_HOUR = 0.44;
/** Of a run: one job builds, one certifies, each with the two workers that Glue starts at least. */
const DPU_MINUTES_OF_A_RUN = 2 * 2;
/** Dollars a month for metrics and alarms: docs/decisions/0022-who-is-told-and-what-it-costs.md */
export const WATCHING = 3.2;
const MONTH = 30 * 86_400;

/** The floor of what a contract costs once it runs; undefined where nobody has promised how fresh its data is. */
export function leastCost(contract: Contract): LeastCost | undefined {
  const fresh = contract.slaProperties.find(({ property }) => slaName(property) === 'freshness');
  const seconds = fresh === undefined ? undefined : slaSeconds(fresh);
  if (seconds === undefined) return undefined;
  const runs = Math.max(1, Math.ceil(MONTH / seconds));
  return { runs, dollars: Math.round(100 * (WATCHING + runs * DPU_MINUTES_OF_A_RUN * DPU_HOUR / 60)) / 100 };
}

/** The same of a contract as it is deployed: what does not run on schedules costs nothing. */
export function deployedCost(contract: Contract | undefined): number | null {
  if (contract === undefined || !isStatus(contract.status) || LIFECYCLE[contract.status].runs !== 'scheduled') return 0;
  return leastCost(contract)?.dollars ?? null;
}

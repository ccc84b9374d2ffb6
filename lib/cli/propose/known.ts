import { parseDuration } from '../../contract/quantities';
import { slaPercent } from '../../contract/service-level';
import { ownerFault } from '../init/ask';
import { columnsFault } from './columns';

/** What may be known of a product before it is built, each as a flag takes it. */
export interface Known {
  readonly owner?: string;
  readonly purpose?: string;
  readonly grain?: string;
  /** `order_id string, email string confidential`: the first is the key. */
  readonly columns?: string;
  readonly freshness?: string;
  readonly availability?: string;
  readonly tier?: string;
  readonly notice?: string;
  /** Names with commas. */
  readonly consumers?: string;
  /** In words, with commas. */
  readonly sources?: string;
}

/** How old the data may be where nobody says. */
export const FRESHNESS = '24h';

/** Why a text cannot be that; of the others any text will do. */
export const FAULTS: Readonly<Partial<Record<keyof Known, (text: string) => string | undefined>>> = {
  owner: ownerFault,
  columns: columnsFault,
  freshness: durationFault,
  notice: durationFault,
  availability: percentFault,
};

function durationFault(text: string): string | undefined {
  return (parseDuration(text) ?? 0) > 0 ? undefined : `a duration is a number and a unit, as in 6h, 30 min or 90d, got "${text.slice(0, 60)}"`;
}

function percentFault(text: string): string | undefined {
  return (slaPercent({ value: text }) ?? 0) > 0 ? undefined : `a share of the time is a percentage up to 100, as in 99.5, got "${text.slice(0, 60)}"`;
}

/** The names of a list with commas. */
export function listed(names: string | undefined): string[] {
  return (names ?? '').split(',').map((name) => name.trim()).filter((name) => name !== '');
}

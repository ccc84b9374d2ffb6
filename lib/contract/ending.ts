import { type Contract, type CustomProperty, type Role, type SlaProperty } from './contract';
import { dayOf } from './day';
import { customProperty, findCustomProperty } from './mesh-property';
import { parseDuration } from './quantities';
import { slaName } from './service-level';

/** SLA properties that say when a version ends. */
export const END_DATES: readonly string[] = ['endOfSupport', 'endOfLife'];

const DAY = 86_400_000;

/** When a version ends, as its contract says. */
export interface End {
  readonly text: string;
  /** Milliseconds since 1970; not a number where the text is no day. */
  readonly time: number;
  readonly path: SlaProperty['path'];
}

export function endOf(contract: Contract, name: string): End | undefined {
  const sla = contract.slaProperties.find(({ property }) => slaName(property) === name);
  return sla === undefined ? undefined : { text: String(sla.value), time: Date.parse(String(sla.value)), path: sla.path };
}

/** Whether the end of life that a contract announces has come. `today` is a day, `2026-01-31`. */
export function isOver(contract: Contract, today: string): boolean {
  const end = endOf(contract, 'endOfLife');
  return end !== undefined && end.time <= Date.parse(today);
}

/** The time between announcing an end and ending. */
export interface Notice {
  /** As it was written, `90d`. */
  readonly text: string;
  readonly seconds: number;
}

/** The notice that a contract itself promises. */
export function noticeOf(contract: Contract): (Notice & { readonly path: CustomProperty['path'] }) | undefined {
  const written = findCustomProperty(contract, 'mesh.noticePeriod');
  if (typeof written?.value !== 'string') return undefined;
  const seconds = parseDuration(written.value);
  return seconds === undefined ? undefined : { text: written.value, seconds, path: [...written.path, 'value'] };
}

/** The first day on which a version may end whose end is announced today. */
export function earliestEnd(today: string, { seconds }: Notice): string {
  return dayOf(new Date(Math.ceil((Date.parse(today) + seconds * 1000) / DAY) * DAY));
}

/** Consumers that have a role; what is no name is refused by the linter and nobody's. */
export function consumersOf(role: Role): string[] {
  const written = customProperty(role, 'mesh.consumers');
  return Array.isArray(written) ? written.filter((name) => typeof name === 'string') : [];
}

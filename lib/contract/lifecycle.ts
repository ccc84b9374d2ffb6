/** The states of a product, in the order it lives through them. */
export const STATUSES = ['proposed', 'draft', 'active', 'deprecated', 'retired'] as const;
export type Status = (typeof STATUSES)[number];

/** What a state lets a product do; docs/guides/deploy.md has it as a table. */
export interface Permission {
  readonly deployed: 'no' | 'outside production' | 'everywhere';
  /** Whether it runs on its schedules, only where somebody starts it on their own machine, or not at all. */
  readonly runs: 'locally' | 'scheduled' | 'no';
  /** Whether a certified version is in the catalogue. */
  readonly listed: boolean;
  /** Whose access there is. */
  readonly grants: 'none' | 'producer' | 'consumers';
}

export const LIFECYCLE: Readonly<Record<Status, Permission>> = {
  proposed: { deployed: 'no', runs: 'locally', listed: false, grants: 'none' },
  draft: { deployed: 'outside production', runs: 'scheduled', listed: false, grants: 'producer' },
  active: { deployed: 'everywhere', runs: 'scheduled', listed: true, grants: 'consumers' },
  deprecated: { deployed: 'everywhere', runs: 'scheduled', listed: true, grants: 'consumers' },
  // deployed, so that its data is kept
  retired: { deployed: 'everywhere', runs: 'no', listed: false, grants: 'none' },
};

/** In these a product can be read by others than its producer. */
export const OPEN_STATUSES: readonly Status[] = STATUSES.filter((status) => LIFECYCLE[status].grants === 'consumers');

/** Whether the state of a product lets it be deployed. What is no state lets it: the linter says what is wrong with it. */
export function mayBeDeployed(status: string | undefined, isProduction: boolean): boolean {
  return !isStatus(status) || LIFECYCLE[status].deployed === 'everywhere' || (LIFECYCLE[status].deployed === 'outside production' && !isProduction);
}

export function hasConsumers(status: string | undefined): boolean {
  return OPEN_STATUSES.includes(status as Status);
}

export function isStatus(text: unknown): text is Status {
  return STATUSES.includes(text as Status);
}

/** The states of a product, in the order it lives through them. */
export const STATUSES = ['proposed', 'draft', 'active', 'deprecated', 'retired'] as const;
export type Status = (typeof STATUSES)[number];

/** In these a product can be read by others than its producer. */
export const OPEN_STATUSES: readonly Status[] = ['active', 'deprecated'];

export function hasConsumers(status: string | undefined): boolean {
  return OPEN_STATUSES.includes(status as Status);
}

export function isStatus(text: unknown): text is Status {
  return STATUSES.includes(text as Status);
}

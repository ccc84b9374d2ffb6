/** The states of a product, in the order it lives through them. */
export const STATUSES = ['proposed', 'draft', 'active', 'deprecated', 'retired'] as const;
export type Status = (typeof STATUSES)[number];

export function isStatus(text: unknown): text is Status {
  return STATUSES.includes(text as Status);
}

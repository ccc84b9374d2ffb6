import { type Plan } from './plan-schema';

/** What everybody is told of a version that is deprecated, wherever it shows; undefined of any other. */
export function endingNotice({ product, catalogue: { supersededBy, endOfLife } }: Pick<Plan, 'product' | 'catalogue'>): string | undefined {
  if (product.status !== 'deprecated') return undefined;
  return [
    'DEPRECATED: no new subscriptions.',
    ...(supersededBy === null || supersededBy === undefined ? [] : [`Use ${supersededBy} instead.`]),
    ...(endOfLife === null || endOfLife === undefined ? [] : [`It is there until ${endOfLife}.`]),
  ].join(' ');
}

import { type Plan } from './plan-schema';

/** What everybody is told of a version that is deprecated, wherever it shows; undefined of any other. */
export function endingNotice({ product, catalogue: { supersededBy, promises, endOfLife } }: Pick<Plan, 'product' | 'catalogue'>): string | undefined {
  if (product.status !== 'deprecated') return undefined;
  // a promise is its value, and perhaps a sentence behind it
  const endOfSupport = /^[^:]+/.exec(promises?.find(({ property }) => property === 'endOfSupport')?.text ?? '')?.[0];
  return [
    'DEPRECATED: no new subscriptions.',
    ...(supersededBy === null || supersededBy === undefined ? [] : [`Use ${supersededBy} instead.`]),
    ...(endOfSupport === undefined ? [] : [`Its support ends on ${endOfSupport}.`]),
    ...(endOfLife === null || endOfLife === undefined ? [] : [`It is there until ${endOfLife}.`]),
  ].join(' ');
}

import { type Classification } from '../../lib/contract/classification';
import { hasConsumers } from '../../lib/contract/lifecycle';
import { type Plan } from '../../lib/plan/plan-schema';
import { domainNames, type DomainPlace, type ProductPlace } from '../domain/naming';

/** Who a table is for: what grants by tag choose by. */
export type Visibility = 'published' | 'draft' | 'retired' | 'internal' | 'quarantine';

/** The LF-tags of every account of the mesh. A grant by tag names these keys and values, and nobody else sets them. */
export const LF_TAGS = {
  domain: 'domain',
  product: 'product',
  classification: 'classification',
  visibility: 'visibility',
} as const;

export type LfTag = keyof typeof LF_TAGS;
export type LfTagValues = Partial<Record<LfTag, string>>;

/** Least to most protected. */
export const CLASSIFICATION_VALUES: Classification[] = ['public', 'internal', 'confidential', 'restricted'];
export const VISIBILITY_VALUES: Visibility[] = ['published', 'draft', 'retired', 'internal', 'quarantine'];

/** `sales`, outside production `sales_dev`: environments may share an account. */
export function domainTag(place: DomainPlace): string {
  return domainNames.publishedDatabase(place);
}

/** `sales/orders-v1`, outside production `dev/sales/orders-v1`. */
export function productTag({ environment, domain, entity, major }: ProductPlace): string {
  return `${environment === null ? '' : `${environment}/`}${domain}/${entity}-v${major}`;
}

/**
 * Whom the lifecycle lets see the published tables of a product: others see what is active or deprecated and signed off where
 * a sign-off is required, and nothing else.
 */
export function visibilityOf({ product, signoff }: Pick<Plan, 'product' | 'signoff'>): Visibility {
  if (product.status === 'retired') return 'retired';
  return hasConsumers(product.status) && signoff.problems.length === 0 ? 'published' : 'draft';
}

/**
 * Of a database. A table inherits them until it has its own, and a column those of its table, so a database says what is
 * safe for what nobody has looked at yet: restricted, and for nobody outside.
 */
export function databaseTags(place: DomainPlace, database: 'published' | 'internal'): LfTagValues {
  return { domain: domainTag(place), classification: 'restricted', visibility: database === 'published' ? 'draft' : 'internal' };
}

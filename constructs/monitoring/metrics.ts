import { type ProductPlace } from '../domain/naming';

/** The namespace of everything that products measure about themselves. */
export const NAMESPACE = 'Mesh';

/**
 * What is measured of a product. The publisher posts these; alarms and dashboards read them.
 *
 * CloudWatch asks a price for each metric and hour in which it is posted. So publications have no metric of their own: each
 * posts one score, and they are counted by it. How long runs take and whether they fail is known by Step Functions.
 */
export const METRICS = {
  /** Score of a certificate that was published, 0 to 100; once for each publication. */
  score: 'Score',
  /** Age of the newest data at the publication, in seconds. */
  freshness: 'FreshnessSeconds',
  /** Share of the last 30 days in which what was published was fresh, in percent; where the contract promises one. */
  availability: 'Availability',
  /** Share of a run's rows that went to the quarantine, in percent; where a rule can send them there. */
  quarantined: 'QuarantinedShare',
  /** Rows in the published tables, all together. */
  rows: 'Rows',
  /** Changes of the promised columns since the last certificate; posted where there are some. */
  schemaChanges: 'SchemaChanges',
  /** 1 for each delta that found the product busy. */
  skipped: 'Skipped',
  /** Hours since the last publication, posted once an hour of products that may be older than CloudWatch looks back. */
  hoursSincePublished: 'HoursSincePublished',
  /** Days until the end of life of a version that is deprecated, posted once an hour; of no other. */
  daysToEndOfLife: 'DaysToEndOfLife',
} as const;

export type MetricName = (typeof METRICS)[keyof typeof METRICS];

/** `sales`, outside production `sales@dev`: environments may share an account. */
export function domainDimension({ domain, environment }: Pick<ProductPlace, 'domain' | 'environment'>): string {
  return environment === null ? domain : `${domain}@${environment}`;
}

/** The dimensions of each metric, all of them on each: `Domain: sales`, `Product: sales/orders-v1`. */
export function dimensionsOf(place: Pick<ProductPlace, 'domain' | 'entity' | 'major' | 'environment'>): Record<'Domain' | 'Product', string> {
  const { domain, entity, major, environment } = place;
  const product = `${domain}/${entity}-v${major}`;
  return { Domain: domainDimension(place), Product: environment === null ? product : `${product}@${environment}` };
}

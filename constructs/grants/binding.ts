import { type DomainPlace, type ProductPlace, productNames } from '../domain/naming';

/*
 * How a binding lies in the platform's table of bindings. Keys are texts: `pk` is the domain and the product as the run table calls it
 * (`sales/dp_sales_orders#v1`, outside production `sales/dp_sales_orders@dev#v1`), `sk` is `binding#<consumer>#<role>`. One item is one consumer
 * that has one access shape; an item with `endedAt` is history and gives nothing.
 */

/** Who has an access shape of a product, and since when: made when an owner approves a subscription. */
export interface BindingItem {
  readonly pk: string;
  readonly sk: string;
  /** Role of the contract. */
  readonly role: string;
  /** Consumer of mesh.yaml. */
  readonly consumer: string;
  /** DataZone's id of the subscription that was approved. */
  readonly subscription: string;
  /** ISO 8601, in UTC. */
  readonly approvedAt: string;
  /** Who approved it, as DataZone calls them. */
  readonly approvedBy: string;
  /** When the grants were first in force. */
  readonly inForceAt?: string;
  /** When it ended, and why. */
  readonly endedAt?: string;
  readonly endedBecause?: string;
}

/** Who has an access shape, and what says so. */
export interface Binding {
  readonly role: string;
  readonly consumer: string;
  /** `contract`, or `subscription <id>`. */
  readonly from: string;
}

/** What the sort keys of bindings begin with. */
export const BINDING = 'binding#';

/** Of the platform's account: `mesh-bindings`, outside production `mesh-dev-bindings`. */
export function bindingsTable({ environment }: Pick<DomainPlace, 'environment'>): string {
  return environment === null ? 'mesh-bindings' : `mesh-${environment}-bindings`;
}

/** No domain has a slash in its name, so that what begins with `sales/` is of `sales`, and nothing of `sales_eu` is. */
export function bindingPartition(place: ProductPlace): string {
  return `${place.domain}/${productNames.runPartition(place)}`;
}

export function bindingKey(place: ProductPlace, consumer: string, role: string): Pick<BindingItem, 'pk' | 'sk'> {
  return { pk: bindingPartition(place), sk: `${BINDING}${consumer}#${role}` };
}

/** The keys of a domain's products, as a condition on `dynamodb:LeadingKeys` names them. */
export function bindingPartitions({ domain, environment }: Pick<DomainPlace, 'domain' | 'environment'>): string {
  return `${domain}/dp_${domain}_*${environment === null ? '' : `@${environment}`}#v*`;
}

/** What an item gives; undefined of one that has ended. */
export function bindingOf({ role, consumer, subscription, endedAt }: BindingItem): Binding | undefined {
  return endedAt === undefined ? { role, consumer, from: `subscription ${subscription}` } : undefined;
}

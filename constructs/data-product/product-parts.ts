import { type Plan } from '../../lib/plan/plan-schema';
import { type IDataDomain } from '../domain/data-domain';
import { type ProductPlace } from '../domain/naming';

/** What every part of a product is made from. */
export interface ProductParts {
  readonly domain: IDataDomain;
  readonly place: ProductPlace;
  readonly plan: Plan;
  /** Where the plan is uploaded: `s3://<bucket of assets>/<hash>.json`. */
  readonly planUrl: string;
  /** SHA-256, in hex, of the bytes there. */
  readonly planDigest: string;
  /** Where a part of the contract stands: `contracts/sales/orders.contract.yaml:14` of `slaProperties.0`. */
  lineOf(part: string): string;
}

/** The identity of a product as handlers are told it. */
export function identityOf({ place }: ProductParts): Record<'InterfaceVersion' | 'Domain' | 'Entity' | 'Major' | 'Environment', string> {
  return { InterfaceVersion: '1', Domain: place.domain, Entity: place.entity, Major: String(place.major), Environment: place.environment ?? '' };
}

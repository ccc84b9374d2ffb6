import { type Plan } from '../../lib/plan/plan-schema';
import { type IDataDomain } from '../domain/data-domain';
import { identityOf } from '../domain/identity';
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

/** What every custom resource of a product tells its handler: which product asks, and where its plan is. */
export function requestOf(parts: ProductParts): Record<string, string> {
  return { ...identityOf(parts.place), PlanUrl: parts.planUrl, PlanDigest: parts.planDigest };
}

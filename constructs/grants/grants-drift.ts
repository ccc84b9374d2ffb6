import { type DomainPlace } from '../domain/naming';

/** Announced on the mesh's bus by `mesh.<domain>`, as events of this type. */
export const GRANTS_DRIFTED = 'Grants by hand';

/** What somebody has on a product's tables that neither contract nor binding explains. */
export interface GrantsDrift {
  /** `sales/orders v1` */
  readonly product: string;
  readonly drift: readonly string[];
}

/** Who announces it, for the products of a domain: `mesh.sales`. */
export function driftSource({ domain }: Pick<DomainPlace, 'domain'>): string {
  return `mesh.${domain}`;
}

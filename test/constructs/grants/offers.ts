import { type KnownConsumer, type OfferedShape, type ProductAccess } from '../../../constructs/grants/product-access';

export const PRINCIPALS = (account: string, consumer: string): string[] => ['analyst', 'etl', 'bi'].map((role) => `arn:aws:iam::${account}:role/mesh-consumer/${consumer}/mesh-${consumer}-${role}`);

export const REPORTING: KnownConsumer = { name: 'reporting', class: 'internal', clearance: 'internal', purposes: null, region: 'eu-west-1', principals: PRINCIPALS('666666666666', 'reporting') };
export const FRAUD: KnownConsumer = { name: 'fraud', class: 'internal', clearance: 'restricted', purposes: ['Finding fraud.'], region: 'eu-central-1', principals: PRINCIPALS('777777777777', 'fraud') };

export const ANALYST: OfferedShape = {
  role: 'analyst', purpose: 'Reporting on sales.', clearance: 'internal', consumers: ['reporting'],
  tables: [{ table: 'orders_v1', columns: [{ name: 'order_id', classification: 'internal' }, { name: 'total_amount', classification: 'public' }], rowFilter: null }],
};
export const INVESTIGATOR: OfferedShape = {
  role: 'investigator', purpose: 'Finding fraud.', clearance: 'confidential', consumers: [],
  tables: [{
    table: 'orders_v1', rowFilter: 'total_amount > 1000',
    columns: [{ name: 'order_id', classification: 'internal' }, { name: 'total_amount', classification: 'public' }, { name: 'customer_email', classification: 'confidential' }],
  }],
};

/** What a product offers to two consumers: by its contract to one of them, the other has to ask. */
export function offer(change: Partial<ProductAccess> = {}): ProductAccess {
  return {
    accessVersion: 1, product: { id: 'dp_sales_orders', domain: 'sales', entity: 'orders', major: 1, version: '1.0.0', status: 'active' }, contract: 'sha256:0', environment: null,
    database: 'sales', tables: ['orders_v1'], closed: null, closes: null, residency: [], shapes: [ANALYST, INVESTIGATOR], consumers: [REPORTING, FRAUD], ...change,
  };
}

/** Names that follow from the contract alone, as the design fixes them; `environment` is null in production. */
export interface ProductNames {
  readonly domain: string;
  readonly entity: string;
  readonly major: number;
  readonly environment: string | null;
}

/** What people may call tables and sources, domains and entities: names of ours join them with `__`. */
export const IDENTIFIER = /^[a-z](?:_?[a-z0-9])*$/;

/** The longest name of a bucket that S3 takes. */
export const MAX_BUCKET_NAME = 63;

/** `orders` of `dp_sales_orders` in the domain `sales`; undefined where the id is not `dp_<domain>_<entity>`. */
export function entityOf(id: string, domain: string): string | undefined {
  const prefix = `dp_${domain}_`;
  const entity = id.startsWith(prefix) ? id.slice(prefix.length) : '';
  return IDENTIFIER.test(entity) ? entity : undefined;
}

export function publishedDatabase({ domain, environment }: Pick<ProductNames, 'domain' | 'environment'>): string {
  return environment === null ? domain : `${domain}_${environment}`;
}

export function internalDatabase(names: Pick<ProductNames, 'domain' | 'environment'>): string {
  return `${publishedDatabase(names)}_internal`;
}

export function publishedTable(object: string, major: number): string {
  return `${object}_v${major}`;
}

/** The object of the contract that a published table is of. */
export function publishedObject(table: string, major: number): string {
  return table.slice(0, -`_v${major}`.length);
}

export function internalTable({ entity, major }: Pick<ProductNames, 'entity' | 'major'>, table: string): string {
  return `${entity}_v${major}__${table}`;
}

/** `sales-orders-v1`, with the environment in front outside production. */
export function stackName({ domain, entity, major, environment }: ProductNames): string {
  return kebab(`${environment === null ? '' : `${environment}-`}${domain}-${entity}-v${major}`);
}

/** What every name of a domain's foundation begins with: `mesh-sales`, outside production `mesh-dev-sales`. */
export function foundationPrefix({ domain, environment }: Pick<ProductNames, 'domain' | 'environment'>): string {
  return kebab(environment === null ? `mesh-${domain}` : `mesh-${environment}-${domain}`);
}

/** The name of a product's bucket in an account and region. */
export function bucketName(mesh: string, account: string, region: string, names: ProductNames, kind: 'raw' | 'curated'): string {
  const { domain, entity, major, environment } = names;
  return kebab([mesh, ...(environment === null ? [] : [environment]), account, region, domain, `${entity}-v${major}`, kind].join('-'));
}

function kebab(name: string): string {
  return name.replaceAll('_', '-');
}

import { type Plan } from '../../lib/plan/plan-schema';
import { domainNames, productNames, s3Arn, type ProductPlace } from '../domain/naming';

/** Lake Formation's word for what a principal may do with a resource; its own names. */
export type LakePermission = 'ALTER' | 'CREATE_TABLE' | 'DATA_LOCATION_ACCESS' | 'DELETE' | 'DESCRIBE' | 'DROP' | 'INSERT' | 'SELECT';

/** What a grant is on. `tables` are all tables of a database, those that are still to come included. */
export type Target =
  | { readonly kind: 'database'; readonly database: string }
  | { readonly kind: 'table'; readonly database: string; readonly table: string }
  | { readonly kind: 'tables'; readonly database: string }
  | { readonly kind: 'filter'; readonly database: string; readonly table: string; readonly filter: string }
  | { readonly kind: 'location'; readonly arn: string };

/** What one role may do with one resource. There is no grant option: nobody but the platform passes permissions on. */
export interface Grant {
  readonly principal: string;
  readonly target: Target;
  readonly permissions: readonly LakePermission[];
}

/** A table of the product as the catalogue knows it. */
export interface ProductTable {
  readonly database: string;
  readonly table: string;
  readonly published: boolean;
}

/** The roles of a product that Lake Formation knows: what they have is what this file says, and nothing more. */
export function productRoles(place: ProductPlace): string[] {
  return [productNames.roleArn(place, 'job')];
}

/** Where Lake Formation governs the product's data. */
export function tablesLocation(place: ProductPlace): string {
  return s3Arn(place, `${productNames.bucket(place, 'curated')}/tables`);
}

/** Of the internal database, whatever begins with this is the product's. */
export function internalPrefix({ entity, major }: ProductPlace): string {
  return `${entity}_v${major}__`;
}

/**
 * Before a table is there: who may make one, and where. To make or alter a table that points at a registered location takes
 * DATA_LOCATION_ACCESS beside the permission on the catalogue:
 * https://docs.aws.amazon.com/lake-formation/latest/dg/access-control-underlying-data.html
 */
export function grantsBeforeTables(place: ProductPlace): Grant[] {
  const published = domainNames.publishedDatabase(place);
  const internal = domainNames.internalDatabase(place);
  const [job, tables, publisher] = principals(place);
  const location: Target = { kind: 'location', arn: tablesLocation(place) };
  return [
    { principal: job, target: { kind: 'database', database: published }, permissions: ['DESCRIBE'] },
    { principal: job, target: { kind: 'database', database: internal }, permissions: ['DESCRIBE', 'CREATE_TABLE'] },
    { principal: job, target: location, permissions: ['DATA_LOCATION_ACCESS'] },
    ...[published, internal].flatMap((database): Grant[] => [
      { principal: tables, target: { kind: 'database', database }, permissions: ['DESCRIBE', 'CREATE_TABLE'] },
      // Also of tables that a job made or that were restored by hand: who creates a table has all permissions on it, others none.
      { principal: tables, target: { kind: 'tables', database }, permissions: ['DESCRIBE', 'ALTER', 'DROP'] },
    ]),
    { principal: tables, target: location, permissions: ['DATA_LOCATION_ACCESS'] },
    { principal: publisher, target: { kind: 'database', database: published }, permissions: ['DESCRIBE'] },
    { principal: publisher, target: location, permissions: ['DATA_LOCATION_ACCESS'] },
  ];
}

/** Once tables are there: the job reads what it has published and does as it likes with what is internal; the publisher moves pointers. */
export function grantsOnTables(place: ProductPlace, there: readonly ProductTable[]): Grant[] {
  const [job, , publisher] = principals(place);
  return there.flatMap(({ database, table, published }): Grant[] => {
    const target: Target = { kind: 'table', database, table };
    return published
      ? [{ principal: job, target, permissions: ['DESCRIBE', 'SELECT'] }, { principal: publisher, target, permissions: ['DESCRIBE', 'ALTER'] }]
      : [{ principal: job, target, permissions: ['DESCRIBE', 'SELECT', 'INSERT', 'DELETE', 'ALTER', 'DROP'] }];
  });
}

/** Every table that the plan may have made. Whether a published one is really the product's is for the catalogue to say. */
export function tablesOf(plan: Plan): ProductTable[] {
  const { published, internal } = plan.databases;
  return plan.tables.flatMap((table): ProductTable[] => [
    { database: table.published ? published : internal, table: table.table, published: table.published },
    { database: internal, table: table.quarantine, published: false },
    { database: internal, table: table.tombstones, published: false },
  ]);
}

function principals(place: ProductPlace): [job: string, tables: string, publisher: string] {
  return [productNames.roleArn(place, 'job'), domainNames.handlerRoleArn(place, 'tables'), domainNames.handlerRoleArn(place, 'publisher')];
}

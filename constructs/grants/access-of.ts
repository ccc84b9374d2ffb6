import { type AccessShape } from '../../lib/contract/access-shape';
import { DEFAULT_CLASSIFICATION } from '../../lib/contract/classification';
import { type DataContract } from '../../lib/plan/data-contract';
import { type Mesh } from '../../lib/plan/mesh/mesh';
import { rolesOf } from '../../lib/plan/mesh/mesh-consumers';
import { type Plan, type PlanTable } from '../../lib/plan/plan-schema';
import { consumerPlaceIn } from '../consumer/consumer-place';
import { consumerNames } from '../consumer/naming';
import { productNames, type ProductPlace } from '../domain/naming';
import { visibilityOf } from '../permissions/lf-tags';
import { ACCESS_VERSION, type KnownConsumer, type OfferedShape, type ProductAccess, type ShapedColumn } from './product-access';
import { lakeRowFilter } from './row-filter';

/** What a product may let consumers see in an environment of the mesh, and what of its contract cannot be put in force there. */
export interface AccessOfProduct {
  readonly access: ProductAccess;
  readonly warnings: readonly string[];
}

/**
 * Reads it from a contract that was compiled for that environment. `importers` are products that import it: a domain that is a consumer too
 * reads with their import roles as well.
 */
export function accessOf(contract: DataContract, mesh: Mesh, environment: string, importers: readonly ProductPlace[] = []): AccessOfProduct {
  const plan = contract._plan;
  const { id, domain, entity, major, version, status } = plan.product;
  const published = plan.tables.filter((table) => table.published);
  const warnings: string[] = [];
  const shapes = contract._accessShapes().map((shape): OfferedShape => {
    const { role, purpose, clearance, consumers } = shape;
    return { role, purpose, clearance, consumers, tables: published.flatMap((table) => shapedTable(shape, table, warnings)) };
  });
  return {
    access: {
      accessVersion: ACCESS_VERSION, product: { id, domain, entity, major, version, status }, contract: plan.digests.contract, environment: plan.environment,
      database: plan.databases.published, tables: published.map(({ table }) => table),
      closed: closedBy(plan), closes: firstEnd(plan), residency: contract._residency(), shapes, consumers: consumersOf(mesh, environment, importers),
    },
    warnings: warnings.map((warning) => `${contract._lineOf('roles')}: ${warning}`),
  };
}

/** Of a table that lacks a column of the role's condition nothing is shown: which of its rows are meant cannot be told. */
function shapedTable({ role, columns, rowFilter }: AccessShape, { name, table, columns: planned }: PlanTable, warnings: string[]): OfferedShape['tables'] {
  const shown = columns.filter(({ object }) => object === name).map(({ name: column, classification }): ShapedColumn => {
    const real = (planned ?? []).find((one) => one.name === column);
    return { name: column, classification, ...(real === undefined || real.classification === classification ? {} : { unmasked: { id: real.id, classification: real.classification } }) };
  });
  if (shown.length === 0) return [];
  if (rowFilter === null) return [{ table, columns: shown, rowFilter }];
  const read = lakeRowFilter(rowFilter, new Map((planned ?? []).map(({ name: column, type }) => [column, type])));
  if (read.ok) return [{ table, columns: shown, rowFilter: read.expression }];
  warnings.push(`the role ${role} shows nothing of ${table}: ${read.because}; change its mesh.rowFilter, \`${rowFilter}\``);
  return [];
}

function closedBy(plan: Plan): string | null {
  if (visibilityOf(plan) === 'published') return null;
  const { product: { status }, signoff } = plan;
  return signoff.problems.length > 0 && visibilityOf({ product: plan.product, signoff: { ...signoff, problems: [] } }) === 'published'
    ? `a sign-off is missing: ${signoff.problems.join('; ')}`
    : `the product is ${status}, and only what is active or deprecated is granted`;
}

function firstEnd({ signoff }: Plan): string | null {
  return (signoff.ends ?? []).map(({ at }) => at).sort((a, b) => Date.parse(a) - Date.parse(b))[0] ?? null;
}

function consumersOf(mesh: Mesh, environment: string, importers: readonly ProductPlace[]): KnownConsumer[] {
  return Object.entries(mesh.consumers()).flatMap(([name, consumer]): KnownConsumer[] => {
    const place = consumerPlaceIn(mesh, name, environment);
    if (place === undefined) return [];
    return [{
      name, class: consumer.class ?? 'internal', clearance: consumer.clearance ?? DEFAULT_CLASSIFICATION, purposes: consumer.purposes ?? null, region: place.region,
      principals: [
        ...rolesOf(consumer).map((role) => consumerNames.roleArn(place, role)),
        ...importers.filter(({ domain }) => domain === name).map((importer) => productNames.roleArn(importer, 'import')),
      ],
    }];
  });
}

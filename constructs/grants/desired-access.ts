import { createHash } from 'node:crypto';
import { type Classification, isStricter } from '../../lib/contract/classification';
import { type Grant } from '../permissions/grants';
import { type Binding } from './binding';
import { type KnownConsumer, type OfferedShape, type ProductAccess, type ShapedTable } from './product-access';

/** A data cells filter: the columns and rows of one table that a role shows. Its name follows from what it says. */
export interface Filter {
  readonly database: string;
  readonly table: string;
  readonly name: string;
  /** In the order of their names. */
  readonly columns: readonly string[];
  readonly rowFilter: string | null;
}

/** A grant, and the bindings that it is there for: `analyst of the contract to reporting`. */
export interface ExplainedGrant extends Grant {
  readonly because: readonly string[];
  /** Roles of the contract that those bind to. */
  readonly roles: readonly string[];
}

/** A filter, and the role of the contract whose columns and rows it shows. */
export interface RoleFilter extends Filter {
  readonly role: string;
}

/** What is to be in force for a product's consumers, and what of the bindings is not, and why. */
export interface DesiredAccess {
  readonly filters: readonly RoleFilter[];
  readonly grants: readonly ExplainedGrant[];
  readonly refused: readonly string[];
}

/** The filters that somebody reads a table by. */
export function filtersReadBy<F extends Filter>({ filters, grants }: { readonly filters: readonly F[]; readonly grants: readonly Grant[] }, principals: readonly string[], table: string): F[] {
  return filters.filter((filter) => filter.table === table
    && grants.some(({ principal, target }) => principals.includes(principal) && target.kind === 'filter' && target.table === table && target.filter === filter.name));
}

/** The highest class that consumers of another company are given. */
const PARTNERS: Classification = 'internal';

/** Filters and grants that follow from who is bound to what. `now` is a time as ISO 8601, in UTC. */
export function desiredAccess(access: ProductAccess, bindings: readonly Binding[], now: string): DesiredAccess {
  const closed = closedBecause(access, now);
  if (closed !== null) return { filters: [], grants: [], refused: bindings.map((binding) => `${shown(binding)}: ${closed}`) };
  const filters = new Map<string, RoleFilter>();
  const grants = new Map<string, { grant: Grant; because: string[]; roles: string[] }>();
  const refused: string[] = [];
  for (const binding of [...contractBindings(access), ...bindings]) {
    const shape = access.shapes.find(({ role }) => role === binding.role);
    const consumer = access.consumers.find(({ name }) => name === binding.consumer);
    const refusal = refusalOf(access, binding, shape, consumer);
    if (refusal !== null || shape === undefined || consumer === undefined) {
      refused.push(`${shown(binding)}: ${refusal}`);
      continue;
    }
    for (const filter of filtersOf(access, shape, clearanceFor(shape, consumer))) {
      filters.set(`${filter.table} ${filter.name}`, filter);
      const { database, table, name } = filter;
      for (const principal of consumer.principals) {
        for (const grant of [
          { principal, target: { kind: 'database', database }, permissions: ['DESCRIBE'] },
          { principal, target: { kind: 'table', database, table }, permissions: ['DESCRIBE'] },
          { principal, target: { kind: 'filter', database, table, filter: name }, permissions: ['SELECT'] },
        ] satisfies Grant[]) {
          const key = JSON.stringify([grant.principal, grant.target]);
          const { because = [], roles = [] } = grants.get(key) ?? {};
          grants.set(key, { grant, because: [...new Set([...because, shown(binding)])], roles: [...new Set([...roles, shape.role])] });
        }
      }
    }
  }
  return { filters: [...filters.values()], grants: [...grants.values()].map(({ grant, because, roles }) => ({ ...grant, because, roles })), refused };
}

/** Who has a shape by the contract alone. */
export function contractBindings({ shapes }: ProductAccess): Binding[] {
  return shapes.flatMap(({ role, consumers }) => consumers.map((consumer) => ({ role, consumer, from: 'contract' })));
}

/** Why nobody is given anything; null while anybody may be. */
export function closedBecause({ closed, closes }: Pick<ProductAccess, 'closed' | 'closes'>, now: string): string | null {
  if (closed !== null) return closed;
  return closes !== null && Date.parse(now) >= Date.parse(closes) ? `a required sign-off ended at ${closes}` : null;
}

/** Why a consumer is not given a shape by the mesh's policy; null where it is. */
export function refusalOf(access: ProductAccess, { role, consumer: name }: Pick<Binding, 'role' | 'consumer'>, shape: OfferedShape | undefined, consumer: KnownConsumer | undefined): string | null {
  if (shape === undefined) return `the contract has no role ${role}; it has ${access.shapes.map((each) => each.role).join(', ') || 'none'}`;
  if (consumer === undefined) return `mesh.yaml has no consumer ${name} here`;
  if (access.residency.length > 0 && !access.residency.includes(consumer.region)) return `the data stays in ${access.residency.join(', ')}, and ${name} reads in ${consumer.region}`;
  if (consumer.purposes !== null && !consumer.purposes.some((purpose) => sameText(purpose, shape.purpose ?? ''))) {
    return shape.purpose === null ? `the role states no purpose, and ${name} reads only for ${consumer.purposes.join('; ')}` : `the role is for "${shape.purpose}", and ${name} reads only for ${consumer.purposes.join('; ')}`;
  }
  const clearance = clearanceFor(shape, consumer);
  if (shownTo(shape, clearance).length === 0) return `none of its columns is ${clearance} or below, which is what ${name} may see`;
  return null;
}

/** The highest class that a consumer sees of a shape: never above the role's, its own, or what its kind is given. */
export function clearanceFor(shape: OfferedShape, consumer: KnownConsumer): Classification {
  const own = lowerClearance(shape.clearance, consumer.clearance);
  return consumer.class === 'partner' ? lowerClearance(own, PARTNERS) : own;
}

/** The tables and columns of a shape that who may see a class is shown. */
export function shownTo({ tables }: OfferedShape, clearance: Classification): ShapedTable[] {
  return tables.map((table) => ({ ...table, columns: table.columns.filter(({ classification }) => !isStricter(classification, clearance)) })).filter(({ columns }) => columns.length > 0);
}

/** Of whose filters a name is: `mesh-orders-v1-`. */
export function filterPrefix({ entity, major }: { readonly entity: string; readonly major: number }): string {
  return `mesh-${entity}-v${major}-`;
}

/**
 * The filters of a shape for who may see a class. The name says role and content: one that says something else is another filter, so that
 * the old one is in force until nobody has it any more.
 */
function filtersOf({ product, database }: ProductAccess, shape: OfferedShape, clearance: Classification): RoleFilter[] {
  const { role } = shape;
  return shownTo(shape, clearance).map(({ table, columns, rowFilter }): RoleFilter => {
    // Glue and Lake Formation know columns by their lower-case names.
    const seen = columns.map(({ name }) => name.toLowerCase()).sort();
    const content = createHash('sha256').update(JSON.stringify([role, seen, rowFilter])).digest('hex').slice(0, 12);
    return { database, table, name: `${filterPrefix(product)}${slug(role)}-${content}`, columns: seen, rowFilter, role };
  });
}

function lowerClearance(a: Classification, b: Classification): Classification {
  return isStricter(a, b) ? b : a;
}

function shown({ role, consumer, from }: Binding): string {
  return `${role} to ${consumer} by ${from === 'contract' ? 'the contract' : from}`;
}

function slug(role: string): string {
  return role.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '').slice(0, 40) || 'role';
}

function sameText(a: string, b: string): boolean {
  const plain = (text: string): string => text.trim().replace(/[.\s]+$/, '').replace(/\s+/g, ' ').toLowerCase();
  return plain(a) === plain(b);
}

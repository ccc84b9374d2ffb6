import { type Permission, type Resource } from '@aws-sdk/client-lakeformation';
import { isConsumersRole } from '../../consumer/naming';
import { type Held, shown } from '../../lake-formation/lake-grants';
import { type Grant, type LakePermission, type Target } from '../../permissions/grants';
import { type Filter } from '../desired-access';

/** One permission that somebody has on something. */
export interface Right {
  readonly principal: string;
  readonly permission: Permission;
  readonly resource: Resource;
  /** Undefined for what we never grant. */
  readonly target: Target | undefined;
  /** Whether it may be passed on. */
  readonly grantable: boolean;
}

/** What is in force on a product's published tables and their database. */
export interface ActualAccess {
  /** All filters of the tables. */
  readonly filters: readonly Filter[];
  /** What everybody has on the tables, on the product's own filters, and on the database. */
  readonly rights: readonly Right[];
  /** Principals that see the database for another product. */
  readonly elsewhere: ReadonlySet<string>;
}

/** What is to be in force. */
export interface WantedAccess {
  readonly filters: readonly (Filter & { readonly role?: string })[];
  readonly grants: readonly (Grant & { readonly roles?: readonly string[] })[];
}

/** Whose a grant or a filter is. */
export interface Ownership {
  /** What the names of the product's filters begin with. */
  readonly prefix: string;
  readonly account: string;
  /** Path of the product's own roles: `/mesh/sales/orders-v1/`. */
  readonly rolePath: string;
}

/** What is to be done, in this order, and what neither contract nor binding explains. */
export interface Change {
  readonly create: readonly Filter[];
  /** By hand they say something else than their names. */
  readonly mend: readonly Filter[];
  /** What may be passed on: it goes, and comes again without. */
  readonly retract: readonly Right[];
  readonly grant: readonly Grant[];
  readonly revoke: readonly Right[];
  readonly remove: readonly Filter[];
  /** On the product's tables, and not ours to take away unasked. */
  readonly drift: readonly Right[];
}

/** One for each permission that is listed together. */
export function rightsOf({ principal, permissions, resource, target, grantable }: Held): Right[] {
  return permissions.map((permission) => ({ principal, permission, resource, target, grantable: grantable.includes(permission) }));
}

/** What takes what is there to what is wanted. */
export function difference({ filters, rights, elsewhere }: ActualAccess, desired: WantedAccess, ownership: Ownership): Change {
  const ours = filters.filter(({ name }) => name.startsWith(ownership.prefix));
  const there = ({ table, name }: Filter): Filter | undefined => ours.find((one) => one.table === table && one.name === name);
  const isWanted = (right: Right): boolean => desired.grants.some(({ principal, target, permissions }) => principal === right.principal && same(target, right.target) && permissions.includes(right.permission as LakePermission));
  const surplus = rights.filter((right) => right.grantable || !isWanted(right));
  const own = surplus.filter((right) => isOurs(right, ownership, elsewhere));
  return {
    create: desired.filters.filter((filter) => there(filter) === undefined),
    mend: desired.filters.filter((filter) => {
      const present = there(filter);
      return present !== undefined && !sameContent(present, filter);
    }),
    retract: own.filter(({ grantable }) => grantable),
    grant: desired.grants.flatMap(({ principal, target, permissions }): Grant[] => {
      const has = (permission: LakePermission): boolean => rights.some((right) => !right.grantable && right.principal === principal && same(target, right.target) && right.permission === permission);
      const lacking = permissions.filter((permission) => !has(permission));
      return lacking.length === 0 ? [] : [{ principal, target, permissions: lacking }];
    }),
    revoke: own.filter(({ grantable }) => !grantable),
    remove: ours.filter(({ table, name }) => !desired.filters.some((filter) => filter.table === table && filter.name === name)),
    drift: surplus.filter((right) => !own.includes(right) && isUnexplained(right, ownership)),
  };
}

export function isNothing({ create, mend, retract, grant, revoke, remove }: Change): boolean {
  return [create, mend, retract, grant, revoke, remove].every(({ length }) => length === 0);
}

/** On the product's filters everything is; on tables and their database, that a role of a consumer sees that they are there. */
function isOurs({ principal, permission, target, grantable }: Right, { prefix }: Ownership, elsewhere: ReadonlySet<string>): boolean {
  if (target?.kind === 'filter') return target.filter.startsWith(prefix);
  if (permission !== 'DESCRIBE' || !isConsumersRole(principal)) return false;
  return target?.kind === 'table' || (target?.kind === 'database' && (grantable || !elsewhere.has(principal)));
}

/** The platform's roles and the product's own have what the foundation gives them; of the database, other products speak too. */
function isUnexplained({ principal, target }: Right, { account, rolePath }: Ownership): boolean {
  if (target?.kind === 'database') return false;
  return ![`iam::${account}:role/mesh-platform/`, `iam::${account}:role${rolePath}`].some((own) => principal.includes(`:${own}`));
}

function same(one: Target, other: Target | undefined): boolean {
  return other !== undefined && shown(one) === shown(other);
}

function sameContent(a: Filter, b: Filter): boolean {
  return a.rowFilter === b.rowFilter && a.columns.length === b.columns.length && a.columns.every((column, n) => column === b.columns[n]);
}

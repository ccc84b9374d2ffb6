import { type Said } from '../../handlers/trail';
import { shown } from '../../lake-formation/lake-grants';
import { type Target } from '../../permissions/grants';
import { type Change, type Right, type WantedAccess } from './difference';

const GRANTED = ['GrantPermissions', 'BatchGrantPermissions'];
const REVOKED = ['RevokePermissions', 'BatchRevokePermissions'];

/** What is not as it should be, and a repair puts right. */
export function saidOf({ create, mend, retract, grant, revoke, remove }: Change, { filters, grants }: WantedAccess): Said[] {
  const partOf = (role: string | undefined): string | null => (role === undefined ? null : `roles.${role}`);
  const ofFilter = (table: string, name: string): string | null => partOf(filters.find((one) => one.table === table && one.name === name)?.role);
  return [
    ...create.map(({ table, name }) => ({ what: `${table} lacks the filter ${name}`, part: ofFilter(table, name), sought: { events: ['DeleteDataCellsFilter'], about: [name] } })),
    ...mend.map(({ table, name }) => ({ what: `the filter ${name} of ${table} does not say what it should`, part: ofFilter(table, name), sought: { events: ['UpdateDataCellsFilter'], about: [name] } })),
    ...grant.map(({ principal, target, permissions }) => ({
      what: `${principal} lacks ${permissions.join(', ')} on ${shown(target)}`,
      part: partOf(grants.find((one) => one.principal === principal && shown(one.target) === shown(target))?.roles?.[0]),
      sought: { events: REVOKED, about: [principal, nameOf(target)] },
    })),
    ...[...retract, ...revoke].map((right) => ({ ...unexplained(right), what: `${toldRight(right)} still` })),
    ...remove.map(({ table, name }) => ({ what: `${table} still has the filter ${name}`, part: null, sought: { events: ['CreateDataCellsFilter'], about: [name] } })),
  ];
}

/** What somebody has, and nobody explains. */
export function unexplained(right: Right): Said {
  const { principal, target, resource: { TableWithColumns } } = right;
  const on = target === undefined ? TableWithColumns?.Name : nameOf(target);
  return { what: toldRight(right), part: null, sought: { events: GRANTED, about: [principal, ...(on === undefined ? [] : [on])] } };
}

/** `arn:… has SELECT on sales.orders_v1, and may pass it on`. */
export function toldRight({ principal, permission, target, resource: { TableWithColumns }, grantable }: Right): string {
  const on = target !== undefined ? shown(target) : TableWithColumns !== undefined ? `columns of ${TableWithColumns.DatabaseName}.${TableWithColumns.Name}` : 'something else';
  return `${principal} has ${permission} on ${on}${grantable ? ', and may pass it on' : ''}`;
}

/** As a request names it. */
function nameOf(target: Target): string {
  switch (target.kind) {
    case 'filter': return target.filter;
    case 'table': return target.table;
    case 'location': return target.arn;
    default: return target.database;
  }
}

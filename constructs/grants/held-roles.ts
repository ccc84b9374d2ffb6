import { publishedObject } from '../../lib/contract/names';
import { type HeldRole } from '../../lib/plan/inspection';
import { type Binding } from './binding';
import { clearanceFor, closedBecause, contractBindings, refusalOf, shownTo } from './desired-access';
import { type ProductAccess } from './product-access';

/** Who is bound to which role of a product, and what is given them for it: in a person's words what {@link desiredAccess} is in Lake Formation's. */
export function heldRoles(access: ProductAccess, subscribed: readonly Pick<Binding, 'consumer' | 'role'>[], now: string): HeldRole[] {
  const closed = closedBecause(access, now);
  const held = new Map<string, HeldRole>();
  for (const [bindings, isSubscribed] of [[contractBindings(access), false], [subscribed, true]] as const) {
    for (const { consumer: name, role } of bindings) {
      const shape = access.shapes.find((each) => each.role === role);
      const consumer = access.consumers.find((each) => each.name === name);
      const refused = closed ?? refusalOf(access, { consumer: name, role }, shape, consumer);
      const shown = refused !== null || shape === undefined || consumer === undefined ? [] : shownTo(shape, clearanceFor(shape, consumer));
      held.set(`${name} ${role}`, {
        consumer: name, role, subscribed: isSubscribed, refused, rowFilter: shown.at(0)?.rowFilter ?? null,
        columns: shown.flatMap(({ table, columns }) => columns.map((column) => `${publishedObject(table, access.product.major)}.${column.name}`)),
      });
    }
  }
  return [...held.values()];
}

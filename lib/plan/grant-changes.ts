import { accessShapes, publishedColumns } from '../contract/access-shape';
import { type Contract } from '../contract/contract';
import { type DiffSide } from '../contract/diff/context';
import { pair } from '../contract/diff/pairs';
import { hasConsumers } from '../contract/lifecycle';
import { promisedTables } from './contract-tables';
import { type HeldRole } from './inspection';

/** What becomes of a role that a consumer has, or comes to have. */
export interface GrantChange {
  readonly consumer: string;
  readonly role: string;
  readonly change: 'appears' | 'vanishes' | 'changes';
  /** Whether a subscription in the catalogue gives it, whatever the contract does. */
  readonly subscribed: boolean;
  /** `table.column`s. */
  readonly gained: readonly string[];
  readonly lost: readonly string[];
  /** The condition of which rows are shown, where it is another; null in it is every row. */
  readonly rows: { readonly before: string | null; readonly after: string | null } | null;
  /** Why nothing is given any more to who is still bound; null where the binding went, or something is given. */
  readonly because: string | null;
}

/** Who has which role by a contract alone, where its state grants anything: what mesh.yaml forbids is not looked at. */
export function rolesByContract(contract: Contract | undefined, side: DiffSide): HeldRole[] {
  if (contract === undefined || !hasConsumers(contract.status)) return [];
  const columns = promisedTables(contract, side.classification(contract.domain)).flatMap(({ object, columns: own }) => publishedColumns(object.name, own));
  return accessShapes(contract, columns).flatMap((shape) => shape.consumers.map((consumer): HeldRole => (
    { consumer, role: shape.role, subscribed: false, columns: shape.columns.map(({ object, name }) => `${object}.${name}`), rowFilter: shape.rowFilter, refused: null })));
}

/** What changes between two times for who has roles of a product. A role that shows nothing is one that nobody has. */
export function grantChanges(before: readonly HeldRole[], after: readonly HeldRole[]): GrantChange[] {
  const shows = ({ columns }: HeldRole): boolean => columns.length > 0;
  const { both, removed, added } = pair(before.filter(shows), after.filter(shows), keyOf);
  const refusals = new Map(after.map((held) => [keyOf(held), held.refused]));
  const without = (columns: readonly string[], others: readonly string[]): string[] => columns.filter((column) => !others.includes(column));
  return [
    ...added.map(({ consumer, role, subscribed, columns }): GrantChange => ({ consumer, role, change: 'appears', subscribed, gained: columns, lost: [], rows: null, because: null })),
    ...both.flatMap(({ base, head }): GrantChange[] => {
      const [gained, lost] = [without(head.columns, base.columns), without(base.columns, head.columns)];
      const rows = base.rowFilter === head.rowFilter ? null : { before: base.rowFilter, after: head.rowFilter };
      return gained.length + lost.length === 0 && rows === null ? [] : [{ consumer: head.consumer, role: head.role, change: 'changes', subscribed: head.subscribed, gained, lost, rows, because: null }];
    }),
    ...removed.map((held): GrantChange => (
      { consumer: held.consumer, role: held.role, change: 'vanishes', subscribed: held.subscribed, gained: [], lost: held.columns, rows: null, because: refusals.get(keyOf(held)) ?? null })),
  ];
}

function keyOf({ consumer, role }: Pick<HeldRole, 'consumer' | 'role'>): string {
  return `${consumer} ${role}`;
}

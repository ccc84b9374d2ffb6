import { type Permission } from '@aws-sdk/client-lakeformation';
import { type ActualAccess, type Change, difference, isNothing, type Ownership, type Right } from '../../../../constructs/grants/handler/difference';
import { type Filter } from '../../../../constructs/grants/desired-access';
import { resourceOf } from '../../../../constructs/lake-formation/lake-grants';
import { type Grant, type LakePermission, type Target } from '../../../../constructs/permissions/grants';
import { random } from '../../../support/random';
import { PRINCIPALS } from '../offers';

const OWNERSHIP: Ownership = { prefix: 'mesh-orders-v1-', account: '222222222222', rolePath: '/mesh/sales/orders-v1/' };
const CONSUMERS = [...PRINCIPALS('666666666666', 'reporting'), ...PRINCIPALS('777777777777', 'fraud')];
/** Whom the foundation, the product or somebody by hand has given something. */
const OTHERS = ['IAM_ALLOWED_PRINCIPALS', 'arn:aws:iam::222222222222:role/mesh/sales/orders-v1/mesh-sales-orders-v1-job', 'arn:aws:iam::222222222222:role/mesh-platform/sales/mesh-sales-tables', 'arn:aws:iam::999999999999:role/stranger'];
const TABLES = ['orders_v1', 'items_v1'];
const FILTERS: Filter[] = TABLES.flatMap((table) => ['a', 'b', 'c'].map((name) => ({ database: 'sales', table, name: `mesh-orders-v1-${name}`, columns: ['order_id'], rowFilter: null })));
const FOREIGN: Filter[] = [{ database: 'sales', table: 'orders_v1', name: 'by-hand', columns: ['order_id'], rowFilter: null }];

interface World { readonly actual: ActualAccess; readonly desired: { readonly filters: Filter[]; readonly grants: Grant[] } }

function world(seed: number): World {
  const next = random(seed);
  const some = <T>(all: readonly T[], share: number): T[] => all.filter(() => next() < share);
  const right = (principal: string, permission: Permission, target: Target): Right => ({ principal, permission, target, resource: resourceOf(target, OWNERSHIP.account), grantable: next() < 0.1 });
  const filters = [...some(FILTERS, 0.5).map((filter) => (next() < 0.2 ? { ...filter, columns: ['total_amount'] } : filter)), ...some(FOREIGN, 0.5)];
  const targets: Target[] = [{ kind: 'database', database: 'sales' }, ...TABLES.map((table): Target => ({ kind: 'table', database: 'sales', table })), ...filters.map(({ table, name }): Target => ({ kind: 'filter', database: 'sales', table, filter: name }))];
  const rights = some(targets.flatMap((target) => some([...CONSUMERS, ...OTHERS], 0.4).map((principal) => right(principal, target.kind === 'filter' ? 'SELECT' : next() < 0.7 ? 'DESCRIBE' : 'ALTER', target))), 0.7);
  const wanted = some(FILTERS, 0.4);
  const grants = wanted.flatMap(({ table, name }) => some(CONSUMERS, 0.5).flatMap((principal): Grant[] => [
    { principal, target: { kind: 'database', database: 'sales' }, permissions: ['DESCRIBE'] },
    { principal, target: { kind: 'table', database: 'sales', table }, permissions: ['DESCRIBE'] },
    { principal, target: { kind: 'filter', database: 'sales', table, filter: name }, permissions: ['SELECT'] },
  ]));
  const distinct = [...new Map(grants.map((grant) => [JSON.stringify([grant.principal, grant.target]), grant])).values()];
  return { actual: { filters, rights, elsewhere: new Set(some(CONSUMERS, 0.3)) }, desired: { filters: wanted, grants: distinct } };
}

/** What Lake Formation has afterwards; it gives nothing twice, and revokes with the option. */
function applied({ filters, rights, elsewhere }: ActualAccess, change: Change): ActualAccess {
  const same = (a: Pick<Right, 'principal' | 'permission' | 'target'>, b: typeof a): boolean => a.principal === b.principal && a.permission === b.permission && JSON.stringify(a.target) === JSON.stringify(b.target);
  const without = (from: readonly Right[], gone: readonly Right[]): Right[] => from.filter((right) => !gone.some((one) => same(one, right)));
  let now = without(rights, change.retract);
  for (const { principal, target, permissions } of change.grant) {
    for (const permission of permissions) {
      const given: Right = { principal, permission, target, resource: resourceOf(target, OWNERSHIP.account), grantable: false };
      if (!now.some((right) => same(right, given))) now = [...now, given];
    }
  }
  now = without(now, change.revoke);
  const kept = [...filters, ...change.create].filter(({ table, name }) => !change.remove.some((filter) => filter.table === table && filter.name === name));
  return { filters: kept.map((filter) => change.mend.find(({ table, name }) => table === filter.table && name === filter.name) ?? filter), rights: now, elsewhere };
}

const SEEDS = Array.from({ length: 150 }, (_, n) => n + 1);
const WORLDS = SEEDS.map((seed) => {
  const { actual, desired } = world(seed);
  const change = difference(actual, desired, OWNERSHIP);
  return { seed, desired, change, after: applied(actual, change) };
});
/** Seeds of the worlds of which something does not hold. */
const broken = (holds: (each: (typeof WORLDS)[number]) => boolean): number[] => WORLDS.filter((each) => !holds(each)).map(({ seed }) => seed);
const isOurFilter = ({ target }: Pick<Right, 'target'>): boolean => target?.kind === 'filter' && target.filter.startsWith(OWNERSHIP.prefix);

describe('whatever is there, and whatever is wanted', () => {
  test('what is done leads to what is wanted, and then nothing is left to do', () => {
    expect(broken(({ after, desired }) => isNothing(difference(after, desired, OWNERSHIP)))).toEqual([]);
  });

  test('every consumer has what is wanted afterwards, without the option to pass it on, and no other filter of the product', () => {
    expect(broken(({ after, desired }) => {
      const held = after.rights.filter(isOurFilter).map(({ principal, target, grantable }) => `${principal} ${JSON.stringify(target)} ${grantable}`).sort();
      const wanted = desired.grants.filter(isOurFilter).map(({ principal, target }) => `${principal} ${JSON.stringify(target)} false`).sort();
      return JSON.stringify(held) === JSON.stringify(wanted);
    })).toEqual([]);
  });

  test('what is not of the mesh\'s consumers is never touched: it is told, unless the foundation has given it', () => {
    expect(broken(({ change: { revoke, retract, drift, remove } }) => [...revoke, ...retract].filter((right) => !isOurFilter(right)).every(({ principal, permission }) => principal.includes(':role/mesh-consumer/') && permission === 'DESCRIBE')
      && remove.every(({ name }) => name.startsWith(OWNERSHIP.prefix))
      && drift.every(({ principal }) => !principal.includes(':role/mesh/sales/orders-v1/') && !principal.includes(':role/mesh-platform/')))).toEqual([]);
  });

  test('nobody loses anything before they have what takes its place, but for what could be passed on', () => {
    expect(broken(({ change: { retract, grant } }) => retract.every(({ grantable }) => grantable)
      && grant.every(({ permissions }) => permissions.every((permission: LakePermission) => permission === 'SELECT' || permission === 'DESCRIBE')))).toEqual([]);
  });

  test('and the worlds are of all kinds', () => {
    const kinds = ['create', 'mend', 'retract', 'grant', 'revoke', 'remove', 'drift'] as const;
    expect(kinds.filter((kind) => WORLDS.filter(({ change }) => change[kind].length > 0).length < 20)).toEqual([]);
  });
});

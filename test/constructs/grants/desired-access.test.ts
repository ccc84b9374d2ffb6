import { type Binding } from '../../../constructs/grants/binding';
import { type DesiredAccess, desiredAccess } from '../../../constructs/grants/desired-access';
import { type ProductAccess } from '../../../constructs/grants/product-access';
import { heldRoles } from '../../../constructs/grants/held-roles';
import { grantChanges } from '../../../lib/plan/grant-changes';
import { random } from '../../support/random';
import { ANALYST, FRAUD, INVESTIGATOR, offer, REPORTING } from './offers';

const NOW = '2026-11-28T00:00:00Z';
const asked = (consumer: string, role: string): Binding => ({ consumer, role, from: 'subscription s-1' });
const desired = (change: Partial<ProductAccess> = {}, bindings: readonly Binding[] = [], now = NOW): DesiredAccess => desiredAccess(offer(change), bindings, now);

/** Who may read what: `fraud-etl: order_id, total_amount`. */
function seen({ filters, grants }: DesiredAccess): string[] {
  return grants.filter(({ permissions }) => permissions.includes('SELECT')).map(({ principal, target }) => {
    const filter = filters.find(({ name }) => target.kind === 'filter' && name === target.filter);
    return `${principal.split('/mesh-').at(-1)}: ${filter?.columns.join(', ')}${filter?.rowFilter === null ? '' : ` where ${filter?.rowFilter}`}`;
  });
}

describe('what is granted', () => {
  test('to whom the contract names, all roles of the consumer, and nobody else', () => {
    expect(seen(desired())).toEqual(['reporting-analyst: order_id, total_amount', 'reporting-etl: order_id, total_amount', 'reporting-bi: order_id, total_amount']);
  });

  test('to whose subscription was approved too, with the rows of the role', () => {
    expect(seen(desired({}, [asked('fraud', 'investigator')])).filter((each) => each.startsWith('fraud'))).toEqual(
      ['analyst', 'etl', 'bi'].map((role) => `fraud-${role}: customer_email, order_id, total_amount where total_amount > 1000`));
  });

  test('SELECT on filters alone, DESCRIBE on the table and its database beside it, and never to be passed on', () => {
    const { grants } = desired({}, [asked('fraud', 'investigator')]);
    const kinds = new Set(grants.map(({ target, permissions }) => `${target.kind} ${permissions.join()}`));
    expect([...kinds].sort()).toEqual(['database DESCRIBE', 'filter SELECT', 'table DESCRIBE']);
    for (const grant of grants) expect(Object.keys(grant).sort()).toEqual(['because', 'permissions', 'principal', 'roles', 'target']);
  });

  test('each for a binding that it names, and by a filter that names its role', () => {
    const { grants, filters } = desired({}, [asked('fraud', 'investigator'), asked('reporting', 'analyst')]);
    expect(filters.map(({ name }) => name.replace(/[0-9a-f]{12}$/, '…'))).toEqual(['mesh-orders-v1-analyst-…', 'mesh-orders-v1-investigator-…']);
    const because = new Map(grants.filter(({ target }) => target.kind === 'filter').map((grant) => [grant.principal.split('/mesh-').at(-1), grant.because]));
    expect(because.get('reporting-bi')).toEqual(['analyst to reporting by the contract', 'analyst to reporting by subscription s-1']);
    expect(because.get('fraud-bi')).toEqual(['investigator to fraud by subscription s-1']);
  });

  test('of two roles with the same columns by two filters, so that one can go without the other', () => {
    const twin = { ...ANALYST, role: 'auditor' };
    expect(new Set(desired({ shapes: [ANALYST, twin] }).filters.map(({ name }) => name)).size).toBe(2);
  });

  test('by a filter whose name changes with what it says, and with nothing else', () => {
    const [before] = desired().filters;
    const name = (change: Partial<ProductAccess>): string => desired(change).filters[0].name;
    const [table] = ANALYST.tables;
    expect(name({ residency: ['eu-west-1'], product: { ...offer().product, version: '1.4.0' } })).toBe(before.name);
    expect(name({ shapes: [{ ...ANALYST, tables: [{ ...table, columns: [...table.columns].reverse() }] }] })).toBe(before.name);
    expect(name({ shapes: [{ ...ANALYST, tables: [{ ...table, columns: table.columns.slice(1) }] }] })).not.toBe(before.name);
    expect(name({ shapes: [{ ...ANALYST, tables: [{ ...table, rowFilter: 'order_id = \'1\'' }] }] })).not.toBe(before.name);
  });

  test('by columns as the catalogue calls them, in lower case', () => {
    const [table] = ANALYST.tables;
    expect(desired({ shapes: [{ ...ANALYST, tables: [{ ...table, columns: [{ name: 'orderId', classification: 'public' }] }] }] }).filters[0].columns).toEqual(['orderid']);
  });
});

/** Each line is a consumer that asks for a role, and what becomes of it: what it sees, or why not. */
const POLICY: readonly [what: string, consumer: string, role: string, change: Partial<ProductAccess>, becomes: string][] = [
  ['a role it is cleared for', 'fraud', 'investigator', {}, 'customer_email, order_id, total_amount'],
  ['a role for another purpose than its own', 'fraud', 'analyst', {}, 'refused: the role is for "Reporting on sales.", and fraud reads only for Finding fraud.'],
  ['a role without a purpose, where it may read for one alone', 'fraud', 'investigator', { shapes: [{ ...INVESTIGATOR, purpose: null }] }, 'refused: the role states no purpose, and fraud reads only for Finding fraud.'],
  ['a role that is cleared higher than itself', 'reporting', 'investigator', {}, 'order_id, total_amount'],
  ['a role that shows it nothing', 'reporting', 'investigator', { consumers: [{ ...REPORTING, clearance: 'public' }], shapes: [{ ...INVESTIGATOR, tables: [{ ...INVESTIGATOR.tables[0], columns: [{ name: 'order_id', classification: 'internal' }] }] }] },
    'refused: none of its columns is public or below, which is what reporting may see'],
  ['a role that is cleared lower than itself', 'fraud', 'investigator', { shapes: [{ ...INVESTIGATOR, clearance: 'public' }] }, 'total_amount'],
  ['a role, as another company', 'fraud', 'investigator', { consumers: [{ ...FRAUD, class: 'partner' }] }, 'order_id, total_amount'],
  ['data that stays elsewhere', 'fraud', 'investigator', { residency: ['eu-west-1'] }, 'refused: the data stays in eu-west-1, and fraud reads in eu-central-1'],
  ['data that may be read where it reads', 'fraud', 'investigator', { residency: ['eu-west-1', 'eu-central-1'] }, 'customer_email, order_id, total_amount'],
  ['a role that the contract does not have', 'fraud', 'auditor', {}, 'refused: the contract has no role auditor; it has analyst, investigator'],
  ['a product, and is not of the mesh', 'shadow', 'analyst', {}, 'refused: mesh.yaml has no consumer shadow here'],
];

describe('a consumer that asks for', () => {
  test.each(POLICY)('%s', (_what, consumer, role, change, becomes) => {
    const result = desired(change, [asked(consumer, role)]);
    const refused = result.refused.filter((text) => text.includes('subscription s-1')).map((text) => text.replace(/^.* by subscription s-1: /, 'refused: '));
    const columns = seen(result).filter((each) => each.startsWith(`${consumer}-etl`)).map((each) => each.replace(/^.*: /, '').replace(/ where .*/, ''));
    expect(consumer === 'reporting' && refused.length === 0 ? columns.at(-1) : [...refused, ...columns].at(0)).toBe(becomes);
  });
});

describe('nothing is granted', () => {
  const nothing = { filters: [], grants: [] };

  test('of a product that is closed, and who asked is told why', () => {
    expect(desired({ closed: 'the product is retired' }, [asked('fraud', 'investigator')])).toEqual({ ...nothing, refused: ['investigator to fraud by subscription s-1: the product is retired'] });
  });

  test('from the moment on at which a required sign-off ends', () => {
    const closes = '2026-12-01T00:00:00Z';
    expect(desired({ closes }).grants).not.toEqual([]);
    expect(desired({ closes }, [], closes)).toMatchObject(nothing);
  });
});

describe('what a plan says that a deployment changes for consumers', () => {
  function draws(seed: number): <T>(...from: readonly T[]) => T {
    const next = random(seed);
    return (...from) => from[Math.floor(next() * from.length)];
  }

  const BOUND = ['reporting', 'fraud', 'shadow'].flatMap((consumer) => ['analyst', 'investigator', 'auditor'].map((role) => asked(consumer, role)));
  const CLASSES = ['public', 'internal', 'confidential', 'restricted'] as const;

  function drawn(draw: ReturnType<typeof draws>): ProductAccess {
    const shapes = [ANALYST, INVESTIGATOR].filter(() => draw(true, true, true, false)).map((shape): ProductAccess['shapes'][number] => ({
      ...shape, clearance: draw(...CLASSES), consumers: ['reporting', 'fraud'].filter(() => draw(true, false)),
      tables: shape.tables.flatMap((table) => ['orders_v1', 'lines_v1'].filter(() => draw(true, true, false)).map((name) => ({
        ...table, table: name, columns: table.columns.filter(() => draw(true, true, false)), rowFilter: draw(table.rowFilter, null, 'order_id = \'1\''),
      }))).map((table, _n, [first]) => ({ ...table, rowFilter: first.rowFilter })),
    }));
    return offer({
      shapes, closed: draw(null, null, null, null, 'the product is retired'), residency: draw<string[]>([], [], ['eu-west-1']),
      consumers: [REPORTING, FRAUD].map((consumer) => ({ ...consumer, clearance: draw(...CLASSES), class: draw('internal', 'internal', 'partner'), purposes: draw(null, null, consumer.purposes) })),
    });
  }

  /** What each consumer would read by each role, as Lake Formation is told it: `fraud investigator`. */
  function granted(access: ProductAccess, bindings: readonly Binding[]): Map<string, { columns: Set<string>; rows: string | null }> {
    const { filters, grants } = desiredAccess(access, bindings, NOW);
    const found = new Map<string, { columns: Set<string>; rows: string | null }>();
    for (const { principal, target } of grants) {
      const filter = filters.find(({ name, table }) => target.kind === 'filter' && target.filter === name && target.table === table);
      if (filter === undefined) continue;
      const key = `${principal.split('/').at(-2)} ${filter.role}`;
      found.set(key, { columns: new Set([...found.get(key)?.columns ?? [], ...filter.columns.map((column) => `${filter.table.replace('_v1', '')}.${column}`)]), rows: filter.rowFilter });
    }
    return found;
  }

  const WORLDS = Array.from({ length: 100 }, (_, n) => {
    const draw = draws(n + 1);
    const [bindings, before, after] = [BOUND.filter(() => draw(true, false)), drawn(draw), drawn(draw)];
    return { seed: n + 1, bindings, before, after, changes: grantChanges(heldRoles(before, bindings, NOW), heldRoles(after, bindings, NOW)) };
  });
  /** Seeds of the worlds of which something does not hold. */
  const broken = (holds: (each: (typeof WORLDS)[number]) => boolean): number[] => WORLDS.filter((each) => !holds(each)).map(({ seed }) => seed);

  test('is the difference of what would be granted before and after it, whatever contract, policy and subscriptions say', () => {
    expect(broken(({ bindings, before, after, changes }) => {
      const [had, has] = [granted(before, bindings), granted(after, bindings)];
      const missing = (from: typeof had, to: typeof had, key: string): string[] => [...from.get(key)?.columns ?? []].filter((column) => to.get(key)?.columns.has(column) !== true).sort();
      const expected = [...new Set([...had.keys(), ...has.keys()])].map((key) => ({
        key, gained: missing(has, had, key), lost: missing(had, has, key), rows: had.has(key) && has.has(key) && had.get(key)!.rows !== has.get(key)!.rows,
      })).filter(({ gained, lost, rows }) => gained.length + lost.length > 0 || rows);
      const said = changes.map(({ consumer, role, gained, lost, rows }) => ({ key: `${consumer} ${role}`, gained: [...gained].sort(), lost: [...lost].sort(), rows: rows !== null }));
      const inOrder = (all: typeof said): string => JSON.stringify(all.sort((a, b) => (a.key < b.key ? -1 : 1)));
      return inOrder(said) === inOrder(expected);
    })).toEqual([]);
  });

  test('names who subscribed, and why a role that somebody is still bound to shows nothing any more', () => {
    expect(broken(({ bindings, after, changes }) => {
      const { refused } = desiredAccess(after, bindings, NOW);
      return changes.every(({ consumer, role, change, subscribed, because }) => {
        const isStillBound = subscribed || after.shapes.some((shape) => shape.role === role && shape.consumers.includes(consumer));
        return subscribed === bindings.some((binding) => binding.consumer === consumer && binding.role === role)
          && (because !== null) === (change === 'vanishes' && isStillBound)
          && (because === null || because === after.closed || refused.some((line) => line.startsWith(`${role} to ${consumer} by `) && line.endsWith(`: ${because}`)));
      });
    })).toEqual([]);
  });

  test('is of every kind in these', () => {
    const kinds = new Set(WORLDS.flatMap(({ changes }) => changes.map(({ change, subscribed, rows, because }) => `${change} ${subscribed} ${rows !== null} ${because !== null}`)));
    expect([...kinds].sort()).toEqual([
      'appears false false false', 'appears true false false', 'changes false false false', 'changes false true false', 'changes true false false', 'changes true true false',
      'vanishes false false false', 'vanishes false false true', 'vanishes true false true',
    ]);
  });
});

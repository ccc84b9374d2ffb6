import * as fc from 'fast-check';
import { type Draft, example } from './contracts';

/**
 * A small model of what roles show, independent of how `mesh diff` compares: who holds a role asks it for a column of a row and gets
 * its value as it is, its value as a mask makes it, or nothing. Every role has holders that no contract names, who have subscribed, and
 * beside the roles is somebody who may see all that is published, as other products of the domain do.
 */
interface Access {
  readonly columns: readonly ModelColumn[];
  readonly roles: readonly ModelRole[];
}

interface ModelColumn {
  readonly name: string;
  readonly classification?: (typeof CLASSES)[number] | undefined;
  readonly masking?: string | undefined;
}

interface ModelRole {
  readonly role: string;
  readonly columns?: readonly string[] | undefined;
  readonly clearance?: (typeof CLASSES)[number] | undefined;
  /** Values of `c` that it shows; all without it. */
  readonly only?: readonly string[] | undefined;
  /** Whether it shows rows alone whose `n` is above 1: of all that `only` says, or of its last value, or those beside the values. */
  readonly above: (typeof ABOVE)[number];
  readonly consumers: readonly string[];
}

const CLASSES = ['public', 'internal', 'confidential', 'restricted'] as const;
const ABOVE = ['no', 'of all', 'of the last', 'too'] as const;
const MASKINGS = ['hash', 'tokenise', 'truncate', 'redact', 'nullify', 'none'];
const EVERYTHING: ModelRole = { role: 'everything', clearance: 'restricted', above: 'no', consumers: [] };
const ROWS = ['x', 'y', 'z', 'another'].flatMap((c) => [1, 2].map((n) => ({ c, n })));

/** Whether somebody got something of `a` that they do not get of `b`, or get otherwise. */
export function takesAway(a: Access, b: Access): boolean {
  return [...a.roles, EVERYTHING].some(({ role, consumers }) => ['a subscriber', ...consumers].some((holder) => a.columns.some(({ name }) => ROWS.some((row) => {
    const before = answer(a, role, holder, name, row);
    return before !== undefined && before !== answer(b, role, holder, name, row);
  }))));
}

function answer({ columns, roles }: Access, role: string, holder: string, name: string, row: (typeof ROWS)[number]): string | undefined {
  const held = [...roles, EVERYTHING].find((each) => each.role === role && (holder === 'a subscriber' || each.consumers.includes(holder)));
  if (held === undefined || !isShown(held, row)) return undefined;
  const column = columns.find((each) => each.name === name)!;
  const rank = (one: (typeof CLASSES)[number] | undefined): number => CLASSES.indexOf(one ?? 'internal');
  const masking = column.masking ?? (rank(column.classification) > rank('internal') ? 'hash' : 'none');
  const shown = masking === 'none' ? rank(column.classification) : Math.min(rank(column.classification), rank('internal'));
  return shown > rank(held.clearance) || held.columns?.includes(name) === false ? undefined : masking;
}

function isShown({ only, above }: ModelRole, { c, n }: (typeof ROWS)[number]): boolean {
  const [isListed, isAbove] = [only?.includes(c) ?? true, n > 1];
  switch (above) {
    case 'no': return isListed;
    case 'of all': return isListed && isAbove;
    case 'of the last': return isListed && (isAbove || (only !== undefined && c !== only[only.length - 1]));
    case 'too': return (only !== undefined && isListed) || isAbove;
  }
}

/** As a filter: with parentheses only where AND would bind tighter than OR. */
function filterOf({ only, above }: Pick<ModelRole, 'only' | 'above'>): string | undefined {
  const values = only?.map((value) => `c = '${value}'`);
  const list = only === undefined ? undefined : `c IN (${only.map((value) => `'${value}'`).join(', ')})`;
  switch (above) {
    case 'no': return list;
    case 'of all': return values === undefined ? 'n > 1' : `(${values.join(' OR ')}) AND n > 1`;
    case 'of the last': return values === undefined ? 'n > 1' : `${values.join(' OR ')} AND n > 1`;
    case 'too': return list === undefined ? 'n > 1' : `${list} OR n > 1`;
  }
}

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const column = (name: string): fc.Arbitrary<ModelColumn> => fc.record({ name: fc.constant(name), classification: maybe(fc.constantFrom(...CLASSES)), masking: maybe(fc.constantFrom(...MASKINGS)) });
const role = (name: string): fc.Arbitrary<ModelRole> => fc.record({
  role: fc.constant(name), columns: maybe(fc.constantFrom(['c', 'n', 'd'], ['c', 'n', 'd', 'e'], ['c', 'n'])), clearance: maybe(fc.constantFrom(...CLASSES)),
  only: maybe(fc.subarray(['x', 'y', 'z'], { minLength: 1 })), above: fc.constantFrom(...ABOVE), consumers: fc.subarray(['reporting', 'ledger']),
});
// a column is public, so that each role shows something
const access = fc.record({ d: column('d'), e: column('e'), roles: fc.tuple(role('analyst'), role('finance')) })
  .map(({ d, e, roles }): Access => ({ columns: [{ name: 'c', classification: 'public' }, { name: 'n' }, d, e], roles }));

type Edit = (of: Access) => Access;
const onRole = (change: (of: ModelRole) => ModelRole): fc.Arbitrary<Edit> => fc.constantFrom('analyst', 'finance').map((name): Edit => ({ columns, roles }) => ({ columns, roles: roles.map((each) => (each.role === name ? change(each) : each)) }));
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.constantFrom('d', 'e').chain(column).map((changed): Edit => ({ columns, roles }) => ({ columns: columns.map((each) => (each.name === changed.name ? changed : each)), roles })),
  role('').chain((changed) => fc.constantFrom('columns', 'clearance', 'only', 'above', 'consumers').chain((field) => onRole((each) => ({ ...each, [field]: changed[field as keyof ModelRole] })))),
  fc.constant<Edit>(({ columns, roles }) => ({ columns, roles: roles.slice(1) })),
  role('auditor').map((added): Edit => ({ columns, roles }) => ({ columns, roles: [...roles, added] })),
);

export const accesses = fc.record({ base: access, edits: fc.array(edit, { minLength: 1, maxLength: 2 }) }).map(({ base, edits }) => ({ base, head: edits.reduce((of, apply) => apply(of), base) }));

export function accessDocument({ columns, roles }: Access): Draft {
  const custom = (values: Readonly<Record<string, unknown>>): object[] => Object.entries(values).filter(([, value]) => value !== undefined).map(([name, value]) => ({ property: `mesh.${name}`, value }));
  return {
    ...(example() as object), slaProperties: [],
    schema: [{ name: 'things', properties: columns.map(({ name, classification, masking }) => ({ name, logicalType: name === 'n' ? 'integer' : 'string', classification, customProperties: custom({ masking }) })) }],
    roles: roles.map(({ role: name, columns: listed, clearance, consumers, ...rows }) => ({
      role: name, access: 'read',
      customProperties: custom({ columns: listed, clearance, consumers, rowFilter: filterOf(rows) }),
    })),
  };
}

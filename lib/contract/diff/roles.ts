import { type ClassifiedColumn, visibleColumns } from '../access-shape';
import { type Classification, classificationOf, maskingOf, publishedClass } from '../classification';
import { type Contract, type Role } from '../contract';
import { consumersOf, isOver } from '../ending';
import { shown } from '../findings';
import { customProperty } from '../mesh-property';
import { type Changes, type Place, within } from './change';
import { type DiffContext } from './context';
import { diffText, some } from './meaning';
import { identityOf, pair } from './pairs';
import { diffRest } from './rest';
import { filterStep } from './row-filter';

/** Who may see what: columns, rows, purpose, and who has a role by the contract itself. */
export function diffRoles(changes: Changes, context: DiffContext): void {
  // grants go by the name of a role: its id only tells what it was called
  const { both, removed, added } = pair(changes.base.roles, changes.head.roles, ({ role }) => role, ({ id }) => id);
  const place = ({ role }: Role): Place => ({ path: `roles.${role}`, head: ['roles'] });
  for (const role of removed) changes.add('diff/role-removed', { ...place(role), base: role.path }, `the role \`${role.role}\` is gone`);
  for (const role of added) changes.add('diff/role-added', { ...place(role), head: role.path }, `the role \`${role.role}\` is new`);
  if (both.length === 0) return;
  const before = visibility(changes.base, context.base.classification(changes.base.domain));
  const after = visibility(changes.head, context.head.classification(changes.head.domain));
  for (const { base, head } of both) {
    const at: Place = { ...place(base), base: base.path, head: head.path };
    if (base.role !== head.role) changes.add('diff/role-removed', at, `the role \`${base.role}\` is now called \`${head.role}\``);
    diffColumns(visibleColumns(base, before), visibleColumns(head, after), { before, after }, head, at, changes);
    diffRows(base, head, at, changes);
    if (changes.ofOneMajor) diffConsumers(base, head, at, changes, isOver(changes.base, context.today));
    diffTerms(base, head, at, changes);
    diffText(base.description, head.description, within(at, 'description'), changes);
    diffRest(at, ['role', 'description', 'access'], changes);
  }
}

interface SeenColumn extends ClassifiedColumn {
  /** By ids, so that a rename is no loss. */
  readonly identity: string;
}

function visibility(contract: Contract, fallback: Classification): SeenColumn[] {
  return contract.schema.flatMap((object) => object.properties.map((property): SeenColumn => {
    const classification = classificationOf(property, fallback);
    return {
      identity: `${identityOf(object)}.${identityOf(property)}`, object: object.name, name: property.name,
      classification: publishedClass(classification, maskingOf(property, classification)),
    };
  }));
}

/** Columns that came or went for everybody are said once, where they stand. */
function diffColumns(base: readonly SeenColumn[], head: readonly SeenColumn[], all: Readonly<Record<'before' | 'after', readonly SeenColumn[]>>, role: Role, place: Place, changes: Changes): void {
  const missing = (from: readonly SeenColumn[], to: readonly SeenColumn[], there: readonly SeenColumn[]): string[] => from
    .filter(({ identity }) => !to.some((other) => other.identity === identity) && there.some((other) => other.identity === identity)).map(({ name }) => `\`${name}\``);
  const at: Place = { ...place, path: `${place.path}.columns` };
  const [lost, gained] = [missing(base, head, all.after), missing(head, base, all.before)];
  if (lost.length > 0) changes.add('diff/role-columns-lost', at, `\`${role.role}\` no longer sees ${some(lost)}`);
  if (gained.length > 0) changes.add('diff/role-columns-gained', at, `\`${role.role}\` sees ${some(gained)} too`);
}

function diffRows(base: Role, head: Role, place: Place, changes: Changes): void {
  const [before, after] = [base, head].map((role) => {
    const filter = customProperty(role, 'mesh.rowFilter');
    return typeof filter === 'string' ? filter : undefined;
  });
  const step = filterStep(before, after);
  if (step === 'same') return;
  const at: Place = { ...place, path: `${place.path}.rowFilter` };
  const what = `the filter of \`${head.role}\` was ${before === undefined ? 'none' : `\`${before}\``} and is ${after === undefined ? 'none' : `\`${after}\``}`;
  changes.add(step === 'widened' ? 'diff/role-rows-widened' : 'diff/role-rows-narrowed', at, step === 'unknown' ? `${what}; which lets more through cannot be told` : what);
}

/** Who relied on a version had until its end of life to move away. */
function diffConsumers(base: Role, head: Role, place: Place, changes: Changes, over: boolean): void {
  const [before, after] = [base, head].map(consumersOf);
  const at: Place = { ...place, path: `${place.path}.consumers` };
  const named = (list: readonly string[]): string => list.map((name) => `\`${name}\``).join(', ');
  const [lost, gained] = [before.filter((name) => !after.includes(name)), after.filter((name) => !before.includes(name))];
  if (lost.length > 0) changes.add(over ? 'diff/role-consumer-ended' : 'diff/role-consumer-removed', at, `${named(lost)} no longer ${lost.length === 1 ? 'has' : 'have'} \`${head.role}\``);
  if (gained.length > 0) changes.add('diff/role-consumer-added', at, `${named(gained)} ${gained.length === 1 ? 'has' : 'have'} \`${head.role}\``);
}

function diffTerms(base: Role, head: Role, place: Place, changes: Changes): void {
  const terms = (role: Role): Readonly<Record<string, unknown>> => ({
    access: role.access, purpose: customProperty(role, 'mesh.purpose'), clearance: customProperty(role, 'mesh.clearance'),
    // Not written and false are the same leave: none.
    copies: customProperty(role, 'mesh.copies') === true ? true : undefined,
  });
  const [before, after] = [terms(base), terms(head)];
  for (const name of Object.keys(before)) {
    if (before[name] === after[name]) continue;
    changes.add('diff/role-terms-changed', { ...place, path: `${place.path}.${name}` }, `the ${name} of \`${head.role}\` was ${said(before[name])} and is ${said(after[name])}`);
  }
}

function said(value: unknown): string {
  return value === undefined ? 'not written' : `"${shown(value)}"`;
}

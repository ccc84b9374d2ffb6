import { canonicalJson } from '../digest';
import { valueAt } from '../document-path';
import { isRecord } from '../odcs/conditional';
import { type Changes, type Place } from './change';

/** `mesh.` names that a rule of the diff is about. */
const GRADED_PROPERTIES = new Set([
  'mesh.actionOnFail', 'mesh.masking', 'mesh.tier', 'mesh.residency', 'mesh.noticePeriod', 'mesh.columns', 'mesh.rowFilter', 'mesh.clearance', 'mesh.purpose',
  'mesh.consumers', 'mesh.copies', 'mesh.ignoredChanges', 'interfaces',
]);

/** Every field beside those that rules are about, so that no change goes unsaid. */
export function diffRest(place: Place, graded: readonly string[], changes: Changes): void {
  const [before, after] = [valueAt(changes.base.document, place.base ?? []), valueAt(changes.head.document, place.head)].map(fieldsOf);
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (graded.includes(name)) continue;
    const [was, is] = name === 'customProperties' ? [otherProperties(before[name]), otherProperties(after[name])] : [before[name], after[name]];
    if (sameJson(was, is)) continue;
    const path = place.path === '' ? name : `${place.path}.${name}`;
    const what = was === undefined ? 'is new' : is === undefined ? 'is gone' : 'changed';
    changes.add('diff/documentation-changed', { path, base: [...place.base ?? [], name], head: [...place.head, name] }, `\`${name}\` ${what}`);
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** By name, since their order means nothing. */
function otherProperties(list: unknown): unknown {
  if (!Array.isArray(list)) return undefined;
  const others = (list as { property?: unknown }[]).filter((each) => !GRADED_PROPERTIES.has(String(each?.property)));
  return others.length === 0 ? undefined : others.map((each) => canonicalJson(each)).sort();
}

/** Whether two values of JSON are the same, whatever the order of their fields. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const [before, after] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const names = Object.keys(before);
  return names.length === Object.keys(after).length && names.every((name) => Object.hasOwn(after, name) && sameJson(before[name], after[name]));
}

/** An object less some of its fields. */
export function without(value: object, ...names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

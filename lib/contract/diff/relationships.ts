import { type Relationship } from '../contract';
import { canonicalJson } from '../digest';
import { type Changes, type Place } from './change';
import { pair } from './pairs';
import { diffConsequence, rejects } from './quality';
import { diffRest } from './rest';

/** Foreign keys of a table or column. One that leads elsewhere is another one. */
export function diffRelationships(base: readonly Relationship[], head: readonly Relationship[], place: Place, changes: Changes): void {
  const { both, removed, added } = pair(base, head, (each) => canonicalJson({ from: (each as { from?: unknown }).from ?? null, to: each.to ?? null, type: each.type ?? null }));
  const named = ({ to }: Relationship): string => [to ?? 'elsewhere'].flat().map((target) => `\`${String(target)}\``).join(', ');
  for (const { base: before, head: after } of both) {
    const at: Place = { path: `${place.path}.relationships`, base: before.path, head: after.path };
    diffConsequence(before, after, at, `the reference to ${named(after)}`, changes);
    diffRest(at, ['from', 'to', 'type'], changes);
  }
  for (const each of removed) {
    const at: Place = { path: `${place.path}.relationships`, base: each.path, head: place.head };
    if (rejects(each)) changes.add('diff/quality-removed', at, `the reference to ${named(each)}, which rejected data, is gone`);
    else changes.add('diff/relationship-removed', at, `the reference to ${named(each)} is gone`);
  }
  for (const each of added) changes.add('diff/relationship-added', { path: `${place.path}.relationships`, head: each.path }, `there is a reference to ${named(each)}`);
}

import { type Classification, classificationOf, isStricter, maskingOf } from '../classification';
import { type Property } from '../contract';
import { findCustomProperty } from '../mesh-property';
import { type Changes, type Place } from './change';
import { type DiffContext } from './context';

/** How a column is classified and masked, as it follows from what is written and the default of its domain. */
export function diffProtection(base: Property, head: Property, place: Place, changes: Changes, context: DiffContext): void {
  const before = classificationOf(base, context.base.classification(changes.base.domain));
  const after = classificationOf(head, context.head.classification(changes.head.domain));
  diffClass(before, after, head.name, place, changes);
  const [maskBefore, maskAfter] = [maskingOf(base, before), maskingOf(head, after)];
  if (maskBefore === maskAfter) return;
  const written = findCustomProperty(head, 'mesh.masking');
  const at: Place = { path: `${place.path}.masking`, base: place.base, head: written === undefined ? place.head : [...written.path, 'value'] };
  if (maskBefore === 'none') changes.add('diff/masking-added', at, `\`${head.name}\` is masked: ${maskAfter}`);
  else if (maskAfter === 'none') changes.add('diff/masking-removed', at, `\`${head.name}\` was masked (${maskBefore}) and is no longer`);
  else changes.add('diff/masking-changed', at, `\`${head.name}\` was masked by ${maskBefore} and is now masked by ${maskAfter}`);
}

/** A field within a column: what it says itself, since the column is protected as its strictest part is. */
export function diffOwnClass(base: Property, head: Property, place: Place, changes: Changes): void {
  if (base.classification !== head.classification) diffClass(classificationOf(base, 'public'), classificationOf(head, 'public'), head.name, place, changes);
}

function diffClass(before: Classification, after: Classification, name: string, place: Place, changes: Changes): void {
  if (before === after) return;
  const at: Place = { path: `${place.path}.classification`, base: place.base, head: [...place.head, 'classification'] };
  const raised = isStricter(after, before);
  changes.add(raised ? 'diff/classification-raised' : 'diff/classification-lowered', at, `\`${name}\` was ${before} and is ${after}`);
}

import { type OdcsAuthoritativeDefinition } from '../odcs/common';
import { type Property, type SchemaObject } from '../contract';
import { canonicalJson } from '../digest';
import { type Changes, type Place, within } from './change';

type Element = Pick<SchemaObject, 'description' | 'businessName' | 'deprecated'> & { readonly authoritativeDefinitions: readonly OdcsAuthoritativeDefinition[] }
  & Partial<Pick<SchemaObject, 'dataGranularityDescription'> & Pick<Property, 'semanticType'>>;

/** What a table or column says it is. How a text is broken into lines does not count. */
export function diffMeaning(base: Element, head: Element, place: Place, changes: Changes): void {
  diffText(base.description, head.description, within(place, 'description'), changes);
  const [grainBefore, grainAfter] = [base, head].map(({ dataGranularityDescription }) => plain(dataGranularityDescription));
  if (grainBefore !== grainAfter) {
    const at = within(place, 'dataGranularityDescription');
    if (grainBefore === '') changes.add('diff/meaning-added', at, 'the grain is described');
    else changes.add('diff/grain-changed', at, grainAfter === '' ? `the grain is no longer described, it was "${shortened(grainBefore)}"` : `the grain ${became(grainBefore, grainAfter)}`);
  }
  for (const field of ['businessName', 'semanticType'] as const) {
    if (base[field] === head[field]) continue;
    if (base[field] === undefined) changes.add('diff/meaning-added', within(place, field), `\`${field}\` is \`${head[field]}\``);
    else changes.add('diff/term-changed', within(place, field), `\`${field}\` was \`${base[field]}\` and is ${head[field] === undefined ? 'gone' : `\`${head[field]}\``}`);
  }
  diffDefinitions(base.authoritativeDefinitions, head.authoritativeDefinitions, within(place, 'authoritativeDefinitions'), changes);
  if ((base.deprecated === true) !== (head.deprecated === true)) {
    if (head.deprecated === true) changes.add('diff/element-deprecated', within(place, 'deprecated'), 'it is deprecated');
    else changes.add('diff/element-undeprecated', { ...place, path: `${place.path}.deprecated` }, 'it is no longer deprecated');
  }
}

/** Where the definition of something is; `added` alone is an explanation more. */
export function diffDefinitions(base: readonly OdcsAuthoritativeDefinition[], head: readonly OdcsAuthoritativeDefinition[], place: Place, changes: Changes): void {
  if (base.length === 0 && head.length === 0) return;
  const [before, after] = [base, head].map((list) => new Set(list.map((each) => canonicalJson(each))));
  if ([...before].some((each) => !after.has(each))) changes.add('diff/term-changed', place, 'it refers to a different definition');
  else if (after.size > before.size) changes.add('diff/meaning-added', place, 'it refers to a definition');
}

/** A text for people. */
export function diffText(base: string | undefined, head: string | undefined, place: Place, changes: Changes): void {
  const [before, after] = [plain(base), plain(head)];
  if (before === after) return;
  if (before === '') changes.add('diff/meaning-added', place, 'it is described');
  else changes.add('diff/meaning-changed', place, after === '' ? `the description is gone, it was "${shortened(before)}"` : `the description ${became(before, after)}`);
}

/** A text without its line breaks. */
export function plain(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

/** The most of a text that a message quotes, and how much of it before what differs. */
const QUOTED = 80;
const LEAD = 20;

/** `was "…" and is "…"` of two texts for people: of long ones the part in which they begin to differ. */
export function became(before: string, after: string): string {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same += 1;
  const from = Math.max(before.length, after.length) <= QUOTED || same <= LEAD ? 0 : before.lastIndexOf(' ', same - LEAD) + 1;
  return `was "${shortened(before, from)}" and is "${shortened(after, from)}"`;
}

function shortened(text: string, from = 0): string {
  const rest = text.slice(from);
  return `${from > 0 ? '…' : ''}${rest.length > QUOTED ? `${rest.slice(0, QUOTED - 3)}…` : rest}`;
}

/** The first of them, and how many more there are. */
export function some(values: Iterable<string>): string {
  const all = [...values];
  return all.length > 6 ? `${all.slice(0, 6).join(', ')} and ${all.length - 6} more` : all.join(', ');
}

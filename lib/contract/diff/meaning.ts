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
    else changes.add('diff/grain-changed', at, grainAfter === '' ? `the grain is no longer described, it was "${grainBefore}"` : `the grain was "${grainBefore}" and is "${grainAfter}"`);
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
  if ([...before].some((each) => !after.has(each))) changes.add('diff/term-changed', place, 'a definition it refers to is another one');
  else if (after.size > before.size) changes.add('diff/meaning-added', place, 'it refers to a definition');
}

/** A text for people. */
export function diffText(base: string | undefined, head: string | undefined, place: Place, changes: Changes): void {
  const [before, after] = [plain(base), plain(head)];
  if (before === after) return;
  if (before === '') changes.add('diff/meaning-added', place, 'it is described');
  else changes.add('diff/meaning-changed', place, after === '' ? `the description is gone, it was "${short(before)}"` : `the description was "${short(before)}" and is "${short(after)}"`);
}

/** A text without its line breaks. */
export function plain(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim();
}

function short(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** The first of them, and how many more there are. */
export function some(values: Iterable<string>): string {
  const all = [...values];
  return all.length > 6 ? `${all.slice(0, 6).join(', ')} and ${all.length - 6} more` : all.join(', ');
}

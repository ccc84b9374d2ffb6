import { type Term, type Vocabulary } from '../../lib/contract/vocabulary';
import { type GlossaryTerm } from './words';

/** Of terms that mean the same everywhere. */
export const COMMON = 'common';
/** DataZone's limits: https://docs.aws.amazon.com/datazone/latest/APIReference/API_CreateGlossaryTerm.html */
const LONGEST_SHORT = 1024;
const LONGEST_LONG = 4096;

/** The vocabulary as terms of the catalogue's glossaries, one glossary for each context. */
export function glossaryTerms(vocabulary: Vocabulary | undefined): GlossaryTerm[] {
  return [...vocabulary?.terms.values() ?? []].map((term) => ({
    term: term.term, glossary: term.context ?? COMMON, short: cut(term.definition, LONGEST_SHORT), long: cut(explained(term), LONGEST_LONG),
  }));
}

function explained({ definition, owner, synonyms = [], type, examples = [], url }: Term): string {
  const more: [name: string, value: string | undefined][] = [
    ['Also called', synonyms.join(', ')], ['Type', type], ['Examples', examples.join('; ')], ['Decided by', owner], ['More', url],
  ];
  return [definition, ...more.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [`${name}: ${value}`]))].join('\n\n');
}

function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 2)} …`;
}

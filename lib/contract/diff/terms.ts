import { namedTerms } from '../named-terms';
import { type Changes } from './change';
import { type DiffContext } from './context';
import { plain } from './meaning';

/** Terms of the vocabulary that both contracts name and that mean something else now. */
export function diffTerms(changes: Changes, { base, head }: DiffContext): void {
  if (base.vocabulary === undefined || head.vocabulary === undefined) return;
  const before = new Map(namedTerms(changes.base, base.vocabulary).map(({ term, definition }) => [term, definition]));
  for (const { term, definition } of namedTerms(changes.head, head.vocabulary)) {
    const was = before.get(term);
    if (was === undefined || plain(was) === plain(definition)) continue;
    changes.add('diff/term-redefined', { path: `vocabulary.${term}`, base: [], head: [] }, `the term \`${term}\` meant "${plain(was)}" and means "${plain(definition)}"`);
  }
}

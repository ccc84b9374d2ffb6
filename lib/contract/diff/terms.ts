import { namedTerms } from '../named-terms';
import { type Changes } from './change';
import { type DiffContext } from './context';
import { became, plain } from './meaning';

/** Terms of the vocabulary that both contracts name, by the older one, and that are gone or mean something else now. */
export function diffTerms(changes: Changes, { base, head }: DiffContext): void {
  if (base.vocabulary === undefined || head.vocabulary === undefined) return;
  const named = new Set(namedTerms(changes.base, base.vocabulary));
  for (const before of namedTerms(changes.head, base.vocabulary)) {
    if (!named.has(before)) continue;
    const { term } = before;
    const [path, was] = [`vocabulary.${term}`, base.vocabulary.placeOf(term)];
    const now = head.vocabulary.find(term, changes.head.domain);
    if (now === undefined) {
      changes.addBeside('diff/term-removed', { path, was, is: head.vocabulary.placeOf(term) }, `the term \`${term}\` is gone`);
      continue;
    }
    const place = { path, was, is: head.vocabulary.placeOf(now.term) };
    const [meant, means] = [before, now].map(({ definition }) => plain(definition));
    if (meant !== means) changes.addBeside('diff/term-redefined', place, `the definition of \`${term}\` ${became(meant, means)}`);
    if (before.type !== now.type) changes.addBeside('diff/term-redefined', place, `a column that names \`${term}\` was ${before.type ?? 'anything'} and is ${now.type ?? 'anything'}`);
  }
}

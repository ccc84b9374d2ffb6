import { type Change } from '../../contract/diff/change';
import { type SetComparison } from '../../contract/diff/diff-sets';

/** A comparison for machines. */
export function diffDocument({ comparisons, required, ok }: SetComparison): object {
  return {
    ok, required,
    changes: comparisons.flatMap(({ product, changes }) => changes.map((change) => ({ product, ...fields(change) }))),
    ignored: comparisons.flatMap(({ product, ignored }) => ignored.map((change) => ({ product, ...fields(change), reason: change.reason, until: change.until }))),
    contracts: comparisons.map(({ product, base, head, required: own, ok: follows, next }) => ({ product, base, head, required: own, ok: follows, next })),
    ignores: comparisons.flatMap(({ ignores }) => ignores.map(({ file, rule, path, reason, until, state }) => ({ file, rule, path, reason, until, state }))),
  };
}

function fields({ id, grade, path, file, line, column, was, message }: Change): object {
  return { id, grade, path, file, line, column, was, message };
}

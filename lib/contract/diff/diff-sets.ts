import { type Contract } from '../contract';
import { hasConsumers } from '../lifecycle';
import { majorVersion } from '../version';
import { type Change } from './change';
import { type DiffContext } from './context';
import { diffContracts } from './diff-contracts';
import { applyIgnores, type IgnoredHere, type UsedIgnore } from './ignored-changes';
import { follows, moreDemanding, nextVersion, requiredRelease } from './release';
import { DIFF_RULES, type DiffRuleId, type Release } from './rules';

/** What became of one contract. */
export interface Comparison {
  /** The id of the product. */
  readonly product: string;
  /** Null where the contract is new. */
  readonly base: { readonly file: string; readonly version: string } | null;
  /** Null where the contract is gone. */
  readonly head: { readonly file: string; readonly version: string } | null;
  /** Those that count. */
  readonly changes: readonly Change[];
  readonly ignored: readonly IgnoredHere[];
  readonly ignores: readonly UsedIgnore[];
  /** The step of the version that the changes need. */
  readonly required: Release;
  /** Whether the version follows. */
  readonly ok: boolean;
  /** The least version that would follow; null where none would. */
  readonly next: string | null;
}

export interface SetComparison {
  readonly comparisons: readonly Comparison[];
  readonly required: Release;
  readonly ok: boolean;
}

/** Compares two contracts, whatever they are called. */
export function comparePair(base: Contract, head: Contract, context: DiffContext): SetComparison {
  return together([compare(base, head, diffContracts(base, head, context), context)]);
}

/**
 * Compares the contracts of two meshes: major versions of a product with themselves. One that takes the place of another in its
 * file is compared with it, and leaves the consumers of that behind.
 */
export function compareSets(base: readonly Contract[], head: readonly Contract[], context: DiffContext, sameFile: (base: Contract, head: Contract) => boolean): SetComparison {
  const fresh = new Map(head.map((contract) => [versionKey(contract), contract]));
  const gone: Contract[] = [];
  const comparisons: Comparison[] = [];
  for (const before of base) {
    const after = fresh.get(versionKey(before));
    if (after === undefined) gone.push(before);
    else comparisons.push(compare(before, after, diffContracts(before, after, context), context));
    fresh.delete(versionKey(before));
  }
  for (const before of gone) {
    const after = [...fresh.values()].find((contract) => contract.id === before.id && sameFile(before, contract));
    if (after === undefined) comparisons.push(removed(before));
    else {
      fresh.delete(versionKey(after));
      const replaced = hasConsumers(before.status) ? [single('diff/version-replaced', after, ['version'], `version ${before.version} became ${after.version} in its own file; keep it, and write the new one beside it`)] : [];
      comparisons.push(compare(before, after, [...replaced, ...diffContracts(before, after, context)], context));
    }
  }
  for (const contract of fresh.values()) comparisons.push(added(contract));
  return together(comparisons.sort((a, b) => ((a.head ?? a.base)!.file < (b.head ?? b.base)!.file ? -1 : 1)));
}

function compare(base: Contract, head: Contract, changes: readonly Change[], { today }: DiffContext): Comparison {
  const { counted, ignored, ignores } = applyIgnores(changes, head, today);
  const asked = requiredRelease(counted);
  // what everybody has accepted is a change all the same
  const required = asked === 'none' && ignored.length > 0 ? 'patch' : asked;
  return {
    product: head.id, base: { file: base.file, version: base.version }, head: { file: head.file, version: head.version },
    changes: counted, ignored, ignores, required, ok: follows(base.version, head.version, required), next: nextVersion(base.version, required) ?? null,
  };
}

function added(contract: Contract): Comparison {
  const changes = [single('diff/product-added', contract, ['id'], `\`${contract.id}\` ${contract.version} is new`)];
  return { product: contract.id, base: null, head: { file: contract.file, version: contract.version }, changes, ignored: [], ignores: [], required: 'none', ok: true, next: null };
}

/** No version can follow: what has consumers is retired first. */
function removed(contract: Contract): Comparison {
  const kept = hasConsumers(contract.status);
  const change = single(kept ? 'diff/product-removed' : 'diff/product-dropped', contract, ['id'], `\`${contract.id}\` ${contract.version} is ${contract.status ?? 'without a status'} and its contract is gone${kept ? '; retire it first' : ''}`);
  return {
    product: contract.id, base: { file: contract.file, version: contract.version }, head: null, changes: [change], ignored: [], ignores: [],
    required: DIFF_RULES[change.id].release, ok: !kept, next: null,
  };
}

/** A change of a contract as a whole. */
function single(id: DiffRuleId, contract: Contract, path: readonly string[], what: string): Change {
  const { line, column } = contract.locate(path);
  const { grade, notice } = DIFF_RULES[id];
  return { id, grade, path: path.join('.'), file: contract.file, line, column, was: null, message: `${what}: ${notice}` };
}

function together(comparisons: readonly Comparison[]): SetComparison {
  return { comparisons, required: comparisons.map(({ required }) => required).reduce(moreDemanding, 'none'), ok: comparisons.every(({ ok }) => ok) };
}

function versionKey({ id, version }: Contract): string {
  return `${id} ${majorVersion(version) ?? version}`;
}

import { type Contract } from '../contract';
import { isDay } from '../day';
import { findCustomProperty } from '../mesh-property';
import { type Change } from './change';
import { DIFF_RULES } from './rules';

/** A change that somebody has accepted: `mesh.ignoredChanges` of a contract. */
export interface IgnoredChange {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
  /** The last day it holds, `2026-01-31`. */
  readonly until: string;
}

/** Whether something is one entry of `mesh.ignoredChanges`: a rule, a path, why, and until when. */
export function isIgnoredChange(value: unknown): value is IgnoredChange {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 4) return false;
  const { rule, path, reason, until } = value as Record<string, unknown>;
  return typeof rule === 'string' && Object.hasOwn(DIFF_RULES, rule) && [path, reason].every((text) => typeof text === 'string' && text.trim() !== '') && isDay(until);
}

/** Why a version was retired before its end of life, or while consumers had it; undefined where nobody said so. It stays true after its last day. */
export function forcedRetirement(contract: Contract): IgnoredChange | undefined {
  return contract.status === 'retired' ? ignoredChanges(contract).find(isForcedRetirement) : undefined;
}

function isForcedRetirement({ rule, path }: IgnoredChange): boolean {
  return rule === 'diff/status-retired' && path === 'status';
}

/** What a contract ignores; what the linter refuses ignores nothing. */
export function ignoredChanges(contract: Contract): IgnoredChange[] {
  const written = findCustomProperty(contract, 'mesh.ignoredChanges')?.value;
  return Array.isArray(written) ? written.filter(isIgnoredChange) : [];
}

/** An ignore and what became of it. */
export interface UsedIgnore extends IgnoredChange {
  readonly file: string;
  /** `expired` after its last day, `unused` where no such change is there any more. */
  readonly state: 'used' | 'expired' | 'unused';
}

/** A change that an ignore is about. */
export interface IgnoredHere extends Change {
  readonly reason: string;
  readonly until: string;
}

/** The changes that count and those that are accepted, with the state of every ignore. */
export function applyIgnores(changes: readonly Change[], contract: Contract, today: string): {
  readonly counted: readonly Change[]; readonly ignored: readonly IgnoredHere[]; readonly ignores: readonly UsedIgnore[];
} {
  const ignores = ignoredChanges(contract);
  const matching = (change: Change): IgnoredChange | undefined => ignores.find(({ rule, path, until }) => rule === change.id && path === change.path && until >= today);
  const counted = changes.filter((change) => matching(change) === undefined);
  const ignored = changes.flatMap((change) => {
    const found = matching(change);
    return found === undefined ? [] : [{ ...change, reason: found.reason, until: found.until }];
  });
  const used = new Set(changes.map(matching));
  // validation asks for the reason of a forced retirement as long as the contract is there
  const kept = forcedRetirement(contract);
  return {
    counted, ignored,
    ignores: ignores.map((ignore) => ({ ...ignore, file: contract.file, state: ignore === kept || used.has(ignore) ? 'used' : ignore.until < today ? 'expired' : 'unused' })),
  };
}

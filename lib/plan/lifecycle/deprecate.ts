import { type Contract } from '../../contract/contract';
import { dayOf } from '../../contract/day';
import { earliestEnd, END_DATES, endOf } from '../../contract/ending';
import { hasConsumers } from '../../contract/lifecycle';
import { type YamlEdit } from '../../contract/yaml-edit';
import { type Workspace } from '../workspace';
import { noticeThatHolds } from './notice';
import { LifecycleRefusal, rewrite, type Rewritten, writeProperty } from './rewrite';

/** What somebody says of the end of a version; days are `2026-01-31`. */
export interface Wish {
  readonly endOfSupport?: string;
  readonly endOfLife?: string;
  /** A product, or another version of this one. */
  readonly supersededBy?: string;
}

export interface Deprecated extends Rewritten {
  readonly endOfSupport: string;
  readonly endOfLife: string;
}

/**
 * Announces the end of a version: its status, when support and life end, and what takes its place. A day that nobody gives is the
 * first that the notice period allows; a day that was announced stays.
 * @throws LifecycleRefusal for a day inside the notice period, or sooner than was announced, and where there is nobody to tell
 */
export function deprecate(workspace: Workspace, file: string, contract: Contract, wish: Wish): Deprecated {
  if (!hasConsumers(contract.status)) {
    throw new LifecycleRefusal(`${contract.id} is ${contract.status ?? 'without a status'}: there is nobody to tell`, contract.status === 'retired' ? undefined : 'delete its files');
  }
  const { endOfSupport, endOfLife } = days(workspace, contract, wish);
  const edits: YamlEdit[] = [
    ...contract.status === 'deprecated' ? [] : [{ set: ['status'], to: 'deprecated' }],
    ...END_DATES.flatMap((name): YamlEdit[] => writeEnd(contract, name, { endOfSupport, endOfLife }[name]!)),
    ...wish.supersededBy === undefined ? [] : [writeProperty(contract, 'mesh.supersededBy', wish.supersededBy)],
  ];
  return { ...rewrite(workspace, file, contract, edits), endOfSupport, endOfLife };
}

function days(workspace: Workspace, contract: Contract, wish: Wish): { readonly endOfSupport: string; readonly endOfLife: string } {
  const today = dayOf(workspace.now);
  const notice = noticeThatHolds(contract, workspace.surroundings().mesh);
  const first = notice === undefined ? today : earliestEnd(today, notice);
  for (const [name, day] of [['end of support', wish.endOfSupport], ['end of life', wish.endOfLife]] as const) {
    if (day !== undefined && day < first) {
      throw new LifecycleRefusal(`the ${name} of ${contract.id} cannot be ${day}: ${notice === undefined ? 'that is over' : `with a notice of ${notice.text} it is ${first} at the earliest`}`, `name a day from ${first} on`);
    }
  }
  const endOfLife = wish.endOfLife ?? endOf(contract, 'endOfLife')?.text ?? (notice === undefined ? undefined : later(first, wish.endOfSupport));
  if (endOfLife === undefined) {
    throw new LifecycleRefusal(`nothing says how long ${contract.id} has to stay: neither the contract nor mesh.yaml has a notice period`, 'give --end-of-life, or write mesh.noticePeriod in the contract or the policy least-notice in mesh.yaml');
  }
  const endOfSupport = wish.endOfSupport ?? endOf(contract, 'endOfSupport')?.text ?? endOfLife;
  if (endOfSupport > endOfLife) throw new LifecycleRefusal(`support of ${contract.id} cannot end on ${endOfSupport}, after its end of life on ${endOfLife}`, 'name an end of support that is not later');
  return { endOfSupport, endOfLife };
}

function later(a: string, b: string | undefined): string {
  return b === undefined || a > b ? a : b;
}

function writeEnd(contract: Contract, name: string, day: string): YamlEdit[] {
  const there = endOf(contract, name);
  if (there === undefined) return [{ add: ['slaProperties'], item: { property: name, value: day } }];
  return there.text === day ? [] : [{ set: [...there.path, 'value'], to: day }];
}

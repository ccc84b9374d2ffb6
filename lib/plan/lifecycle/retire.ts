import { type Contract } from '../../contract/contract';
import { dayOf } from '../../contract/day';
import { type IgnoredChange } from '../../contract/diff/ignored-changes';
import { endOf } from '../../contract/ending';
import { Findings } from '../../contract/findings';
import { findCustomProperty } from '../../contract/mesh-property';
import { type YamlEdit } from '../../contract/yaml-edit';
import { type Workspace } from '../workspace';
import { retirementObstacles } from './lifecycle-checks';
import { brokenBy, LifecycleRefusal, rewrite, type Rewritten } from './rewrite';

export interface Retired extends Rewritten {
  /** What stood in the way and was overruled; empty where nothing did. */
  readonly overruled: readonly string[];
}

/** How long a diff accepts that a version was retired by force, in days: until it has reached everybody's branch. */
const ACCEPTED_DAYS = 90;

/**
 * Ends a version. Where its end of life has not come, or consumers are left, that needs a reason, which the contract keeps.
 * @throws LifecycleRefusal that lists what stands in the way
 */
export function retire(workspace: Workspace, file: string, contract: Contract, reason: string | undefined): Retired {
  if (contract.status === 'retired') throw new LifecycleRefusal(`${contract.id} ${contract.version} is already retired`);
  const obstacles = retirementObstacles(contract, workspace);
  if (obstacles.length > 0 && reason === undefined) {
    const findings = new Findings(contract.file, (path, what) => contract.locate(path, what));
    for (const { rule, path, detail } of obstacles) findings.add(rule, path, detail);
    throw new LifecycleRefusal(`${contract.id} ${contract.version} cannot be retired yet`, 'resolve what is listed above, or force it: mesh retire --force --reason "…"', findings.problems());
  }
  const retired: YamlEdit = { set: ['status'], to: 'retired' };
  // Of what nobody is known to read, somebody may still rely on it where its end was never announced.
  const overruled = obstacles.length > 0 ? obstacles.map(({ detail }) => detail.message) : brokenBy(file, contract, workspace, [retired]);
  if (overruled.length > 0 && reason === undefined) {
    throw new LifecycleRefusal(`${contract.id} ${contract.version} cannot be retired yet: ${overruled.join('; ')}`, 'announce its end first: mesh deprecate; or force it: mesh retire --force --reason "…"');
  }
  const why = overruled.length > 0 && reason !== undefined ? record(workspace, contract, reason) : ended(workspace, contract);
  return { ...rewrite(workspace, file, contract, [retired, ...why]), overruled };
}

/** Of a version that nobody could have, no end was announced: it ends today. */
function ended(workspace: Workspace, contract: Contract): YamlEdit[] {
  return endOf(contract, 'endOfLife') === undefined ? [{ add: ['slaProperties'], item: { property: 'endOfLife', value: dayOf(workspace.now) } }] : [];
}

/** The reason stands where every accepted change of a contract does. */
function record(workspace: Workspace, contract: Contract, reason: string): YamlEdit[] {
  const until = dayOf(new Date(workspace.now.getTime() + ACCEPTED_DAYS * 86_400_000));
  const entry: IgnoredChange = { rule: 'diff/status-retired', path: 'status', reason, until };
  const there = findCustomProperty(contract, 'mesh.ignoredChanges');
  return [there === undefined ? { add: ['customProperties'], item: { property: 'mesh.ignoredChanges', value: [entry] } } : { add: [...there.path, 'value'], item: entry }];
}

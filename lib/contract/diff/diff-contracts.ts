import { type Contract } from '../contract';
import { type Change, Changes } from './change';
import { type DiffContext } from './context';
import { diffInterfaces } from './interfaces';
import { diffLifecycle } from './lifecycle';
import { diffProduct } from './product';
import { diffRoles } from './roles';
import { diffServiceLevel } from './service-level';
import { diffTables } from './tables';
import { diffTerms } from './terms';

/** Everything that a consumer of `base` may notice once `head` is in its place, the worst first. */
export function diffContracts(base: Contract, head: Contract, context: DiffContext): Change[] {
  const changes = new Changes(base, head);
  diffProduct(changes);
  if (changes.ofOneMajor) diffLifecycle(changes, context);
  diffTables(changes, context);
  diffServiceLevel(changes);
  diffRoles(changes, context);
  diffInterfaces(changes);
  diffTerms(changes, context);
  return changes.all();
}

import { type Contract } from '../../contract/contract';
import { type Notice, noticeOf } from '../../contract/ending';
import { parseDuration } from '../../contract/quantities';
import { type Mesh } from '../mesh/mesh';
import { holdsFor } from '../policies/check-policies';

/** The longest notice that holds for a contract: its own, and those of the mesh's policies; undefined where nobody asks for one. */
export function noticeThatHolds(contract: Contract, mesh: Mesh | undefined): Notice | undefined {
  const asked = (mesh?.definition.policies ?? []).flatMap((policy): Notice[] => {
    if (policy.id !== 'least-notice' || !holdsFor(policy, contract)) return [];
    const seconds = parseDuration(policy.period);
    return seconds === undefined ? [] : [{ text: policy.period, seconds }];
  });
  return [noticeOf(contract) ?? [], ...asked].flat().sort((a, b) => b.seconds - a.seconds)[0];
}

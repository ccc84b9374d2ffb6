import { type Contract } from '../../contract/contract';
import { type Notice, noticeOf } from '../../contract/ending';
import { parseDuration } from '../../contract/quantities';
import { type Mesh } from '../mesh';
import { holdsFor } from '../policies/check-policies';

/** The longest notice that holds for a contract: its own, and those of the mesh's policies; undefined where nobody asks for one. */
export function noticeThatHolds(contract: Contract, mesh: Mesh | undefined): Notice | undefined {
  const asked = (mesh?.definition.policies ?? []).flatMap((policy): Notice[] => {
    const seconds = policy.id === 'least-notice' && holdsFor(policy, contract) ? parseDuration(policy.period) : undefined;
    return seconds === undefined ? [] : [{ text: (policy as { period: string }).period, seconds }];
  });
  return [noticeOf(contract) ?? [], ...asked].flat().sort((a, b) => b.seconds - a.seconds)[0];
}

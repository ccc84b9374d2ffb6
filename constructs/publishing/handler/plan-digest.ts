import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../lib/contract/digest';
import { type Plan } from '../../../lib/plan/plan-schema';

/** The digest by which certificates name a plan, as the jobs work it out (plan_digest in adapters/plan_json.py): what made the plan does not count. */
export function planDigestOf(plan: Plan): string {
  const counted = Object.fromEntries(Object.entries(plan).filter(([name]) => name !== 'generator'));
  return `sha256:${createHash('sha256').update(canonicalJson(counted)).digest('hex')}`;
}

import { hashes } from '../../../constructs/jobs/job-role';
import { type Plan } from '../../../lib/plan/plan-schema';
import smallest from '../../plan/smallest.plan.json';

/** The smallest plan with another masking of its protected column. */
function planWith(masking: string): Plan {
  const plan = structuredClone(smallest) as unknown as Plan;
  const json = JSON.stringify(plan.tables).replaceAll('"masking":"hash"', `"masking":"${masking}"`);
  return { ...plan, tables: JSON.parse(json) as Plan['tables'] };
}

test.each([
  ['hash', true], ['tokenise', true], ['truncate', false], ['redact', false], ['nullify', false],
])('a job that masks by %s reads the masking key: %s', (masking, reads) => {
  expect(hashes(planWith(masking))).toBe(reads);
});

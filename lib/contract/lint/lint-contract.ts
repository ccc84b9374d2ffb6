import { type Classification } from '../classification';
import { type Contract } from '../contract';
import { Findings } from '../findings';
import { LINT_RULES } from './registry';
import { lintSubject } from './rule';

/** Everything the linter finds in a contract that the standard accepts. */
export function lintContract(contract: Contract, defaultClassification: Classification): Findings {
  const findings = new Findings(contract.file, (path, what) => contract.locate(path, what));
  const subject = lintSubject(contract, defaultClassification);
  for (const rule of LINT_RULES) rule.check(subject, (path, detail) => findings.add(rule, path, detail));
  return findings;
}

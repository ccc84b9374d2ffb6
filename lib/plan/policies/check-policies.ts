import { type Contract } from '../../contract/contract';
import { type DocumentPath } from '../../contract/document-path';
import { type Detail, type Findings, type RuleInfo } from '../../contract/findings';
import { tierOf } from '../../contract/tier';
import { type LoadedVocabulary } from '../../contract/vocabulary';
import { type Mesh } from '../mesh/mesh';
import { POLICIES } from '../rules';
import { custom, requireFields } from './custom';
import { forbiddenTypes, naming, requireCriticalCheck } from './form';
import { requireDescription, requireSupport, requireTerm } from './meaning';
import { policyFaults } from './policy-faults';
import { type MeshPolicy } from './policy-model';
import { leastNotice, leastSla, requireSla } from './promises';
import { allowedClassifications, protectPii, requireClassification, requireMasking, residency } from './protection';

/** A finding says what to do: ours, which a policy's own `remedy` takes the place of. */
export type Report = (path: DocumentPath, detail: Detail & { readonly remedy: string }) => void;

/** Those that look at a contract; who must sign is judged with the sign-off file. */
type ContractPolicy = Exclude<MeshPolicy, { id: 'require-signoff' }>;

/** Statuses a policy holds for unless it says so itself: what is only proposed is still being thought about. */
const FROM_DRAFT = ['draft', 'active', 'deprecated', 'retired'];

/** Holds a contract to the policies of the mesh that are about it. */
export function checkPolicies(contract: Contract, mesh: Mesh, vocabulary: LoadedVocabulary | undefined, findings: Findings): void {
  for (const policy of mesh.definition.policies ?? []) {
    // one that makes no sense is found in mesh.yaml, and nothing is planned until it does
    if (policy.id === 'require-signoff' || !holdsFor(policy, contract) || policyFaults(policy).length > 0) continue;
    const rule = { ...ruleOf(policy), severity: policy.severity ?? 'error' } as const;
    const report: Report = (path, detail) => findings.add(rule, path, { ...detail, remedy: policy.remedy ?? detail.remedy });
    check(policy, contract, mesh, vocabulary, report);
  }
}

/** Whether a policy is about a contract: about its domain, its tier and its status. */
export function holdsFor({ domains, tiers, statuses }: Pick<MeshPolicy, 'domains' | 'tiers'> & { readonly statuses?: readonly string[] | undefined }, contract: Contract): boolean {
  return (domains?.includes(contract.domain ?? '') ?? true) && (tiers?.includes(tierOf(contract)) ?? true) && (statuses ?? FROM_DRAFT).includes(contract.status ?? '');
}

/** What a policy's findings are called: a team's own have the id and the words that it gave them. */
export function ruleOf(policy: ContractPolicy): RuleInfo {
  return policy.id === 'custom' ? { id: policy.rule, severity: 'error', title: policy.message } : POLICIES[policy.id];
}

function check(policy: ContractPolicy, contract: Contract, mesh: Mesh, vocabulary: LoadedVocabulary | undefined, report: Report): void {
  switch (policy.id) {
    case 'require-fields': return requireFields(policy, contract, mesh.classification(contract.domain), report);
    case 'require-sla': return requireSla(policy, contract, report);
    case 'least-sla': return leastSla(policy, contract, report);
    case 'least-notice': return leastNotice(policy, contract, report);
    case 'require-description': return requireDescription(policy, contract, report);
    case 'require-critical-check': return requireCriticalCheck(policy, contract, report);
    case 'require-classification': return requireClassification(contract, report);
    case 'allowed-classifications': return allowedClassifications(policy, contract, mesh, report);
    case 'require-masking': return requireMasking(policy, contract, mesh, report);
    case 'protect-pii': return protectPii(policy, contract, mesh, report);
    case 'require-support': return requireSupport(contract, report);
    case 'require-term': return requireTerm(policy, contract, vocabulary, report);
    case 'residency': return residency(policy, contract, mesh, report);
    case 'naming': return naming(policy, contract, report);
    case 'forbidden-types': return forbiddenTypes(policy, contract, report);
    case 'custom': return custom(policy, contract, mesh.classification(contract.domain), report);
  }
}

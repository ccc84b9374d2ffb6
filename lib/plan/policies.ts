import { classificationOf, isProtected, maskingOf } from '../contract/classification';
import { type Contract, type Property, type SchemaObject } from '../contract/contract';
import { type DocumentPath } from '../contract/document-path';
import { type Detail, type Findings } from '../contract/findings';
import { customProperty } from '../contract/mesh-property';
import { parseDuration } from '../contract/quantities';
import { slaName, slaSeconds } from '../contract/service-level';
import { termOf } from '../contract/named-terms';
import { tierOf } from '../contract/tier';
import { type LoadedVocabulary } from '../contract/vocabulary';
import { type Mesh } from './mesh';
import { type MeshPolicy } from './mesh-file';
import { POLICIES } from './rules';

type Policy<Id extends MeshPolicy['id']> = Extract<MeshPolicy, { id: Id }>;
type Report = (path: DocumentPath, detail: Detail) => void;

/** Statuses a policy holds for unless it says so itself: what is only proposed is still being thought about. */
const FROM_DRAFT = ['draft', 'active', 'deprecated', 'retired'];

/** Holds a contract to the policies of the mesh that are about it. */
export function checkPolicies(contract: Contract, mesh: Mesh, vocabulary: LoadedVocabulary | undefined, findings: Findings): void {
  for (const policy of mesh.definition.policies ?? []) {
    // judged with the sign-off file
    if (policy.id === 'require-signoff' || !holdsFor(policy, contract)) continue;
    const rule = { ...POLICIES[policy.id], severity: policy.severity ?? 'error' } as const;
    const report: Report = (path, detail) => findings.add(rule, path, { ...detail, remedy: detail.remedy ?? 'it is a policy of the mesh, in mesh.yaml' });
    check(policy, contract, mesh, vocabulary, report);
  }
}

/** Whether a policy is about a contract: about its domain, its tier and its status. */
export function holdsFor({ domains, tiers, statuses }: Pick<MeshPolicy, 'domains' | 'tiers'> & { readonly statuses?: readonly string[] | undefined }, contract: Contract): boolean {
  return (domains?.includes(contract.domain ?? '') ?? true) && (tiers?.includes(tierOf(contract)) ?? true) && (statuses ?? FROM_DRAFT).includes(contract.status ?? '');
}

function check(policy: Exclude<MeshPolicy, { id: 'require-signoff' }>, contract: Contract, mesh: Mesh, vocabulary: LoadedVocabulary | undefined, report: Report): void {
  switch (policy.id) {
    case 'require-sla': return requireSla(policy, contract, report);
    case 'max-freshness': return maxFreshness(policy, contract, report);
    case 'require-description': return requireDescription(policy, contract, report);
    case 'require-critical-check': return requireCriticalCheck(policy, contract, report);
    case 'require-classification':
      for (const { property } of columnsOf(contract)) {
        if (property.classification === undefined) report([...property.path, 'name'], { message: `\`${property.name}\` does not say its classification`, remedy: 'write `classification: …`' });
      }
      return;
    case 'require-masking': return requireMasking(policy, contract, mesh, report);
    case 'require-support':
      if (contract.support.length === 0) report(['support'], { message: 'the contract does not say where to ask', remedy: 'write `support: [{channel: …, url: …}]`' });
      return;
    case 'require-term': return requireTerm(policy, contract, vocabulary, report);
    case 'residency': return residency(policy, contract, mesh, report);
  }
}

function requireSla({ properties }: Policy<'require-sla'>, contract: Contract, report: Report): void {
  const promised = contract.slaProperties.map(({ property }) => slaName(property));
  for (const name of properties) {
    const wanted = slaName(name) ?? name;
    if (!promised.includes(wanted)) report(['slaProperties'], { message: `the contract does not promise \`${wanted}\``, remedy: `add \`{property: ${wanted}, value: …, unit: …}\`` });
  }
}

function maxFreshness({ atMost }: Policy<'max-freshness'>, contract: Contract, report: Report): void {
  const limit = parseDuration(atMost) ?? Infinity;
  const promises = contract.slaProperties.filter(({ property }) => ['freshness', 'latency'].includes(slaName(property) ?? ''));
  const strictest = promises.map((sla) => ({ sla, seconds: slaSeconds(sla) ?? Infinity })).sort((a, b) => a.seconds - b.seconds)[0];
  if (strictest === undefined) {
    report(['slaProperties'], { message: 'the contract does not promise how fresh its data is', expected: `at most ${atMost}`, remedy: `add \`{property: freshness, value: …, unit: h}\`` });
  } else if (strictest.seconds > limit && strictest.seconds < Infinity) {
    report([...strictest.sla.path, 'value'], { message: 'the promised freshness is looser than the mesh allows', received: strictest.sla.value, expected: `at most ${atMost}` });
  }
}

function requireDescription({ of }: Policy<'require-description'>, contract: Contract, report: Report): void {
  if (of.includes('product') && (contract.description.purpose ?? '').trim() === '') {
    report(['description'], { message: 'the product is not described', remedy: 'write `description: {purpose: …}`' });
  }
  for (const object of contract.schema) {
    if (of.includes('tables') && ![object.description, object.dataGranularityDescription].some((text) => (text ?? '').trim() !== '')) {
      report([...object.path, 'name'], { message: `the table \`${object.name}\` is not described`, remedy: 'write `description: …`' });
    }
    if (!of.includes('columns')) continue;
    for (const property of object.properties) {
      if ((property.description ?? '').trim() === '') report([...property.path, 'name'], { message: `the column \`${property.name}\` is not described`, remedy: 'write `description: …`' });
    }
  }
}

function requireCriticalCheck({ atLeast = 1 }: Policy<'require-critical-check'>, contract: Contract, report: Report): void {
  for (const object of contract.schema) {
    const rules = [...object.quality, ...object.properties.flatMap(({ quality }) => quality)];
    const critical = rules.filter(({ severity, type }) => severity === 'critical' && type !== 'text').length;
    if (critical < atLeast) {
      report([...object.path, 'name'], { message: `\`${object.name}\` has ${critical} critical quality ${critical === 1 ? 'rule' : 'rules'} of its own`, expected: `at least ${atLeast}`, remedy: 'write a `quality` rule with `severity: critical`' });
    }
  }
}

function requireMasking({ classifications = ['confidential', 'restricted'] }: Policy<'require-masking'>, contract: Contract, mesh: Mesh, report: Report): void {
  for (const { property } of columnsOf(contract)) {
    const classification = classificationOf(property, mesh.classification(contract.domain));
    if (!isProtected(classification) || !classifications.includes(classification as 'confidential') || maskingOf(property, classification) !== 'none') continue;
    const index = property.customProperties.findIndex((custom) => custom.property === 'mesh.masking');
    report(index < 0 ? [...property.path, 'name'] : [...property.path, 'customProperties', index, 'value'], {
      message: `\`${property.name}\` is ${classification} and published as it is`, received: customProperty(property, 'mesh.masking'), expected: 'hash or redact',
    });
  }
}

function requireTerm({ of }: Policy<'require-term'>, contract: Contract, vocabulary: LoadedVocabulary | undefined, report: Report): void {
  if (vocabulary?.ok !== true) {
    if (vocabulary === undefined) report(['schema'], { message: 'the mesh wants terms of its vocabulary, and there is none', remedy: 'write contracts/vocabulary.yaml' });
    return;
  }
  const check = (what: string, named: SchemaObject | Property): void => {
    if (termOf(named, vocabulary.vocabulary) !== undefined) return;
    const { name, businessName, path } = named;
    report([...path, businessName === undefined ? 'name' : 'businessName'], { message: `the vocabulary has no term for the ${what} \`${name}\``, received: businessName ?? name, remedy: 'name one in `businessName`, or add it to contracts/vocabulary.yaml' });
  };
  if (of.includes('tables')) for (const object of contract.schema) check('table', object);
  if (of.includes('columns')) for (const { property } of columnsOf(contract)) check('column', property);
}

function residency({ regions }: Policy<'residency'>, contract: Contract, mesh: Mesh, report: Report): void {
  const home = contract.domain === undefined ? undefined : mesh.region(contract.domain);
  if (home !== undefined && !regions.includes(home)) {
    report(['domain'], { message: `the data of the domain is in ${home}`, received: contract.domain, expected: `one of ${regions.join(', ')}` });
  }
  const index = contract.customProperties.findIndex(({ property }) => property === 'mesh.residency');
  const written = contract.customProperties[index]?.value;
  if (!Array.isArray(written)) return;
  written.forEach((region: unknown, position) => {
    if (!regions.includes(region as string)) report(['customProperties', index, 'value', position], { message: 'the mesh does not let data live there', received: region, expected: `one of ${regions.join(', ')}` });
  });
}

function columnsOf(contract: Contract): { readonly object: SchemaObject; readonly property: Property }[] {
  return contract.schema.flatMap((object) => object.properties.map((property) => ({ object, property })));
}

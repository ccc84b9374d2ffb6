import { TYPE_NAMES } from '../../contract/data-type';
import { SLA_PROPERTIES, slaName } from '../../contract/service-level';
import { didYouMean } from '../../contract/wording';
import { type DocumentPath } from '../../contract/document-path';
import { type Detail } from '../../contract/findings';
import { parseDuration } from '../../contract/quantities';
import { wholly } from './custom';
import { kindNamed } from './form';
import { fieldFault } from './policy-fields';
import { type Condition, type MeshPolicy, type PolicySubject } from './policy-model';
import { amountOf } from './promises';

/** What a policy says that cannot be held against any contract: it would let everything through. Paths are within the policy. */
export function policyFaults(policy: MeshPolicy): { readonly path: DocumentPath; readonly detail: Detail }[] {
  switch (policy.id) {
    case 'require-sla': return policy.properties.flatMap((name, index) => (slaName(name) === undefined ? [unknownPromise(name, ['properties', index])] : []));
    case 'least-sla': return Object.entries(policy.promises).flatMap(([written, least]) => {
      const name = slaName(written);
      if (name === undefined) return [unknownPromise(written, ['promises', written])];
      if (amountOf(name, least) !== undefined) return [];
      const kind = SLA_PROPERTIES[name].value;
      const expected = kind === 'duration' ? 'a duration, e.g. 24h' : kind === 'percent' ? 'percent, e.g. 99.5' : 'a property that has an amount: freshness, availability, retention…';
      return [{ path: ['promises', written], detail: { message: `this is not an amount of \`${name}\``, received: least, expected } }];
    });
    case 'least-notice': return durationFault(policy.period, 'period', '90d');
    case 'require-signoff': return policy.maxAge === undefined ? [] : durationFault(policy.maxAge, 'maxAge', '1y');
    case 'naming': return patternFault(policy.pattern, ['pattern']);
    case 'forbidden-types': return policy.types.flatMap((type, index) => (kindNamed(type) !== undefined ? [] : [{ path: ['types', index], detail: { message: 'there is no such type', received: type, expected: 'a type as contracts write it, without a length: bigint, double, decimal, timestamp, timestamp_ntz, array…', remedy: didYouMean(type, TYPE_NAMES) } }]));
    case 'require-fields': return policy.fields.flatMap((field, index) => fieldFaults(policy.of, field, ['fields', index], 'value'));
    case 'custom': return [...conditionFaults(policy.of, policy.where, 'where'), ...conditionFaults(policy.of, policy.must, 'must')];
    default: return [];
  }
}

function unknownPromise(name: string, path: DocumentPath): { path: DocumentPath; detail: Detail } {
  return { path, detail: { message: 'there is no such SLA property', received: name, remedy: didYouMean(name, Object.keys(SLA_PROPERTIES)) } };
}

function durationFault(written: string, field: string, example: string): { path: DocumentPath; detail: Detail }[] {
  return (parseDuration(written) ?? 0) > 0 ? [] : [{ path: [field], detail: { message: 'this is not a duration', received: written, expected: `e.g. ${example}` } }];
}

function conditionFaults(of: PolicySubject, conditions: Readonly<Record<string, Condition>> | undefined, at: string): { path: DocumentPath; detail: Detail }[] {
  return Object.entries(conditions ?? {}).flatMap(([field, condition]) => [
    ...fieldFaults(of, field, [at, field], 'key'), ...typeof condition !== 'object' || condition.matches === undefined ? [] : patternFault(condition.matches, [at, field, 'matches']),
  ]);
}

function fieldFaults(of: PolicySubject, field: string, path: DocumentPath, at: 'key' | 'value'): { path: DocumentPath; detail: Detail }[] {
  const detail = fieldFault(of, field);
  return detail === undefined ? [] : [{ path, detail: { ...detail, at } }];
}

function patternFault(pattern: string, path: DocumentPath): { path: DocumentPath; detail: Detail }[] {
  try {
    wholly(pattern);
    return [];
  } catch (error) {
    return [{ path, detail: { message: `this is not a regular expression: ${(error as Error).message.replace(/^Invalid regular expression: /, '')}`, received: pattern } }];
  }
}

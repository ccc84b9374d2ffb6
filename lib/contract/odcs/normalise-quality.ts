import { type QualityRule } from '../contract';
import { type DocumentPath } from '../document-path';
import { type Edition } from './edition';
import { type OdcsQualityRule, QUALITY_OPERATORS } from './quality';

/** What 3.0's documentation called the metrics of the library that 3.1 kept. */
const RULES_OF_30: Readonly<Record<string, string>> = {
  countCheck: 'rowCount',
  duplicateCount: 'duplicateValues',
  nullCheck: 'nullValues',
  nullCount: 'nullValues',
  uniqueCheck: 'duplicateValues',
  validValues: 'invalidValues',
};

const NONE: readonly never[] = [];

/** Quality rules in 3.1's words. `parent` is the table or column they belong to. */
export function normaliseQuality(rules: readonly OdcsQualityRule[] | undefined, edition: Edition, parent: DocumentPath): readonly QualityRule[] {
  return rules === undefined ? NONE : rules.map((rule, index): QualityRule => {
    const path = [...parent, 'quality', index];
    const { rule: rule30, metric, customProperties, ...others } = rule;
    const old = edition === '3.0' ? rule30 : undefined;
    const type = rule.type ?? (metric !== undefined || old !== undefined ? 'library' : 'text');
    return {
      ...others,
      type,
      metric: old === undefined ? metric : RULES_OF_30[old] ?? old,
      metricField: old === undefined ? 'metric' : 'rule',
      operators: QUALITY_OPERATORS.filter((operator) => Object.hasOwn(rule, operator)).map((operator) => ({ operator, value: rule[operator] })),
      arguments: { ...argumentsOf30(rule, old), ...rule.arguments },
      tags: rule.tags ?? [],
      authoritativeDefinitions: rule.authoritativeDefinitions ?? [],
      customProperties: (customProperties ?? []).map((property, at) => ({ ...property, path: [...path, 'customProperties', at] })),
      path,
    };
  });
}

/** 3.0 wrote the allowed values beside the rule. */
function argumentsOf30(rule: OdcsQualityRule, name: string | undefined): Record<string, unknown> {
  const beside: unknown = (rule as { validValues?: unknown }).validValues;
  return name === 'validValues' && Array.isArray(beside) ? { validValues: beside } : {};
}

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
    const old = edition === '3.0' ? rule.rule : undefined;
    const made: { [Field in keyof Required<QualityRule>]: QualityRule[Field] } = {
      path,
      id: rule.id,
      name: rule.name,
      description: rule.description,
      type: rule.type ?? (rule.metric !== undefined || old !== undefined ? 'library' : 'text'),
      metric: old === undefined ? rule.metric : RULES_OF_30[old] ?? old,
      metricField: old === undefined ? 'metric' : 'rule',
      operators: QUALITY_OPERATORS.filter((operator) => Object.hasOwn(rule, operator)).map((operator) => ({ operator, value: rule[operator] })),
      arguments: { ...argumentsOf30(rule, old), ...rule.arguments },
      query: rule.query,
      engine: rule.engine,
      implementation: rule.implementation,
      dimension: rule.dimension,
      severity: rule.severity,
      businessImpact: rule.businessImpact,
      method: rule.method,
      unit: rule.unit,
      schedule: rule.schedule,
      scheduler: rule.scheduler,
      tags: rule.tags ?? NONE,
      authoritativeDefinitions: rule.authoritativeDefinitions ?? NONE,
      customProperties: (rule.customProperties ?? []).map((property, at) => ({ ...property, path: [...path, 'customProperties', at] })),
    };
    return made;
  });
}

/** 3.0 wrote the allowed values beside the rule. */
function argumentsOf30(rule: OdcsQualityRule, name: string | undefined): Record<string, unknown> {
  const beside: unknown = (rule as { validValues?: unknown }).validValues;
  return name === 'validValues' && Array.isArray(beside) ? { validValues: beside } : {};
}

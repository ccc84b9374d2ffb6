import { type LintRule } from './rule';
import { classificationRules } from './rules/classification';
import { identityRules } from './rules/identity';
import { meshPropertyRules } from './rules/mesh-properties';
import { nameRules } from './rules/names';
import { peopleRules } from './rules/people';
import { qualityRules } from './rules/quality';
import { schemaRules } from './rules/schema';
import { serviceLevelRules } from './rules/service-level';
import { typeRules } from './rules/types';

/** The rules of the linter. A new one goes into the file of its theme, with a section in docs/rules.md. */
export const LINT_RULES: readonly LintRule[] = [
  ...identityRules, ...peopleRules, ...schemaRules, ...nameRules, ...typeRules, ...classificationRules, ...qualityRules, ...serviceLevelRules, ...meshPropertyRules,
];

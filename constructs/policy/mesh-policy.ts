import * as fs from 'node:fs';
import { Token, type IPolicyValidationContext, type IPolicyValidationPlugin, type PolicyValidationPluginReport, type PolicyValidationStack, type PolicyViolation } from 'aws-cdk-lib';
import { RULES } from './rules';
import { Template } from './template';

/**
 * What holds in every stack of a mesh, checked when an app is synthesised: who sees data, what is encrypted, and what stays.
 * docs/policy.md lists the rules.
 *
 * `Validations.of(app).addPlugins(new MeshPolicy())`. A finding that has a reason is acknowledged beside its construct:
 * `Validations.of(bucket).acknowledge({ id: 'mesh-policy::MESH-KEEP-1', reason: '…' })`.
 */
export class MeshPolicy implements IPolicyValidationPlugin {
  /** What findings are acknowledged under. */
  public readonly name: string = 'mesh-policy';
  /** Of the rules. */
  public readonly version?: string = '1.0.0';
  /** All rules, none of which can be turned off. */
  public readonly ruleIds?: string[] = RULES.map(({ id }) => id);

  /** Looks at every template of the app. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const violations = context.stackTemplates.flatMap((stack) => violationsOf(stack));
    return { success: violations.length === 0, violations, pluginVersion: this.version };
  }
}

function violationsOf({ templatePath, accountId }: PolicyValidationStack): PolicyViolation[] {
  const account = accountId !== undefined && !Token.isUnresolved(accountId) && /^\d{12}$/.test(accountId) ? accountId : undefined;
  const template = new Template(fs.readFileSync(templatePath, 'utf8'), account);
  return RULES.flatMap(({ id, description, fix, check }) => {
    const found = [...check(template)];
    if (found.length === 0) return [];
    return [{
      ruleName: id, description, fix, severity: 'error',
      violatingResources: found.map(({ resource, at }) => ({ resourceLogicalId: resource, templatePath, locations: [at] })),
    }];
  });
}

import { CfnDataQualityRuleset } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import { dqdlRuleset } from '../../lib/plan/checks/dqdl';
import { type ProductParts } from '../data-product/product-parts';
import { productNames } from '../domain/naming';

/** What the rulesets of a product are made from. */
export interface ProductRulesetsProps {
  readonly parts: ProductParts;
}

/**
 * The contract's rules in the words of AWS Glue Data Quality, a ruleset for each published table: for whoever wants to ask AWS's
 * own evaluator. Certificates do not depend on them. docs/dqdl.md says what maps and what does not.
 */
export class ProductRulesets extends Construct {
  readonly rulesets: readonly CfnDataQualityRuleset[];

  constructor(scope: Construct, id: string, { parts }: ProductRulesetsProps) {
    super(scope, id);
    const { place, plan } = parts;
    this.rulesets = plan.tables.filter(({ published }) => published).flatMap((table) => {
      const { text, left } = dqdlRuleset(table.checks, new Map(table.columns?.map(({ name, type }) => [name, type])));
      if (text === undefined) return [];
      const omitted = left.length === 0 ? '' : `; ${left.length} of ${table.checks.length} checks have no words in DQDL`;
      return [new CfnDataQualityRuleset(this, table.name, {
        name: `${productNames.prefix(place)}-${table.name.replaceAll('_', '-')}`,
        description: `What ${parts.lineOf('schema')} promises of ${table.name}${omitted}`,
        ruleset: text,
        targetTable: { databaseName: table.database, tableName: table.table },
      })];
    });
  }
}

import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { domainNames, type DomainPlace } from '../domain/naming';
import { domainDimension, type MetricName, METRICS, NAMESPACE } from './metrics';
import { ProductMetrics } from './product-metrics';

/** Whose dashboard. */
export interface DomainDashboardProps {
  readonly place: DomainPlace;
}

/**
 * One dashboard for all products of a domain: above, each measure of all of them; below, a section of the product that is chosen. Both
 * find their products by what they have measured, so a new product is there with its first run, and no stack writes into
 * the dashboard of another.
 */
export class DomainDashboard extends Construct {
  readonly dashboard: cloudwatch.Dashboard;

  constructor(scope: Construct, id: string, { place }: DomainDashboardProps) {
    super(scope, id);
    const domain = domainDimension(place);
    this.dashboard = new cloudwatch.Dashboard(this, 'Resource', {
      dashboardName: domainNames.dashboard(place),
      defaultInterval: Duration.days(7),
      variables: [new cloudwatch.DashboardVariable({
        id: 'product', label: 'Product', value: 'Product', type: cloudwatch.VariableType.PROPERTY, inputType: cloudwatch.VariableInputType.SELECT,
        values: cloudwatch.Values.fromSearch(`{${NAMESPACE},Domain,Product} MetricName="${METRICS.score}" Domain="${domain}"`, 'Product'),
        defaultValue: cloudwatch.DefaultValue.FIRST,
      })],
    });
    const all = (title: string, metric: MetricName, statistic: string, axis?: cloudwatch.YAxisProps): cloudwatch.GraphWidget => new cloudwatch.GraphWidget({
      title, width: 12, height: 6, leftYAxis: axis,
      left: [new cloudwatch.SearchExpression({
        label: "${PROP('Dim.Product')}", period: Duration.hours(1),
        expression: `SEARCH('{${NAMESPACE},Domain,Product} MetricName="${metric}" Domain="${domain}"', '${statistic}', 3600)`,
      })],
    });
    const percent = { min: 0, max: 100 };
    this.dashboard.addWidgets(new cloudwatch.TextWidget({ width: 24, height: 1, markdown: `## Products of ${domain}` }));
    this.dashboard.addWidgets(all('Score', METRICS.score, 'Minimum', percent), all('Publications', METRICS.score, 'SampleCount'));
    this.dashboard.addWidgets(all('Age of the data when published (s)', METRICS.freshness, 'Maximum'), all('Availability (%)', METRICS.availability, 'Minimum', percent));
    this.dashboard.addWidgets(all('Deprecated versions: days until their end of life', METRICS.daysToEndOfLife, 'Minimum'), new cloudwatch.TextWidget({
      width: 12, height: 6, markdown: '**Deprecated versions** are those beside this text: they take no new subscriptions and end on the day to which they count down. '
        + 'The catalogue and their certificates say what takes their place.',
    }));
    // The variable puts the chosen product in the place of any.
    const chosen = new ProductMetrics({ ...place, entity: 'any', major: 1 });
    const one = (title: string, metric: cloudwatch.Metric, axis?: cloudwatch.YAxisProps): cloudwatch.GraphWidget => new cloudwatch.GraphWidget({ title, width: 8, height: 6, left: [metric], leftYAxis: axis });
    this.dashboard.addWidgets(new cloudwatch.TextWidget({ width: 24, height: 1, markdown: '## The product chosen above' }));
    this.dashboard.addWidgets(one('Score', chosen.score(), percent), one('Publications', chosen.published()), one('Age of the data when published (s)', chosen.freshness()));
    this.dashboard.addWidgets(one('Rows', chosen.rows()), one('Quarantined (%)', chosen.quarantinedShare(), percent), one('Availability (%)', chosen.availability(), percent));
    this.dashboard.addWidgets(one('Changes of the schema', chosen.schemaChanges()), one('Skipped runs', chosen.skipped()), one('Hours since the last publication', chosen.hoursSincePublished()));
    this.dashboard.addWidgets(one('Days until its end of life, if deprecated', chosen.daysToEndOfLife()));
  }
}

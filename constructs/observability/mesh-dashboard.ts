import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type Promised } from '../../lib/plan/sla-review/review';
import { type DomainPlace, productNames, type ProductPlace } from '../domain/naming';
import { ProductMetrics } from '../monitoring/product-metrics';
import { observabilityNames } from './observability-names';

/** A product, as the platform watches it. */
export interface WatchedProduct {
  readonly place: ProductPlace;
  readonly promised: Promised;
}

/** What the dashboard of the mesh is made from. */
export interface MeshDashboardProps {
  /** The platform's. */
  readonly place: DomainPlace;
  readonly products: readonly WatchedProduct[];
  /**
   * Widgets that one dashboard takes.
   * @default - what CloudWatch takes
   */
  readonly mostWidgets?: number;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html */
const MOST_WIDGETS = 500;
/** A text, and one widget for all figures. */
const PER_PRODUCT = 2;
const DAY = Duration.days(1);

/**
 * All products of the mesh, a row for each: whose it is, what it promises, where its consumers say what they think of it, and how it stands.
 * Where one dashboard cannot hold them all there is one for each domain, and more for a domain that is too large.
 */
export class MeshDashboard extends Construct {
  readonly dashboards: cloudwatch.Dashboard[];

  constructor(scope: Construct, id: string, { place, products, mostWidgets = MOST_WIDGETS }: MeshDashboardProps) {
    super(scope, id);
    // One is the heading.
    const fit = Math.floor((mostWidgets - 1) / PER_PRODUCT);
    const sorted = [...products].sort((a, b) => (titleOf(a) < titleOf(b) ? -1 : 1));
    if (sorted.length <= fit) {
      this.dashboards = [this.made('Resource', observabilityNames.dashboard(place), place.mesh, sorted)];
      return;
    }
    const domains = [...new Set(sorted.map(({ place: { domain } }) => domain))];
    this.dashboards = domains.flatMap((domain) => {
      const own = sorted.filter((product) => product.place.domain === domain);
      return Array.from({ length: Math.ceil(own.length / fit) }, (_, n) => this.made(`${domain}-${n + 1}`, observabilityNames.dashboard(place, domain, n + 1), domain, own.slice(n * fit, (n + 1) * fit)));
    });
  }

  private made(id: string, dashboardName: string, title: string, products: readonly WatchedProduct[]): cloudwatch.Dashboard {
    const dashboard = new cloudwatch.Dashboard(this, id, { dashboardName, defaultInterval: Duration.days(7) });
    dashboard.addWidgets(new cloudwatch.TextWidget({ width: 24, height: 1, markdown: `## Products of ${title}` }));
    for (const product of products) dashboard.addWidgets(...row(product));
    return dashboard;
  }
}

function row(product: WatchedProduct): cloudwatch.IWidget[] {
  const { place } = product;
  const metrics = new ProductMetrics(place);
  const of = { account: place.account, region: place.region, period: DAY };
  const runs = (metricName: string, label: string): cloudwatch.Metric => new cloudwatch.Metric({
    namespace: 'AWS/States', metricName, dimensionsMap: { StateMachineArn: productNames.stateMachineArn(place) }, statistic: cloudwatch.Stats.SUM, label, ...of,
  });
  return [
    new cloudwatch.TextWidget({ width: 6, height: 3, markdown: text(product) }),
    new cloudwatch.SingleValueWidget({
      width: 18, height: 3, region: place.region, sparkline: true,
      metrics: [
        metrics.score({ ...of, label: 'score' }), metrics.published({ ...of, label: 'publications' }), metrics.freshness({ ...of, label: 'oldest when published (s)' }),
        metrics.availability({ ...of, label: 'available (%)' }), metrics.quarantinedShare({ ...of, label: 'quarantined (%)' }), runs('ExecutionsFailed', 'failed runs'), runs('ExecutionsTimedOut', 'timed out'),
      ],
    }),
  ];
}

/** Who answers, what is promised, and where to say something. */
function text({ place, promised }: WatchedProduct): string {
  const { freshnessSeconds, availabilityPercent, feedback, owner, status, supersededBy, endOfLife } = promised;
  const promises = [...(freshnessSeconds === null ? [] : [`at most ${freshnessSeconds / 3600} h old`]), ...(availabilityPercent === null ? [] : [`${availabilityPercent} % of the time`])];
  return [
    `**${titleOf({ place })}** ${status === 'active' ? '' : `(${status})`}`.trim(),
    `${owner}${promises.length === 0 ? '' : ` · ${promises.join(', ')}`}${endOfLife === null ? '' : ` · until ${endOfLife}`}${supersededBy === null ? '' : ` · then ${supersededBy}`}`,
    feedback.length === 0 ? 'no channel for feedback' : `feedback: ${feedback.map(({ channel, url }) => (url === null ? channel : `[${channel}](${url})`)).join(', ')}`,
  ].join('  \n');
}

function titleOf({ place: { domain, entity, major, environment } }: Pick<WatchedProduct, 'place'>): string {
  return `${domain}/${entity} v${major}${environment === null ? '' : ` in ${environment}`}`;
}

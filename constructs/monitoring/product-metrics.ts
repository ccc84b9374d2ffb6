import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { type ProductPlace } from '../domain/naming';
import { dimensionsOf, type MetricName, METRICS, NAMESPACE } from './metrics';

const { AVERAGE, MAXIMUM, MINIMUM, SAMPLE_COUNT, SUM } = cloudwatch.Stats;

/** What is measured of one product, as CloudWatch's metrics; by the hour unless another period is asked for. */
export class ProductMetrics {
  constructor(private readonly place: ProductPlace) {}

  /** Publications: each posts one score. */
  published(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.score, SAMPLE_COUNT, { label: 'publications', ...options });
  }

  /** Score of what was published, 0 to 100. */
  score(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.score, MINIMUM, options);
  }

  /** Age of the newest data when it was published, in seconds. */
  freshness(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.freshness, MAXIMUM, options);
  }

  /** Share of the last 30 days in which what was published was fresh, in percent. */
  availability(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.availability, MINIMUM, options);
  }

  /** Share of a run's rows that went to the quarantine, in percent. */
  quarantinedShare(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.quarantined, MAXIMUM, options);
  }

  /** Rows in the published tables. */
  rows(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.rows, AVERAGE, options);
  }

  /** Changes of the promised columns. */
  schemaChanges(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.schemaChanges, SUM, options);
  }

  /** Deltas that found the product busy. */
  skipped(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.skipped, SUM, options);
  }

  /** Hours since the last publication; only of products that may be older than a week. */
  hoursSincePublished(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.hoursSincePublished, MAXIMUM, options);
  }

  /** Days until the end of life; only of a version that is deprecated. */
  daysToEndOfLife(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this.metric(METRICS.daysToEndOfLife, MINIMUM, options);
  }

  private metric(metricName: MetricName, statistic: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return new cloudwatch.Metric({ namespace: NAMESPACE, metricName, dimensionsMap: dimensionsOf(this.place), statistic, period: Duration.hours(1), ...options });
  }
}

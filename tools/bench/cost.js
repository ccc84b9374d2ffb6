// What an hourly product costs a month, without the minutes of its jobs and the bytes of its data: from its template, by list prices.
'use strict';

/**
 * US dollars, eu-west-1, as the services' pricing pages listed them in November 2026, without any free tier. Glue's job minutes, S3's and
 * DynamoDB's bytes, and what a domain's products share (key, secret, dashboard, endpoints) are left out.
 */
const PRICES = {
  metric: 0.30, // https://aws.amazon.com/cloudwatch/pricing/: a custom metric and month, by the hours in which it is posted
  alarm: 0.10, // a metric of an alarm, at standard resolution
  compositeAlarm: 0.50,
  metricRequest: 0.01 / 1_000, // PutMetricData
  logGigabyte: 0.57,
  transition: 0.025 / 1_000, // https://aws.amazon.com/step-functions/pricing/: standard workflows
  lambdaRequest: 0.20 / 1e6, // https://aws.amazon.com/lambda/pricing/: arm64
  lambdaGigabyteSecond: 0.0000133334,
  schedule: 1 / 1e6, // https://aws.amazon.com/eventbridge/pricing/
  event: 1 / 1e6,
  write: 0.705 / 1e6, // https://aws.amazon.com/dynamodb/pricing/on-demand/: a transaction counts twice
  read: 0.1415 / 1e6,
  put: 0.005 / 1_000, // https://aws.amazon.com/s3/pricing/
  get: 0.0004 / 1_000,
  catalogueRequest: 1 / 1e6, // https://aws.amazon.com/glue/pricing/: the Data Catalog
  keyRequest: 0.03 / 10_000, // https://aws.amazon.com/kms/pricing/
};

const RUNS = 730;

/** The states that an hourly run goes through when nothing is in its way; each has to follow from the one before. */
const ROUTE = ['Request', 'Is it one?', 'Acquire', 'Evict', 'Evicted?', 'Resume', 'Where it stands', 'Build', 'Look', 'Where it stands', 'Certify', 'Look',
  'Where it stands', 'Commit', 'Publish', 'Record', 'Announce', 'Release', 'Done'];

/** What the publisher posts at each publication, and what it posts only when there is something to tell (constructs/monitoring/metrics.ts). */
const HOURLY = ['Score', 'Rows', 'FreshnessSeconds', 'Availability', 'QuarantinedShare'];
const SOMETIMES = ['SchemaChanges', 'Skipped', 'HoursSincePublished'];

/**
 * What one delta asks of the services besides. Counted in an emulated AWS for a product with two published tables (30 S3 reads, 20 writes
 * and listings, 38 items written in transactions, 50 read, 75 requests to Glue), then rounded up for what DuckDB and Spark ask S3 themselves.
 */
const PER_RUN = {
  lambdaCalls: 10, lambdaSeconds: 6, metricRequests: 1, events: 2, writes: 160, reads: 80, puts: 30, gets: 80, catalogueRequests: 90, keyRequests: 20, logMegabytes: 0.1,
};

/** The state machine of a product's template. */
function definitionOf(template) {
  const text = Object.values(template.Resources).find(({ Type }) => Type === 'AWS::StepFunctions::StateMachine').Properties.DefinitionString;
  return JSON.parse(typeof text === 'string' ? text : text['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'x')).join(''));
}

function checkRoute({ StartAt, States }) {
  if (StartAt !== ROUTE[0]) throw new Error(`the state machine starts at ${StartAt}, the route at ${ROUTE[0]}`);
  ROUTE.slice(1).forEach((name, i) => {
    const from = States[ROUTE[i]];
    const after = [from.Next, from.Default, ...(from.Choices ?? []).map((choice) => choice.Next)];
    if (!after.includes(name)) throw new Error(`${name} does not follow ${ROUTE[i]} in the state machine`);
  });
}

/** Metrics of our own that alarms of a template look at: what is posted by each run. */
function customMetrics(alarms) {
  const names = alarms.flatMap(({ Properties: p }) => [{ Namespace: p.Namespace, MetricName: p.MetricName }, ...(p.Metrics ?? []).map((m) => m.MetricStat?.Metric ?? {})]);
  return new Set(names.filter(({ Namespace }) => Namespace === 'Mesh').map(({ MetricName }) => MetricName));
}

/** Dollars a month, by what they are for. */
function monthlyCost(template) {
  const of = (type) => Object.values(template.Resources).filter((resource) => resource.Type === type);
  checkRoute(definitionOf(template));
  const alarms = of('AWS::CloudWatch::Alarm');
  for (const name of customMetrics(alarms)) if (![...HOURLY, ...SOMETIMES].includes(name)) throw new Error(`an alarm looks at ${name}, whose price is not known`);
  // An anomaly detector's band counts as two more: https://aws.amazon.com/cloudwatch/pricing/
  const alarmMetrics = alarms.reduce((sum, { Properties: p }) => {
    if (p.Metrics === undefined) return sum + 1;
    const stats = p.Metrics.filter((m) => m.MetricStat !== undefined).length;
    return sum + stats + (p.Metrics.some((m) => String(m.Expression ?? '').startsWith('ANOMALY_DETECTION_BAND')) ? 2 : 0);
  }, 0);
  return {
    'custom metrics': HOURLY.length * PRICES.metric,
    'alarms': alarmMetrics * PRICES.alarm + of('AWS::CloudWatch::CompositeAlarm').length * PRICES.compositeAlarm,
    'state transitions': RUNS * ROUTE.length * PRICES.transition,
    'requests': RUNS * (
      PER_RUN.lambdaCalls * PRICES.lambdaRequest + PER_RUN.lambdaSeconds * 0.5 * PRICES.lambdaGigabyteSecond + PER_RUN.metricRequests * PRICES.metricRequest
      + PER_RUN.events * PRICES.event + PER_RUN.writes * PRICES.write + PER_RUN.reads * PRICES.read + PER_RUN.puts * PRICES.put + PER_RUN.gets * PRICES.get
      + PER_RUN.catalogueRequests * PRICES.catalogueRequest + PER_RUN.keyRequests * PRICES.keyRequest + PRICES.schedule),
    'logs': RUNS * (PER_RUN.logMegabytes / 1024) * PRICES.logGigabyte,
  };
}

module.exports = { definitionOf, monthlyCost };

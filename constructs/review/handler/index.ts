import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { type Month, monthBefore, monthOf } from '../../../lib/plan/sla-review/month';
import { inMarkdown, type SlaReport } from '../../../lib/plan/sla-review/report';
import { type Observed, type Review, review } from '../../../lib/plan/sla-review/review';
import { arnIn } from '../../domain/naming';
import { client } from '../../handlers/clients';
import { HandlerError } from '../../handlers/custom-resource';
import { documentOf, servedDomain } from '../../handlers/product-request';
import { observabilityNames } from '../../observability/observability-names';
import { type ReviewedProduct, type ReviewedProducts } from '../reviewed-product';
import { observedOf } from './metrics';
import { usageByTable, usageOf } from './usage';

/** SNS takes 256 KB: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html; a character is at most three bytes here. */
const LONGEST_MESSAGE = 80_000;
const LONGEST_SUBJECT = 100;

/** What the schedule asks for: nothing, or the month to review again. `mesh sla` asks to be shown it, and nothing is stored or told. */
interface Asked {
  readonly month?: unknown;
  readonly action?: 'show';
}

/**
 * Reviews the last month that is over, or the one that is asked for: stores the report, and tells the owners of each domain about their
 * products. A month that is not over is looked at up to now.
 */
export async function handler({ month: asked, action }: Asked): Promise<object> {
  const now = new Date();
  const month = asked === undefined ? monthBefore(now) : monthOf(typeof asked === 'string' ? asked : '');
  if (month === undefined) throw new HandlerError(`month must be a month, received ${JSON.stringify(asked)}`, 'for example {"month": "2026-10"}');
  const s3 = client(S3Client);
  const { mesh, products } = await reviewed(s3);
  const reviews = await reviewsOf(s3, products, month, now);
  const report: SlaReport = { mesh, month: month.name, generatedAt: now.toISOString(), products: reviews };
  if (action === 'show') return report;
  await store(s3, report);
  const told = await tellOwners(products, report);
  const answer = { month: month.name, products: reviews.length, broken: reviews.filter(({ verdict }) => verdict === 'broken').length, told };
  console.log(JSON.stringify(answer));
  return answer;
}

function reviewed(s3: S3Client): Promise<ReviewedProducts> {
  return documentOf<ReviewedProducts>({ what: 'list of products', url: setting('PRODUCTS_URL'), digest: setting('PRODUCTS_DIGEST'), account: servedDomain().account, remedy: 'deploy observability again' }, s3);
}

async function reviewsOf(s3: S3Client, products: readonly ReviewedProduct[], month: Month, now: Date): Promise<Review[]> {
  const { account } = servedDomain();
  const usage = process.env.USAGE_BUCKET === undefined ? undefined : await usageByTable(s3, { bucket: setting('USAGE_BUCKET'), prefix: setting('USAGE_PREFIX'), account }, month, now);
  const observed = new Map<ReviewedProduct, Omit<Observed, 'usage'>>();
  // Links between accounts are within a region.
  for (const region of new Set(products.map(({ place }) => place.region))) {
    const there = products.filter(({ place }) => place.region === region);
    const found = await observedOf(client(CloudWatchClient, { region }), there, month, now);
    there.forEach((product, n) => observed.set(product, found[n]));
  }
  return products.map((product) => review(product.promised, { ...observed.get(product)!, usage: usageOf(product, usage) }, month, now));
}

async function store(s3: S3Client, report: SlaReport): Promise<void> {
  const { account } = servedDomain();
  const put = async (name: string, Body: string, ContentType: string): Promise<void> => {
    await s3.send(new PutObjectCommand({ Bucket: setting('REPORTS_BUCKET'), Key: `sla/${report.month}/${name}`, Body, ContentType, ExpectedBucketOwner: account }));
  };
  await put('report.json', JSON.stringify(report, null, 2), 'application/json');
  await put('report.md', inMarkdown(report), 'text/markdown');
}

/**
 * One message for each domain, and one about all of them for the platform; to how many domains.
 * @throws after all were tried, when some were not told: the report is stored by then, so that nothing is lost
 */
async function tellOwners(products: readonly ReviewedProduct[], report: SlaReport): Promise<number> {
  const sns = client(SNSClient);
  const topics = new Map<string, Review[]>();
  products.forEach(({ place }, n) => {
    const topic = observabilityNames.ownersTopic(place);
    topics.set(topic, [...topics.get(topic) ?? [], report.products[n]]);
  });
  const untold: string[] = [];
  const tell = async (TopicArn: string, of: string, said: SlaReport): Promise<void> => {
    try {
      await sns.send(new PublishCommand({ TopicArn, Subject: `Service levels of ${of}, ${report.month}`.slice(0, LONGEST_SUBJECT), Message: inMarkdown(said).slice(0, LONGEST_MESSAGE) }));
    } catch (error) {
      untold.push(`${TopicArn} (${(error as Error).message})`);
    }
  };
  for (const [topic, own] of topics) {
    const [{ domain, environment }] = own;
    await tell(arnIn(servedDomain(), 'sns', topic), `${domain}${environment === null ? '' : ` in ${environment}`}`, { ...report, mesh: domain, products: own });
  }
  await tell(setting('PLATFORM_TOPIC'), report.mesh, report);
  if (untold.length > 0) throw new HandlerError(`the review of ${report.month} is stored, and nobody was told at ${untold.join(', ')}`, `fix the topic, then review the month again: {"month": "${report.month}"}`);
  return topics.size;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new HandlerError(`${name} is not set`, 'deploy observability again');
  return value;
}

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { STSClient } from '@aws-sdk/client-sts';
import { announced } from '../../../constructs/catalogue/handler/announced';
import { type Certificate } from '../../../constructs/catalogue/handler/certificate';
import { type Outside } from '../../../constructs/catalogue/handler/outside';
import { ProductCatalogueResource } from '../../../constructs/catalogue/handler/product-catalogue-resource';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { customResource } from '../../../constructs/handlers/custom-resource';
import { Holders } from '../../../constructs/handlers/holders';
import { RunTable } from '../../../constructs/run-log/run-table';
import { type Plan } from '../../../lib/plan/plan-schema';
import { CloudFormation } from '../../support/cloudformation';
import { FakeDataZone } from './fake-datazone';

export const place: ProductPlace = {
  mesh: 'shop', environment: null, domain: 'sales', entity: 'orders', major: 1, account: '111122223333', region: 'eu-west-1', platformAccount: '444455556666', platformRegion: 'eu-west-1',
};
const smallest = JSON.parse(fs.readFileSync(path.join(__dirname, '../../plan/smallest.plan.json'), 'utf8')) as Plan;

/** The smallest plan with this status, and whatever else is changed. */
export function plan(status: Plan['product']['status'] = 'active', change: Partial<Plan> = {}): Plan {
  return { ...smallest, ...change, product: { ...smallest.product, ...change.product, status } };
}

const real = Date.now.bind(Date);

/** The product, once it is listed, with its tables. */
export const LISTED = { 'sales/orders v1': ['orders_v1'] };

export const IDENTITY = { InterfaceVersion: '1', Domain: 'sales', Entity: 'orders', Major: '1', Environment: '' };
const settings = { region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } };

/** A domain's account with the handler, and the platform's with DataZone, on a clock that only waiting moves. */
export class World {
  readonly aws = new FakeDataZone();
  readonly outside: Outside;
  readonly runs: RunTable;
  cloudFormation!: CloudFormation;
  private waited = 0;
  private sequence = 0;

  static start(): World {
    const world = new World();
    world.aws.addProject();
    world.aws.glue.set('sales.orders_v1', ['order_id', 'total_amount', 'customer_email']);
    world.cloudFormation = new CloudFormation(customResource(() => new ProductCatalogueResource(world.outside)));
    return world;
  }

  private constructor() {
    jest.spyOn(Date, 'now').mockImplementation(() => real() + this.waited);
    const dynamo = new DynamoDBClient(settings);
    this.runs = new RunTable(dynamo, 'mesh-sales-runs');
    this.outside = {
      served: place, s3: new S3Client(settings), sts: new STSClient(settings), table: this.runs, holders: new Holders(dynamo, 'mesh-sales-runs'),
      pause: (ms) => {
        this.waited += ms;
        return Promise.resolve();
      },
    };
  }

  /** Properties of a product's resource, with its plan uploaded. */
  asked(of: Plan): Record<string, string> {
    const bytes = Buffer.from(JSON.stringify(of));
    const PlanDigest = createHash('sha256').update(bytes).digest('hex');
    const PlanUrl = `s3://cdk-hnb659fds-assets-111122223333-eu-west-1/${PlanDigest}.json`;
    this.aws.objects.set(PlanUrl, bytes);
    return { ...IDENTITY, PlanUrl, PlanDigest };
  }

  /** Deploys a plan and gives what the stack says of the listing. */
  async deploy(of: Plan): Promise<string> {
    await this.cloudFormation.deploy({ Catalogue: this.asked(of) });
    return this.cloudFormation.answers.at(-1)?.Data?.Listing ?? '';
  }

  /** A run of the state machine publishes; nobody is told yet. */
  async publish(change: Partial<Certificate> = {}): Promise<string> {
    this.sequence += 1;
    const [n, runId] = [String(this.sequence).padStart(12, '0'), `delta-${this.sequence}`];
    const certificate: Certificate = {
      certificateId: `6c9d2f0e-5a57-5f5c-9d5b-${n}`, runId, issuedAt: `2030-01-0${this.sequence}T06:00:00Z`, contractDigest: smallest.digests.contract, planDigest: 'sha256:plan', verdict: 'certified', score: 100,
      tables: [{ table: 'orders', rows: 3, snapshotId: '1', metadataLocation: 's3://curated/metadata.json' }],
      freshness: { seconds: 60, newest: null }, availability: { percent: null, promisedPercent: null }, stability: { changes: [] },
      checks: [
        { id: 'orders.order_id.required', title: 'order_id is never null', table: 'orders', dimension: 'completeness', columns: ['order_id'], threshold: 'mustBe 0', unit: 'rows', measured: 0, passed: true },
        { id: 'orders_raw.*.rows', title: 'rows of a day', table: 'orders_raw', dimension: null, columns: [], threshold: 'mustBeGreaterThan 0', unit: 'rows', measured: 3, passed: true },
      ],
      ...change,
    };
    const pk = 'dp_sales_orders#v1';
    await this.runs.put({ pk, sk: `id#${runId}` }, { sequence: this.sequence, generation: 'g' });
    await this.runs.put({ pk, sk: `run#${n}` }, { generation: 'g', runId, mode: 'delta', state: 'published', planDigest: 'sha256:plan', startedAt: '2030-01-01T05:00:00+00:00', fence: 1, certificate: JSON.stringify(certificate) });
    await this.runs.put({ pk, sk: 'published' }, { sequence: this.sequence, runId });
    return runId;
  }

  /** The publisher tells the catalogue of a run. */
  announce(runId: string, identity: Record<string, string> = IDENTITY): Promise<object> {
    return announced(this.outside, { action: 'published', ...identity, runId }, () => 900_000 - this.waited);
  }

  async run(change: Partial<Certificate> = {}): Promise<object> {
    return this.announce(await this.publish(change));
  }
}

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { JobCode } from '../../../constructs/jobs/job-code';
import { ownCode } from '../../../constructs/publishing/accepted-code';
import { assertOurs, codeOf, definition } from '../../../constructs/publishing/handler/job-definition';
import { productRelease } from '../../../constructs/publishing/handler/product-release';
import { type Outside } from '../../../constructs/publishing/handler/publisher';
import { readRelease } from '../../../constructs/publishing/handler/release';
import { RunTable } from '../../../constructs/run-log/run-table';
import { type ProductPlace } from '../../../constructs/domain/naming';
import { DataContract } from '../../../lib/plan/data-contract';
import { attributesIn } from '../../../constructs/domain/data-domain';
import { loadMesh } from '../../../lib/plan/mesh/mesh';
import { DataProductStack } from '../../../lib/stacks/data-product-stack';
import { folderWith, SMALLEST } from '../../plan/mesh-folder';
import { MemoryDynamoDb } from '../../support/memory-dynamodb';
import { customResource } from '../../../constructs/handlers/custom-resource';
import { CloudFormation } from '../../support/cloudformation';
import { faultAtEveryCall, strictMock } from '../../support/strict-mock';

const MESH = 'name: shoply\nplatform: {account: "111111111111", region: eu-west-1}\nenvironments: {prod: {production: true}}\ndomains: {sales: {account: "222222222222"}}\n';
const PLACE: ProductPlace = {
  mesh: 'shoply', environment: null, domain: 'sales', account: '222222222222', region: 'eu-west-1', platformAccount: '111111111111', platformRegion: 'eu-west-1', entity: 'orders', major: 1,
};
const CALL = { requestId: 'r', stackId: 'stack', logicalId: 'Release', remaining: () => 1000, signal: new AbortController().signal };

interface Job { readonly Role: string; readonly GlueVersion: string; readonly Command: object; readonly DefaultArguments: Record<string, string>; readonly Connections?: object }
type Properties = Record<string, unknown> & { Etl: Job; Quality: Job };

let properties: Properties;
let template: Template;

beforeAll(() => {
  const root = folderWith({ 'mesh.yaml': MESH, 'contracts/sales/orders.contract.yaml': SMALLEST.replace('status: draft', 'status: active') });
  const mesh = loadMesh(path.join(root, 'mesh.yaml'), 'mesh.yaml');
  if (!mesh.ok) throw new Error(JSON.stringify(mesh.problems));
  const stack = new DataProductStack(new App(), { contract: DataContract.fromFile(path.join(root, 'contracts/sales/orders.contract.yaml')), domain: attributesIn(mesh.mesh, 'sales') });
  template = Template.fromStack(stack);
  const [release] = Object.values(template.findResources('Custom::MeshRelease')) as { Properties: Properties }[];
  properties = resolved(release.Properties) as Properties;
});

/** What CloudFormation makes of references: roles and buckets have names that are known. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string]; 'Fn::Join'?: [string, unknown[]] };
  if (join !== undefined) return join[1].map(resolved).join(join[0]);
  if (attribute?.[1] === 'Arn') return `arn:aws:iam::222222222222:role/mesh/sales/orders-v1/mesh-sales-orders-v1-job`;
  if (Ref === 'AWS::Partition') return 'aws';
  if (Ref !== undefined) return (template.toJSON() as { Resources: Record<string, { Properties: { BucketName: string } }> }).Resources[Ref].Properties.BucketName;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one)]));
}

describe('what a stack releases', () => {
  test('are the jobs that the publisher takes for ours', () => {
    for (const [name, job] of [['etl', properties.Etl], ['quality', properties.Quality]] as const) {
      expect(() => assertOurs(definition(name, job as never), PLACE, properties.PlanUrl as string)).not.toThrow();
    }
  });

  test('are the files that the package\'s own foundation accepts', () => {
    const code = new JobCode(new Stack(new App(), 'stack', { env: { account: PLACE.account, region: PLACE.region } }), 'Code', PLACE);
    expect(codeOf(definition('etl', properties.Etl as never))).toEqual([code.script.url, code.wheel.url]);
    const packed = fs.readdirSync(path.resolve(__dirname, '../../../dist/jobs'));
    expect(packed).toEqual(expect.arrayContaining([expect.stringMatching(/\.whl$/), 'duckdb.txt', 'glue.py']));
    expect(ownCode()).toHaveLength(packed.length);
  });

  test('are described as Glue will describe them', () => {
    const jobs = Object.values(template.findResources('AWS::Glue::Job')) as { Properties: Job & { Name: string } }[];
    const etl = jobs.find(({ Properties: { Name } }) => Name === 'mesh-sales-orders-v1-etl')!.Properties;
    const { Role, GlueVersion, Command, DefaultArguments, Connections } = resolved(etl) as Job;
    expect(definition('etl', properties.Etl as never)).toEqual(definition('etl', { Role, GlueVersion, Command, DefaultArguments, Connections }));
  });
});

describe('a release', () => {
  const dynamoMock = strictMock(DynamoDBClient, 'dynamodb');
  const s3Mock = strictMock(S3Client, 's3');
  let table: RunTable;
  let objects: Map<string, Buffer>;
  let asked: Properties;
  const code = Buffer.from('code');

  beforeEach(() => {
    const dynamo = new MemoryDynamoDb('mesh-sales-runs');
    dynamo.answer(dynamoMock.reset());
    table = new RunTable(new DynamoDBClient({ region: 'eu-west-1' }), 'mesh-sales-runs');
    objects = new Map();
    s3Mock.reset().on(GetObjectCommand).callsFake(({ Bucket, Key }: { Bucket: string; Key: string }) => {
      const body = objects.get(`s3://${Bucket}/${Key}`) ?? code;
      return { Body: Object.assign(new Uint8Array(body), { transformToByteArray: () => Promise.resolve(body) }) };
    });
    const plan = Buffer.from(JSON.stringify({
      planVersion: 3, generator: 'x', environment: null, product: { id: 'dp_sales_orders', domain: 'sales', entity: 'orders', major: 1 }, databases: { published: 'sales', internal: 'sales_internal' },
      digests: { contract: 'sha256:c' }, sla: { freshnessSeconds: null }, tables: [{ name: 'orders', published: true, database: 'sales', table: 'orders_v1' }],
    }));
    objects.set(properties.PlanUrl as string, plan);
    asked = { ...properties, PlanDigest: createHash('sha256').update(plan).digest('hex') };
  });

  const resource = (accepted = [createHash('sha256').update(code).digest('hex')]): ReturnType<typeof productRelease> =>
    productRelease({ s3: new S3Client({ region: 'eu-west-1' }), table, acceptedCode: accepted } as unknown as Outside, PLACE);
  const released = async (): Promise<string | undefined> => (await readRelease(table, PLACE))?.releasedBy;
  const changed = (more: Record<string, string>): Properties => ({ ...asked, Etl: { ...asked.Etl, DefaultArguments: { ...asked.Etl.DefaultArguments, ...more } } });

  test('is there after it was made, and the same after it was made twice or updated', async () => {
    const made = resource();
    const props = made.parse(asked);
    const first = await made.create(props, CALL);
    expect(await made.create(props, CALL)).toEqual(first);
    expect(await made.update(props, props, CALL)).toEqual(first);
    expect([made.physicalId(props), await released()]).toEqual(['release-dp_sales_orders#v1', 'stack|Release']);
  });

  test('goes with its resource, and stays when another has taken its place', async () => {
    const made = resource();
    const props = made.parse(asked);
    await made.create(props, CALL);
    await made.create(props, { ...CALL, logicalId: 'Release2' });
    await made.delete(props, CALL);
    expect(await released()).toBe('stack|Release2');
    await made.delete(props, { ...CALL, logicalId: 'Release2' });
    expect(await released()).toBeUndefined();
    await made.delete(props, CALL);
  });

  test('stays under a new logical id, and is what it was before when the deployment that brought it is rolled back', async () => {
    for (const level of ['log', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
    const cloudFormation = new CloudFormation(customResource(resource));
    const by = async (): Promise<string | undefined> => (await released())?.split('|')[1];
    const calls = await faultAtEveryCall(async (during) => {
      await cloudFormation.deploy({ Release: asked });
      const first = await readRelease(table, PLACE);
      await expect(during(() => cloudFormation.deploy({ Renamed: asked }, { otherFails: true }))).rejects.toThrow();
      // Of a deletion that failed, CloudFormation asks again.
      if ((await by()) === 'Renamed') await cloudFormation.again();
      expect(await readRelease(table, PLACE)).toEqual(first);
      await cloudFormation.destroy();
    });
    await cloudFormation.deploy({ Release: asked });
    await cloudFormation.deploy({ Renamed: asked });
    expect(await by()).toBe('Renamed');
    await cloudFormation.destroy();
    expect(await by()).toBeUndefined();
    expect(calls).toBeGreaterThanOrEqual(10);
  });

  test('is there, or is not, as its stack has it, whichever call of a deployment or of a deletion fails', async () => {
    for (const level of ['log', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
    const cloudFormation = new CloudFormation(customResource(resource));
    const stack = (): string => cloudFormation.events[0].StackId;
    const deployments = await faultAtEveryCall(async (during) => {
      await during(() => cloudFormation.deploy({ Release: asked })).catch(() => undefined);
      expect(await released()).toBe(cloudFormation.resources.Release === undefined ? undefined : `${stack()}|Release`);
      await cloudFormation.deploy({ Release: asked });
      expect(await released()).toBe(`${stack()}|Release`);
      await cloudFormation.destroy();
      cloudFormation.events.length = 0;
    });
    const deletions = await faultAtEveryCall(async (during) => {
      await cloudFormation.deploy({ Release: asked });
      await during(() => cloudFormation.destroy()).catch(() => undefined);
      await cloudFormation.destroy();
      expect(await released()).toBeUndefined();
      cloudFormation.events.length = 0;
    });
    expect(Math.min(deployments, deletions)).toBeGreaterThanOrEqual(4);
  });

  test.each<[string, Record<string, string>, string]>([
    ['brings a jar', { '--extra-jars': 's3://elsewhere/evil.jar' }, '--extra-jars is no argument of a job of ours'],
    ['reads connections of another domain', { '--mesh-connections': 'mesh-crm-connection-' }, '--mesh-connections is mesh-crm-connection-, expected mesh-sales-connection-'],
    ['masks with a key that its team knows', { '--mesh-masking-key-secret': 'mesh-sales-connection-ours' }, '--mesh-masking-key-secret is mesh-sales-connection-ours, expected mesh-sales-masking-key'],
    ['changes Spark', { '--conf': 'spark.x=y' }, '--conf is no argument of a job of ours'],
    ['installs from elsewhere', { '--python-modules-installer-option': '--index-url https://elsewhere' }, 'expected one of -r, --no-index'],
    ['reads another bucket', { '--mesh-curated-bucket': 'elsewhere' }, '--mesh-curated-bucket is elsewhere, expected'],
    ['reads another plan', { '--mesh-plan': 's3://elsewhere/plan.json' }, '--mesh-plan is s3://elsewhere/plan.json, expected'],
  ])('of a job that %s is refused', async (_, more, why) => {
    const made = resource();
    const refused = made.create(made.parse(changed(more)), CALL);
    await expect(refused).rejects.toThrow(why);
    await expect(refused).rejects.toThrow('deploy the product with the constructs of this library');
    expect(await released()).toBeUndefined();
  });

  test('of a job that masks with the key of the domain is made', async () => {
    const made = resource();
    await made.create(made.parse(changed({ '--mesh-masking-key-secret': 'mesh-sales-masking-key' })), CALL);
    expect(await released()).toBe('stack|Release');
  });

  test('of code that the foundation does not know is refused', async () => {
    const made = resource(['f'.repeat(64)]);
    await expect(made.create(made.parse(asked), CALL)).rejects.toThrow('is no code that the foundation accepts');
  });

  test('that says nothing of a job is refused', () => {
    expect(() => resource().parse({ ...asked, Quality: undefined })).toThrow('the release says nothing of the quality job');
  });
});

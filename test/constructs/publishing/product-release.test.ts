import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { JobCode } from '../../../constructs/jobs/job-code';
import { ownCode } from '../../../constructs/publishing/accepted-code';
import { acceptedCode } from '../../../constructs/publishing/handler/job-code';
import { assertOurs, codeOf, definition } from '../../../constructs/publishing/handler/job-definition';
import { productRelease } from '../../../constructs/publishing/handler/product-release';
import { type Outside } from '../../../constructs/publishing/handler/publisher';
import { recordedCode, recording } from '../../../constructs/publishing/handler/recorded-code';
import { readRelease, readReleases, recordCode } from '../../../constructs/publishing/handler/release';
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
const NOW = Date.parse('2030-01-01T06:00:00Z');
const sha256 = (of: Buffer): string => createHash('sha256').update(of).digest('hex');
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
  let dynamo: MemoryDynamoDb;
  let table: RunTable;
  let objects: Map<string, Buffer>;
  let asked: Properties;
  const code = Buffer.from('code');

  beforeEach(() => {
    dynamo = new MemoryDynamoDb('mesh-sales-runs');
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
    asked = { ...properties, PlanDigest: sha256(plan) };
  });

  /** The publisher of a foundation that accepts this code and refuses that, each with its reason. */
  const outside = (accepted: readonly Buffer[] = [code], refused: readonly [Buffer, string][] = []): Outside => ({
    s3: new S3Client({ region: 'eu-west-1' }), table, now: () => NOW,
    acceptedCode: accepted.map(sha256), refusedCode: new Map(refused.map(([file, why]) => [sha256(file), why])),
  } as unknown as Outside);
  const resource = (...given: Parameters<typeof outside>): ReturnType<typeof productRelease> => productRelease(outside(...given), PLACE);
  const released = async (): Promise<string | undefined> => (await readRelease(table, PLACE))?.releasedBy;
  const changed = (more: Record<string, string>): Properties => ({ ...asked, Etl: { ...asked.Etl, DefaultArguments: { ...asked.Etl.DefaultArguments, ...more } } });

  test('is there after it was made, and the same after it was made twice or updated', async () => {
    const made = resource();
    const props = made.parse(asked);
    const first = await made.create(props, CALL);
    expect(await made.create(props, CALL)).toEqual(first);
    expect(await made.update(props, props, CALL)).toEqual(first);
    expect([made.physicalId(props), await released()]).toEqual(['release-dp_sales_orders#v1', 'stack|Release']);
    await expect(made.update({ ...props, planUrl: 's3://assets/another.json' }, props, CALL)).rejects.toThrow('s3://assets/another.json is not the plan that was deployed');
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
      expect(dynamo.all()).toEqual([]);
      cloudFormation.events.length = 0;
    });
    expect(Math.min(deployments, deletions)).toBeGreaterThanOrEqual(4);
  });

  test.each<[string, Record<string, string>, string]>([
    ['brings a jar', { '--extra-jars': 's3://elsewhere/evil.jar' }, '--extra-jars is not an argument of our jobs'],
    ['reads connections of another domain', { '--mesh-connections': 'mesh-crm-connection-' }, '--mesh-connections is mesh-crm-connection-, expected mesh-sales-connection-'],
    ['masks with a key that its team knows', { '--mesh-masking-key-secret': 'mesh-sales-connection-ours' }, '--mesh-masking-key-secret is mesh-sales-connection-ours, expected mesh-sales-masking-key'],
    ['changes Spark', { '--conf': 'spark.x=y' }, '--conf is not an argument of our jobs'],
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

  test('of code that the foundation does not know is refused, and nothing of it is recorded', async () => {
    const made = resource([Buffer.from('other code')]);
    const refused = made.create(made.parse(asked), CALL);
    await expect(refused).rejects.toThrow(`is not code that the foundation accepts, or has accepted for an earlier release of the product (SHA-256 ${sha256(code)})`);
    await expect(refused).rejects.toThrow('deploy foundation and product with the same version of the library; what should run all the same, the platform team names in `acceptedCode`');
    expect(dynamo.all()).toEqual([]);
  });

  test.each([[2, 'deploy the product with the version of the library that its foundation has'], [4, 'ask the platform team to deploy the foundation with the version of the library that the product has']])(
    'of a plan of version %i is refused, with who has to deploy', async (version, remedy) => {
      const plan = Buffer.from(JSON.stringify({ planVersion: version }));
      objects.set(asked.PlanUrl as string, plan);
      const made = resource();
      await expect(made.create(made.parse({ ...asked, PlanDigest: sha256(plan) }), CALL)).rejects.toThrow(`reads plans of version 3, this one has ${version} → ${remedy}`);
    });

  test('that says nothing of a job is refused', () => {
    expect(() => resource().parse({ ...asked, Quality: undefined })).toThrow('the release says nothing of the quality job');
  });

  describe('whose code was accepted once', () => {
    const [older, newer] = [Buffer.from('code of the release before'), Buffer.from('code of this release')];
    /** What a product's stack releases that is of this version of the library: its files have names of their own, which are their content. `change` makes it another release. */
    const version = (file: Buffer, change = 'none'): Properties => {
      const url = (ending: string): string => `s3://assets/${sha256(file)}.${ending}`;
      for (const ending of ['py', 'whl']) objects.set(url(ending), file);
      const job = (of: Job): Job => ({ ...of, Command: { ...of.Command, ScriptLocation: url('py') }, DefaultArguments: { ...of.DefaultArguments, '--extra-py-files': url('whl'), '--TempDir': change } });
      return { ...asked, Etl: job(asked.Etl), Quality: job(asked.Quality) };
    };
    const recorded = (): string[] => dynamo.all().map(({ sk }) => sk.S!).filter((sk) => sk.startsWith('code#'));
    let foundation: ReturnType<typeof productRelease>;
    let stack: CloudFormation;

    beforeEach(() => {
      for (const level of ['log', 'error'] as const) jest.spyOn(console, level).mockImplementation(() => undefined);
      foundation = resource([older]);
      stack = new CloudFormation((event, context) => customResource(() => foundation)(event, context));
    });

    test('is recorded beside the release, with where it was and since when, where no job may write', async () => {
      await stack.deploy({ Release: version(older) });
      expect(dynamo.all().map(({ pk }) => pk.S)).toEqual(['releases', 'releases']);
      expect(recorded()).toEqual([`code#dp_sales_orders#v1#${sha256(older)}`]);
      expect(dynamo.get('releases', recorded()[0])).toMatchObject({ url: { S: `s3://assets/${sha256(older)}.whl` }, since: { S: '2030-01-01T06:00:00.000000+00:00' } });
    });

    test('keeps the moment that it was accepted first', async () => {
      await stack.deploy({ Release: version(older) });
      const [first] = recorded().map((sk) => dynamo.get('releases', sk));
      foundation = productRelease({ ...outside([older]), now: () => NOW + 1 }, PLACE);
      await stack.deploy({ Release: version(older, 'one') });
      expect(recorded().map((sk) => dynamo.get('releases', sk))).toEqual([first]);
    });

    test('is released again by a foundation that was upgraded, whichever call of its deployment fails', async () => {
      const faults = await faultAtEveryCall(async (during) => {
        foundation = resource([older]);
        await stack.deploy({ Release: version(older) });
        foundation = resource([newer]);
        await during(() => stack.deploy({ Release: version(older, 'one') })).catch(() => undefined);
        await stack.deploy({ Release: version(older, 'another') });
        expect((await readRelease(table, PLACE))?.jobs.etl.arguments['--TempDir']).toBe('another');
        await stack.destroy();
      });
      expect(faults).toBeGreaterThanOrEqual(10);
    });

    test('is what a deployment goes back to that failed after the foundation was upgraded, in whichever order and whichever call of it fails', async () => {
      foundation = resource([older]);
      await stack.deploy({ Release: version(older) });
      const before = await readRelease(table, PLACE);
      foundation = resource([newer]);
      for (const to of ['Release', 'Renamed']) {
        await faultAtEveryCall(async (during) => {
          await expect(during(() => stack.deploy({ [to]: version(newer) }, { otherFails: true }))).rejects.toThrow();
          // Of what failed on the way back, CloudFormation is told to go on.
          if ((await readRelease(table, PLACE))?.jobs.etl.script !== before?.jobs.etl.script) await stack.again();
          expect(await readRelease(table, PLACE)).toEqual(before);
        });
      }
      expect(recorded()).toEqual([older, newer].map((file) => `code#dp_sales_orders#v1#${sha256(file)}`).sort());
    });

    test('stays accepted when the platform does not name it any more, and so does what a foundation that went back had accepted', async () => {
      const own = Buffer.from('a zip of wheels');
      foundation = resource([newer, own]);
      await stack.deploy({ Release: version(own) });
      foundation = resource([newer]);
      await stack.deploy({ Release: version(newer) });
      foundation = resource([older]);
      await stack.deploy({ Release: version(own, 'one') });
      await stack.deploy({ Release: version(newer, 'one') });
      expect(await released()).toBe(`${stack.events[0].StackId}|Release`);
    });

    test('is accepted for this product and this major version, and for no other', async () => {
      await stack.deploy({ Release: version(older) });
      const urls = [`s3://assets/${sha256(older)}.py`];
      await expect(acceptedCode(outside([newer]), PLACE, urls)).resolves.toEqual([]);
      for (const other of [{ entity: 'orders_eu' }, { major: 10 }, { major: 2 }, { environment: 'dev' }]) {
        await expect(acceptedCode(outside([newer]), { ...PLACE, ...other }, urls)).rejects.toThrow('is not code that the foundation accepts');
      }
      await stack.destroy();
      await table.transact(recording({ ...PLACE, major: 10 }, [{ url: urls[0], digest: sha256(older) }], NOW));
      await expect(acceptedCode(outside([newer]), PLACE, urls)).rejects.toThrow('is not code that the foundation accepts');
    });

    test('is accepted by its content: what lies under its name now is not', async () => {
      await stack.deploy({ Release: version(older) });
      const same = version(older, 'one');
      objects.set(`s3://assets/${sha256(older)}.whl`, Buffer.from('evil'));
      foundation = resource([newer]);
      await expect(stack.deploy({ Release: same })).rejects.toThrow(`(SHA-256 ${sha256(Buffer.from('evil'))})`);
    });

    test('is forgotten with the last release of the product, and with a first deployment that failed', async () => {
      await expect(stack.deploy({ Release: version(older) }, { otherFails: true })).rejects.toThrow();
      expect(dynamo.all()).toEqual([]);
      await stack.deploy({ Release: version(older) });
      await stack.deploy({ Renamed: version(older) });
      expect(recorded()).toHaveLength(1);
      const other = { ...PLACE, entity: 'returns' };
      await table.transact(recording(other, [{ url: 's3://assets/x', digest: sha256(older) }], NOW));
      // As a product that is retired.
      await stack.deploy({});
      expect(recorded()).toEqual([`code#dp_sales_returns#v1#${sha256(older)}`]);
      foundation = resource([newer]);
      await expect(stack.deploy({ Release: version(older) })).rejects.toThrow('is not code that the foundation accepts');
    });

    test('of no release that stands is not recorded', async () => {
      const file = { url: 's3://assets/x', digest: sha256(older) };
      expect([await recordCode(table, PLACE, [file], NOW), dynamo.all()]).toEqual([false, []]);
      await stack.deploy({ Release: version(older) });
      expect(await recordCode(table, PLACE, [{ ...file, digest: sha256(newer) }], NOW)).toBe(true);
      expect([...await recordedCode(table, PLACE)].sort()).toEqual([older, newer].map(sha256).sort());
    });

    test('is no release of a domain to who lists them', async () => {
      await stack.deploy({ Release: version(older) });
      const found: string[] = [];
      for await (const { product } of readReleases(table)) found.push(product);
      expect(found).toEqual(['dp_sales_orders']);
    });

    test.each<[string, () => Outside]>([
      ['what the foundation brings', () => outside([older], [[older, 'it writes e-mail addresses into its log']])],
      ['what was recorded', () => outside([newer], [[older, 'it writes e-mail addresses into its log']])],
    ])('and is refused since is refused, with the reason and what to do: that wins over %s', async (_, refusing) => {
      await stack.deploy({ Release: version(older) });
      const before = dynamo.all();
      foundation = productRelease(refusing(), PLACE);
      await expect(foundation.update(foundation.parse(version(older, 'one')), undefined, CALL)).rejects.toThrow(
        `s3://assets/${sha256(older)}.py is code that the platform refuses: it writes e-mail addresses into its log (SHA-256 ${sha256(older)}) → deploy the product with the version of the library that its foundation has, then start a new run`);
      expect(dynamo.all()).toEqual(before);
    });

    test.each<[string, () => Outside]>([
      ['it is refused since', () => outside([newer], [[older, 'it reads what it should not']])],
      ['it was released before code was recorded', () => {
        dynamo.load(dynamo.all().filter(({ sk }) => !sk.S!.startsWith('code#')));
        return outside([newer]);
      }],
    ])('is what stands after a release failed, though %s: nothing is accepted by that', async (_, judging) => {
      await stack.deploy({ Release: version(older) });
      foundation = productRelease(judging(), PLACE);
      const before = dynamo.all();
      await expect(stack.deploy({ Release: version(older, 'one') })).rejects.toThrow(/^s3:\/\/assets\/[0-9a-f]{64}\.py is /);
      expect([dynamo.all(), stack.events.slice(-2).map(({ RequestType }) => RequestType), stack.answers.slice(-2).map(({ Status }) => Status)]).toEqual([before, ['Update', 'Update'], ['FAILED', 'SUCCESS']]);
      await stack.deploy({ Release: version(newer) });
      expect((await readRelease(table, PLACE))?.jobs.etl.script).toBe(`s3://assets/${sha256(newer)}.py`);
    });

    test('and is refused since is no way back: the deployment that failed says why', async () => {
      await stack.deploy({ Release: version(older) });
      foundation = resource([newer], [[older, 'it reads what it should not']]);
      await expect(stack.deploy({ Release: version(newer) }, { otherFails: true })).rejects.toThrow(/^UPDATE_ROLLBACK_FAILED: .* refuses: it reads what it should not/);
    });

    test('is refused where a single file of many is, and in either job', async () => {
      const mixed = version(newer);
      const last = { ...mixed, Quality: { ...mixed.Quality, DefaultArguments: { ...mixed.Quality.DefaultArguments, '--additional-python-modules': 's3://assets/duckdb.txt' } } };
      objects.set('s3://assets/duckdb.txt', older);
      foundation = resource([newer, older], [[older, 'a package of it was taken over']]);
      await expect(stack.deploy({ Release: last })).rejects.toThrow('s3://assets/duckdb.txt is code that the platform refuses: a package of it was taken over');
      expect(dynamo.all()).toEqual([]);
    });
  });
});

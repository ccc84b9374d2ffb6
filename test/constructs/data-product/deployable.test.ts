import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Aws, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DataProduct, type DataProductProps } from '../../../constructs/data-product/data-product';
import { DataDomain, type IDataDomain } from '../../../constructs/domain/data-domain';
import { DomainFoundation } from '../../../constructs/domain/domain-foundation';
import { NetworkSource } from '../../../constructs/domain/network-source';
import { DataContract } from '../../../lib/plan/data-contract';
import { DataProductSynthesizer } from '../../../lib/stacks/data-product-synthesizer';
import { MeshStacks } from '../../../lib/stacks/mesh-stacks';
import { FIXTURE } from '../../stacks/mesh-app';

const contracts = path.join(FIXTURE, 'contracts');
const ORDERS = path.join(contracts, 'sales', 'orders.v2.contract.yaml');
const ENV = { account: '222222222222', region: 'eu-west-1' };
let outdir: string;

beforeAll(() => { outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'cdk-data-mesh-deployable-')); });
afterAll(() => fs.rmSync(outdir, { recursive: true, force: true }));

type Options = { environment?: string; domain?: string; env?: { account: string; region: string } } & Partial<Omit<DataProductProps, 'domain'>>;

/** Makes a product of sales in production, unless told otherwise. */
function make(file = ORDERS, { environment, domain = 'sales', env = ENV, ...props }: Options = {}): DataProduct {
  const stack = new Stack(new App({ outdir, treeMetadata: false }), 'Stack', { env });
  return new DataProduct(stack, 'Product', {
    contract: DataContract.fromFile(file, { environment }),
    domain: DataDomain.fromMesh(stack, 'Domain', { mesh: path.join(FIXTURE, 'mesh.yaml'), domain, environment }),
    ...props,
  });
}

/** A copy of a contract with something else in it, in a mesh of its own. */
function changed(from: string, by: (text: string) => string): string {
  const root = fs.mkdtempSync(path.join(outdir, 'mesh-'));
  fs.copyFileSync(path.join(FIXTURE, 'mesh.yaml'), path.join(root, 'mesh.yaml'));
  const file = path.join(root, 'contracts', path.relative(contracts, from));
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, by(fs.readFileSync(from, 'utf8')));
  return file;
}

test('what is worth a look in the contract is a warning of its own id, so that one is acknowledged and not all', () => {
  const odd = changed(ORDERS, (text) => text.replace('primaryKey: true, ', ''));
  const product = make(odd);
  const warned = Annotations.fromStack(Stack.of(product)).findWarning('*', Match.anyValue()).map(({ entry }) => entry.data as string);
  expect(warned).toContainEqual(expect.stringMatching(/orders\.v2\.contract\.yaml:\d+:\d+: warning: .*\[ack: cdk-data-mesh:lint\/[a-z-]+\]$/));
});

describe('a product is refused before anything of it is made', () => {
  test('when it is only proposed', () => {
    const proposed = changed(ORDERS, (text) => text.replace('status: active', 'status: proposed'));
    expect(() => make(proposed)).toThrow('dp_sales_orders must be draft or later to be deployed, got proposed at contracts/sales/orders.v2.contract.yaml:6; agree on the contract, then write `status: draft`');
  });

  test('when it is a draft, in production', () => {
    expect(() => make(path.join(contracts, 'sales', 'returns.contract.yaml')))
      .toThrow('dp_sales_returns must be active to be deployed in production, got draft at contracts/sales/returns.contract.yaml:5; deploy it in another environment, or write `status: active`');
  });

  test('when the domain is another one', () => {
    expect(() => make(ORDERS, { domain: 'crm' })).toThrow('`domain` must be sales, the domain of dp_sales_orders, got crm; deploy it with the domain that owns it');
  });

  test('when the contract was read for another environment than the domain', () => {
    expect(() => make(ORDERS, { environment: 'dev', contract: DataContract.fromFile(ORDERS) }))
      .toThrow('`contract` must be read for dev, where the domain is, got one for production; pass `environment: \'dev\'` to DataContract.fromFile');
  });

  test('when its stack is in another account or region than its domain', () => {
    expect(() => make(ORDERS, { env: { account: '999999999999', region: 'eu-west-1' } })).toThrow('the stack of a product must be in its domain\'s account 222222222222 (sales), got 999999999999; set the stack\'s `env`');
    expect(() => make(ORDERS, { env: { account: ENV.account, region: 'eu-north-1' } })).toThrow('the stack of a product must be in its domain\'s region eu-west-1 (sales), got eu-north-1');
  });

  test('when its data is to be deleted and that is said once', () => {
    expect(() => make(ORDERS, { deleteData: true })).toThrow('`deleteData` must come with `confirmDeletion: \'dp_sales_orders\'`, got none; all data of the product will be lost');
    expect(() => make(ORDERS, { deleteData: true, confirmDeletion: 'dp_sales_returns' })).toThrow('got \'dp_sales_returns\'');
    expect(() => make(ORDERS, { confirmDeletion: 'dp_sales_orders' })).toThrow('`confirmDeletion` must come with `deleteData: true`, got it alone; leave it out to keep the data');
  });

  test('when a name is longer than AWS takes', () => {
    // The lint of a mesh says it earlier; a domain may come from elsewhere.
    const stack = new Stack(new App({ outdir, treeMetadata: false }), 'Stack', { env: ENV });
    const domain = DataDomain.fromDataDomainAttributes(stack, 'Domain', { ...ENV, domainName: 'sales', meshName: 'a-shop-for-all-of-it', platformAccount: '111111111111' });
    expect(() => new DataProduct(stack, 'Product', { contract: DataContract.fromFile(ORDERS), domain }))
      .toThrow('the name of a bucket must have at most 63 characters, got 67: a-shop-for-all-of-it-222222222222-eu-west-1-sales-orders-v2-curated; shorten');
  });
});

describe('what an app makes of a domain', () => {
  const domain = (stack: Stack): IDataDomain => DataDomain.fromMesh(stack, 'Domain', { mesh: path.join(FIXTURE, 'mesh.yaml'), domain: 'sales' });
  const foundation = (app: App, id = 'foundation'): Stack => {
    const stack = new Stack(app, id, { env: ENV });
    new DomainFoundation(stack, 'Foundation', { domain: domain(stack) });
    return stack;
  };
  const product = (app: App, id = 'product'): Stack => {
    const stack = new Stack(app, id, { env: ENV });
    new DataProduct(stack, 'Product', { contract: DataContract.fromFile(ORDERS), domain: domain(stack) });
    return stack;
  };
  const empty = (): App => new App({ outdir, treeMetadata: false });

  test('is deployed foundation first, whichever is made first', () => {
    const [app, other] = [empty(), empty()];
    const [before, after] = [foundation(app), product(app)];
    expect(after.dependencies).toEqual([before]);
    const [first, then] = [product(other), foundation(other)];
    expect([first.dependencies, then.dependencies]).toEqual([[then], []]);
  });

  test('is there once, in whichever stack, as all names follow from it', () => {
    const app = empty();
    product(app);
    foundation(app);
    expect(() => product(app, 'again')).toThrow('`contract` must be of a product that nothing else in the app makes, got \'mesh-sales-orders-v2\'; product/Product makes it: remove one of the two');
    expect(() => foundation(app, 'more')).toThrow('`domain` must be one whose foundation nothing else in the app makes, got \'sales\'; foundation/Foundation makes it: remove one of the two');
  });
});

describe('the stack of a product in an app of one\'s own', () => {
  const SALES = { mesh: path.join(FIXTURE, 'mesh.yaml'), domain: 'sales', environment: 'dev' };
  const named = (id: string): Stack => new Stack(new App({ outdir, treeMetadata: false }), id, { env: ENV, synthesizer: DataProductSynthesizer.fromMesh(SALES) });

  test('is deployed with the roles that its domain\'s foundation has for products, as in an app of the whole mesh', () => {
    const { synthesizer } = named('dev-sales-orders-v2') as Stack & { synthesizer: DataProductSynthesizer };
    expect([synthesizer.deployRoleArn, synthesizer.cloudFormationExecutionRoleArn]).toEqual(['deploy', 'exec'].map((role) => `arn:aws:iam::222222222222:role/mesh-platform/dev/sales/mesh-dev-sales-product-${role}`));
  });

  test('says of its runs and measures as other constructs do, to stacks that import nothing from it', () => {
    const app = new App({ outdir, treeMetadata: false });
    const stack = new Stack(app, 'dev-sales-orders-v2', { env: ENV, synthesizer: DataProductSynthesizer.fromMesh(SALES) });
    const product = new DataProduct(stack, 'Product', { contract: DataContract.fromFile(ORDERS, { environment: 'dev' }), domain: DataDomain.fromMesh(stack, 'Domain', SALES) });
    const watching = new Stack(app, 'watching', { env: ENV });
    const target = new targets.SqsQueue(new sqs.Queue(watching, 'Queue'));
    product.onRunFailed('Failed', { target, crossStackScope: watching });
    product.onRunSucceeded('Succeeded', { target, crossStackScope: watching });
    product.metricScore({ period: Duration.minutes(5) }).createAlarm(watching, 'Perfect', { threshold: 100, evaluationPeriods: 1 });
    const template = Template.fromStack(watching);
    const ends = Object.values(template.findResources('AWS::Events::Rule')).map(({ Properties }) => (Properties as { EventPattern: { detail: object } }).EventPattern.detail);
    const stateMachineArn = ['arn:aws:states:eu-west-1:222222222222:stateMachine:mesh-dev-sales-orders-v2'];
    expect(ends).toEqual([{ stateMachineArn, status: ['FAILED', 'TIMED_OUT', 'ABORTED'] }, { stateMachineArn, status: ['SUCCEEDED'] }]);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { Namespace: 'Mesh', MetricName: 'Score', Period: 300, Threshold: 100 });
    expect([JSON.stringify(template.toJSON()).includes('ImportValue'), watching.dependencies]).toEqual([false, []]);
    expect(() => product.onRunFailed('Here', { target })).toThrow('`crossStackScope` must be a scope in another stack, got none; the role that this stack is deployed with makes no rules: pass the stack of the target');
  });

  test.each(['orders', 'dev-sales-foundation', 'sales-orders-v2', 'dev-sales-v2', 'dev-sales-orders-v2-grants'])('is not called %s, as the role deploys no such stack', (id) => {
    expect(() => named(id)).toThrow(`the stack of a product of sales must be called dev-sales-<entity>-v<major>, got ${id}; its deployment role deploys no other`);
  });
});

describe('what compilers refuse, and JavaScript and the CDK\'s context let through, is refused with what it must be and what to do', () => {
  const ATTRIBUTES = { ...ENV, domainName: 'sales', meshName: 'shop', platformAccount: '111111111111' };
  const stack = (env = ENV): Stack => new Stack(new App({ outdir, treeMetadata: false }), 'Stack', { env });
  const domain = (more: object = {}): IDataDomain => DataDomain.fromDataDomainAttributes(stack(), 'Domain', { ...ATTRIBUTES, ...more });
  const named = (more: object): IDataDomain => DataDomain.fromMesh(stack(), 'Domain', { mesh: path.join(FIXTURE, 'mesh.yaml'), domain: 'sales', ...more });
  const product = (more: object): unknown => make(ORDERS, more);
  const read = (...given: unknown[]): unknown => DataContract.fromFile(...given as Parameters<typeof DataContract.fromFile>);
  const foundation = (more: object, env = ENV): unknown => new DomainFoundation(stack(env), 'Foundation', { domain: domain(), ...more });
  const stacks = (more: object, app: unknown = new App({ outdir, treeMetadata: false })): unknown => new MeshStacks(app as App, { root: FIXTURE, ...more });

  test.each<[string, () => unknown, string]>([
    ['a path for a contract', () => product({ contract: ORDERS }), '`contract` must be a DataContract, got \''],
    ['no props', () => new DataProduct(stack(), 'Product', undefined as never), '`props` must be an object, got none; write { contract, domain, deleteData, confirmDeletion, wheels }, as needed'],
    ['a misspelt flag', () => product({ deletData: true }), 'a prop must be one of contract, domain, deleteData, confirmDeletion, wheels, got deletData; did you mean deleteData?'],
    ['a prop that a product does not have', () => product({ schedule: 'cron(0 5 * * ? *)' }), 'got schedule; leave it out: nothing reads it'],
    ['a misspelt file', () => read(ORDERS, { signOff: 'none.yaml' }), 'a prop must be one of pipeline, signoff, environment, got signOff; did you mean signoff?'],
    ['an environment by another name', () => named({ env: 'dev' }), 'a prop must be one of domain, mesh, environment, got env; leave it out: nothing reads it'],
    ['a misspelt region', () => domain({ platformregion: 'eu-west-1' }), 'got platformregion; did you mean platformRegion?'],
    ['misspelt code', () => foundation({ acceptedcodes: [] }), 'got acceptedcodes; did you mean acceptedCode?'],
    ['a misspelt gateway', () => NetworkSource.cidr('10.0.0.0/16', { natGateway: 1 } as never), 'a prop must be one of natGateways, got natGateway; did you mean natGateways?'],
    ['a misspelt list', () => stacks({ product: ['sales-orders-v1'] }), 'a prop must be one of root, products, deleteDataOf, got product; did you mean products?'],
    ['no contract', () => product({ contract: undefined }), '`contract` must be a DataContract, got none; read it with DataContract.fromFile'],
    ['a name for a domain', () => new DataProduct(stack(), 'Product', { contract: DataContract.fromFile(ORDERS), domain: 'sales' as never }), '`domain` must be an IDataDomain, got \'sales\'; make it with'],
    ['a text for a flag, as `-c` gives it', () => product({ deleteData: 'false', confirmDeletion: 'dp_sales_orders' }), '`deleteData` must be true or false, got \'false\'; values of the CDK\'s context are text'],
    ['an address for wheels', () => product({ wheels: 's3://wheels/all.gluewheels.zip' }), '`wheels` must be a zip in S3 whose key ends in .gluewheels.zip, got none; write { bucketName, objectKey }'],
    ['a zip that Glue takes for something else', () => product({ wheels: { bucketName: 'wheels', objectKey: 'all.zip' } }), '`wheels` must be a zip in S3 whose key ends in .gluewheels.zip, got \'all.zip\''],
    ['no file', () => read(), '`file` must be the path of a contract, got none; write the path of a file'],
    ['an empty name of a file', () => read(''), '`file` must be the path of a contract, got \'\''],
    ['a number for a pipeline', () => read(ORDERS, { pipeline: 4 }), '`pipeline` must be the path of a file, got the number 4; leave it out'],
    ['sign-offs that are not there', () => read(ORDERS, { signoff: 'none.yaml' }), '`signoff` must be the path of a file that is there, got \'none.yaml\'; leave it out'],
    ['an environment that mesh.yaml does not have', () => read(ORDERS, { environment: 'dve' }), '`environment` must be an environment of mesh.yaml (prod, dev), got \'dve\'; leave it out for production'],
    ['a domain that mesh.yaml does not have', () => named({ domain: '' }), 'mesh.yaml, got \'\'; it has sales, crm'],
    ['an environment that it does not have', () => named({ environment: 'dve' }), 'mesh.yaml, got \'dve\'; it has prod, dev'],
    ['a mesh that is no path', () => named({ mesh: 7 }), '`mesh` must be the path of a mesh.yaml, got the number 7; leave it out'],
    ['a number for an account', () => domain({ account: 222222222222 }), '`account` must be an account, twelve digits as text, got the number 222222222222; write it as mesh.yaml does'],
    ['an account that only the deployment knows', () => domain({ account: Aws.ACCOUNT_ID }), 'and not as a token: names are made of it'],
    ['a region by its name', () => domain({ region: 'Frankfurt' }), '`region` must be a region, got \'Frankfurt\'; write it as mesh.yaml does, such as \'eu-central-1\''],
    ['no account of the platform', () => domain({ platformAccount: undefined }), '`platformAccount` must be an account, twelve digits as text, got none'],
    ['an empty domain', () => domain({ domainName: '' }), '`domainName` must be the name of a domain'],
    ['a name of a mesh that no bucket could have', () => domain({ meshName: 'my shop' }), '`meshName` must be the name of a mesh'],
    ['an empty environment', () => domain({ environment: '' }), '`environment` must be at most ten lower-case letters and digits, got \'\''],
    ['an owner without a name', () => domain({ owner: '' }), '`owner` must be a text, got \'\'; leave it out if it is not known'],
    ['a foundation in another account', () => foundation({}, { account: '999999999999', region: ENV.region }), 'the stack of a foundation must be in its domain\'s account 222222222222 (sales), got 999999999999; set the stack\'s `env`'],
    ['a foundation of nothing', () => foundation({ domain: {} }), '`domain` must be an IDataDomain, got an object; make it with'],
    ['a foundation that nobody deploys', () => foundation({ deployers: [] }), '`deployers` must be ARNs of roles, got an empty list; leave it out'],
    ['one ARN for a list of them', () => foundation({ deployers: 'arn:aws:iam::222222222222:role/platform' }), '`deployers` must be ARNs of roles, got \'arn:aws'],
    ['code by its name', () => foundation({ acceptedCode: ['glue.py'] }), '`acceptedCode` must be SHA-256 digests in 64 lower-case hex digits, got [\'glue.py\']; sha256sum prints them'],
    ['refused code without a reason', () => foundation({ refusedCode: ['ab'.repeat(32)] }), '`refusedCode` must be an object of reasons by SHA-256, got [\'abab'],
    ['refused code by its name', () => foundation({ refusedCode: { 'glue.py': 'it is old' } }), '`refusedCode` must be by SHA-256 digests in 64 lower-case hex digits, got \'glue.py\'; sha256sum prints them'],
    ['a reason that says nothing', () => foundation({ refusedCode: { ['ab'.repeat(32)]: '' } }), `\`refusedCode\` must be a reason of ${'ab'.repeat(32)} in one line of at most 200 characters, got ''; say what is wrong with the file: whoever is refused is told`],
    ['a reason in two lines', () => foundation({ refusedCode: { ['ab'.repeat(32)]: 'a\nb' } }), 'in one line of at most 200 characters, got \'a\nb\''],
    ['the id of a network', () => foundation({ network: 'vpc-0a1b2c3d' }), '`network` must be a NetworkSource, got \'vpc-0a1b2c3d\'; make it with'],
    ['no block of a network', () => NetworkSource.cidr(undefined as never), 'the block of a network must have 16 to 24 bits, got undefined; write it as 10.0.0.0/16'],
    ['a stack for an app', () => stacks({}, stack()), '`app` must be an App, got an object; make one with new App()'],
    ['a file for a folder', () => stacks({ root: path.join(FIXTURE, 'mesh.yaml') }), '`root` must be the folder of mesh.yaml, got \''],
    ['one name for a list of them', () => stacks({ products: 'sales-orders-v1' }), '`products` must be a list of names of stacks, got \'sales-orders-v1\'; leave it out for the whole mesh'],
    ['an empty list', () => stacks({ products: [] }), '`products` must be a list of names of stacks, got an empty list'],
    ['a deletion of all that has an id', () => stacks({ deleteDataOf: 'dp_sales_orders' }), '`deleteDataOf` must be given together with the stack that it is about, got \'dp_sales_orders\'; name that one stack in `products`'],
    ['a deletion of two versions at once', () => stacks({ products: ['sales-orders-v1', 'sales-orders-v2'], deleteDataOf: 'dp_sales_orders' }), '`deleteDataOf` must be the id of the product of the one stack in `products` (dp_sales_orders, dp_sales_orders), got'],
  ])('%s', (_what, given, told) => {
    expect(given).toThrow(told);
  });
});

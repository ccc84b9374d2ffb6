import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { DataProduct, type DataProductProps } from '../../../constructs/data-product/data-product';
import { DataDomain } from '../../../constructs/domain/data-domain';
import { DataContract } from '../../../lib/plan/data-contract';
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
    const domain = DataDomain.fromAttributes(stack, 'Domain', { ...ENV, domainName: 'sales', meshName: 'a-shop-for-all-of-it', platformAccount: '111111111111' });
    expect(() => new DataProduct(stack, 'Product', { contract: DataContract.fromFile(ORDERS), domain }))
      .toThrow('the name of a bucket must have at most 63 characters, got 67: a-shop-for-all-of-it-222222222222-eu-west-1-sales-orders-v2-curated; shorten');
  });
});

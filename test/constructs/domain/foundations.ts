import * as path from 'node:path';
import { type App } from 'aws-cdk-lib';
import { loadMesh, type Mesh } from '../../../lib/plan/mesh/mesh';
import { DomainFoundationStack } from '../../../lib/stacks/domain-foundation-stack';
import { folderWith, SMALLEST } from '../../plan/mesh-folder';

/** Two domains, each in two environments; one has a network. */
export const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1}
environments: {prod: {production: true}, dev: {}}
domains:
  sales: {account: {prod: "222222222222", dev: "222222222223"}, owner: sales-data@shoply.com, costCentre: CC-1001}
  web_shop: {owner: web-shop-data@shoply.com, costCentre: CC-1002, account: {prod: "333333333333", dev: "333333333334"}, region: eu-central-1, network: {cidr: 10.20.0.0/20}}
`;

/** Reads the other product, and runs by itself. */
const PIPELINE = `sources:
  sold: {product: dp_sales_orders, maxAge: 24h}
tables:
  sold_raw: {layer: bronze, from: [sold]}
  payments: {layer: gold, from: [sold_raw]}
schedule: {full: cron(0 5 * * ? *), delta: rate(1 hour)}
`;

/** The folder of a mesh with two products of one domain. */
export function meshFolder(): { readonly root: string; readonly mesh: Mesh } {
  const contract = SMALLEST.replace('status: draft', 'status: active');
  const root = folderWith({
    'mesh.yaml': MESH,
    'contracts/sales/orders.contract.yaml': contract,
    'contracts/sales/payments.contract.yaml': contract.replace('dp_sales_orders', 'dp_sales_payments').replace('name: orders\n', 'name: payments\n'),
    'contracts/sales/payments.pipeline.yaml': PIPELINE,
  });
  const loaded = loadMesh(path.join(root, 'mesh.yaml'), 'mesh.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return { root, mesh: loaded.mesh };
}

/** The foundations of both domains in production. */
export function foundations(app: App, mesh: Mesh): { readonly sales: DomainFoundationStack; readonly webShop: DomainFoundationStack } {
  return { sales: new DomainFoundationStack(app, { mesh, domain: 'sales' }), webShop: new DomainFoundationStack(app, { mesh, domain: 'web_shop' }) };
}

import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { attributesIn } from '../../../constructs/domain/data-domain';
import { DataContract } from '../../../lib/plan/data-contract';
import { loadMesh, type Mesh } from '../../../lib/plan/mesh';
import { DataProductStack } from '../../../lib/stacks/data-product-stack';
import { DomainFoundationStack } from '../../../lib/stacks/domain-foundation-stack';
import { folderWith, SMALLEST } from '../../plan/mesh-folder';
import { type Deployed, Deployment } from '../../support/iam/deployment';

/** Two domains; one has an environment beside production, and a network. */
const MESH = `name: shoply
platform: {account: "111111111111", region: eu-west-1}
environments: {prod: {production: true}, dev: {}}
domains:
  sales: {account: {prod: "222222222222", dev: "222222222223"}, owner: sales-data@shoply.com, costCentre: CC-1001}
  web_shop: {account: {prod: "333333333333", dev: "333333333334"}, region: eu-central-1, network: {cidr: 10.20.0.0/20}}
`;

/** The foundations of both domains and two products of one, synthesised. */
export interface DeployedMesh {
  readonly app: App;
  readonly mesh: Mesh;
  readonly sales: DomainFoundationStack;
  readonly webShop: DomainFoundationStack;
  readonly deployment: Deployment;
}

export function deployMesh(): DeployedMesh {
  const contract = SMALLEST.replace('status: draft', 'status: active');
  const root = folderWith({
    'mesh.yaml': MESH,
    'contracts/sales/orders.contract.yaml': contract,
    'contracts/sales/payments.contract.yaml': contract.replace('dp_sales_orders', 'dp_sales_payments').replace('name: orders\n', 'name: payments\n'),
  });
  const loaded = loadMesh(path.join(root, 'mesh.yaml'), 'mesh.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const { mesh } = loaded;
  const app = new App();
  const sales = new DomainFoundationStack(app, { mesh, domain: 'sales' });
  const webShop = new DomainFoundationStack(app, { mesh, domain: 'web_shop' });
  const products = ['orders', 'payments'].map((entity) => new DataProductStack(app, {
    contract: DataContract.fromFile(path.join(root, `contracts/sales/${entity}.contract.yaml`)), domain: attributesIn(mesh, 'sales'),
  }));
  const assembly = app.synth();
  const deployment = new Deployment([sales, webShop, ...products].map(({ stackName }) => {
    const stack = assembly.getStackByName(stackName);
    return { stack: stackName, template: stack.template as Deployed['template'], account: stack.environment.account, region: stack.environment.region };
  }));
  return { app, mesh, sales, webShop, deployment };
}

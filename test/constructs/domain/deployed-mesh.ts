import * as path from 'node:path';
import { App } from 'aws-cdk-lib';
import { attributesIn } from '../../../constructs/domain/data-domain';
import { DataContract } from '../../../lib/plan/data-contract';
import { DataProductStack } from '../../../lib/stacks/data-product-stack';
import { type Deployed, Deployment } from '../../support/iam/deployment';
import { foundations, meshFolder } from './foundations';

/** The foundations of both domains and two products of one, as they would be deployed. */
export function deployMesh(): Deployment {
  const { root, mesh } = meshFolder();
  const app = new App();
  const stacks = [
    ...Object.values(foundations(app, mesh)),
    ...['orders', 'payments'].map((entity) => new DataProductStack(app, {
      contract: DataContract.fromFile(path.join(root, `contracts/sales/${entity}.contract.yaml`)), domain: attributesIn(mesh, 'sales'),
    })),
  ];
  const assembly = app.synth();
  return new Deployment(stacks.map(({ stackName }) => {
    const stack = assembly.getStackByName(stackName);
    return { stack: stackName, template: stack.template as Deployed['template'], account: stack.environment.account, region: stack.environment.region };
  }));
}

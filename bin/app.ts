import { App } from 'aws-cdk-lib';
import { appFailure } from '../lib/stacks/app-failure';
import { MeshStacks } from '../lib/stacks/mesh-stacks';
import { addNagPacks } from '../lib/stacks/nag-packs';

// The synth itself comes last, when node has nothing left to do: what fails there is caught by nobody else.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${appFailure(error, { debug: process.env.CDK_DEBUG === 'true' })}\n`);
  process.exit(1);
});

const app = new App();
const products = app.node.tryGetContext('products') as string | undefined;
const deleteDataOf = app.node.tryGetContext('deleteDataOf') as string | undefined;
const nag = app.node.tryGetContext('nag') as string | undefined;
if (nag !== undefined) addNagPacks(app, nag.split(','));
new MeshStacks(app, { root: process.cwd(), products: products?.split(','), deleteDataOf });

import { App } from 'aws-cdk-lib';
import { appFailure } from '../lib/stacks/app-failure';
import { MeshStacks } from '../lib/stacks/mesh-stacks';
import { addNagPacks } from '../lib/stacks/nag-packs';

// The synth itself comes last, when node has nothing left to do: what fails there is caught by nobody else.
process.on('uncaughtException', (error) => {
  process.stderr.write(`${appFailure(error, { debug: process.env.CDK_DEBUG === 'true' })}\n`);
  process.exit(1);
});

const context = new App({ autoSynth: false }).node;
const [products, deleteDataOf, nag] = ['products', 'deleteDataOf', 'nag'].map((name) => context.tryGetContext(name) as string | undefined);
// A sixth of the synth of a large mesh, for what nobody reads of it: the tree of its constructs, and where in this file each was made. An app is
// told so when it is made, so that what was asked for is read by another.
const app = new App({ treeMetadata: products !== undefined, context: { 'aws:cdk:disable-creation-stack-traces': true } });
if (nag !== undefined) addNagPacks(app, nag.split(','));
new MeshStacks(app, { root: process.cwd(), products: products?.split(','), deleteDataOf });

import { App } from 'aws-cdk-lib';
import { MeshStacks } from '../lib/stacks/mesh-stacks';
import { addNagPacks } from '../lib/stacks/nag-packs';

const app = new App();
const products = app.node.tryGetContext('products') as string | undefined;
const deleteDataOf = app.node.tryGetContext('deleteDataOf') as string | undefined;
const nag = app.node.tryGetContext('nag') as string | undefined;
if (nag !== undefined) addNagPacks(app, nag.split(','));
new MeshStacks(app, { root: process.cwd(), products: products?.split(','), deleteDataOf });

import { App } from 'aws-cdk-lib';
import { MeshStacks } from '../lib/stacks/mesh-stacks';

const app = new App();
const products = app.node.tryGetContext('products') as string | undefined;
const deleteDataOf = app.node.tryGetContext('deleteDataOf') as string | undefined;
new MeshStacks(app, { root: process.cwd(), products: products?.split(','), deleteDataOf });

import * as path from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { addNagPacks } from '../../lib/stacks/nag-packs';
import { folderWith, removeFolders } from '../plan/mesh-folder';

afterAll(removeFolders);

const app = (): App => new App({ treeMetadata: false });

test('a pack that was asked for looks at every stack', () => {
  const checked = app();
  addNagPacks(checked, ['AwsSolutions'], path.resolve(__dirname, '..', '..'));
  new sqs.Queue(new Stack(checked, 'Canary'), 'Open');
  expect(() => checked.synth()).toThrow(/AwsSolutions-SQS/);
});

test('an unknown pack, and packs that are not installed, are told with what to do', () => {
  expect(() => addNagPacks(app(), ['AwsSolution'])).toThrow('there is no pack of cdk-nag called "AwsSolution"; write one of AwsSolutions, HIPAA.Security, NIST.800.53.R5, PCI.DSS.321');
  expect(() => addNagPacks(app(), ['AwsSolutions'], folderWith({}))).toThrow('npm install --save-dev cdk-nag@3');
});

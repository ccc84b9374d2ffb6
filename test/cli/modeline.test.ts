import * as fs from 'node:fs';
import * as path from 'node:path';
import { withModelines } from '../../lib/cli/init/modeline';
import { folderWith, OWNED_MESH, removeFolders } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const MODELINE = /^# yaml-language-server: \$schema=(\S+)\n/;
const files = ['orders.contract.yaml', 'orders.pipeline.yaml', 'orders.tests.yaml', 'sql/orders.sql'].map((name) => ({ path: `contracts/sales/${name}`, text: 'a\n' }));
const first = (root: string, home: string): string | undefined => MODELINE.exec(withModelines(root, home, files)[0].text)?.[1];

test('what is written for people names the schema of its kind, and a query none', () => {
  const [contract, pipeline, tests, sql] = withModelines('/mesh', '/mesh/node_modules/cdk-data-mesh', files).map(({ text }) => text);
  expect([contract, pipeline, tests].map((text) => MODELINE.exec(text)?.[1])).toEqual(['contract', 'pipeline', 'tests'].map((kind) => `../../node_modules/cdk-data-mesh/schemas/${kind}.schema.json`));
  expect(sql).toBe('a\n');
});

test.each([
  ['installed for the mesh', '/mesh/node_modules/cdk-data-mesh', '../../node_modules/cdk-data-mesh/schemas/contract.schema.json'],
  ['installed for a repository that the mesh is a part of', '/node_modules/cdk-data-mesh', '../../../node_modules/cdk-data-mesh/schemas/contract.schema.json'],
  ['the package itself', '/mesh', '../../schemas/contract.schema.json'],
  ['installed for a person, who is not everybody', '/home/ann/.npm/node_modules/cdk-data-mesh', '../../node_modules/cdk-data-mesh/schemas/contract.schema.json'],
  ['beside the mesh', '/cdk-data-mesh', '../../node_modules/cdk-data-mesh/schemas/contract.schema.json'],
])('a package that is %s', (_where, home, schema) => expect(first('/mesh', home)).toBe(schema));

test('each verb that writes a file for people writes it so, and the file is sound', async () => {
  const cwd = folderWith({ 'mesh.yaml': OWNED_MESH, 'export.csv': 'id,amount\na1,1.50\n' });
  for (const words of [['init', 'sales', 'orders'], ['init', 'sales', 'returns', '--from', 'export.csv'], ['propose', 'sales', 'visits', '--owner', 'ann@shoply.com', '--yes']]) await mesh(words, cwd);
  const folder = path.join(cwd, 'contracts', 'sales');
  const written = fs.readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  expect(written).toEqual(['orders.contract.yaml', 'orders.pipeline.yaml', 'orders.tests.yaml', 'returns.contract.yaml', 'returns.pipeline.yaml', 'visits.contract.yaml']);
  const schemas = path.resolve(__dirname, '..', '..', 'schemas');
  for (const name of written) {
    const [, schema] = MODELINE.exec(fs.readFileSync(path.join(folder, name), 'utf8')) ?? [];
    expect(fs.existsSync(path.join(schemas, path.basename(schema ?? '')))).toBe(true);
  }
});

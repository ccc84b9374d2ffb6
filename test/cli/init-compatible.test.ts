import * as fs from 'node:fs';
import * as path from 'node:path';
import { initShape } from '../../lib/cli/json-shapes';
import { folderWith, OWNED_MESH, PIPELINE, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const V2 = SMALLEST.replace('1.0.0', '2.0.0').replace('{name: total_amount, logicalType: number, physicalType: "decimal(12,2)"}', '{id: total_amount, name: total, logicalType: number, physicalType: "decimal(14,2)"}');
const V1 = SMALLEST.replace('slaProperties', '      - {name: note, logicalType: string}\n      - {name: placed, logicalType: string, required: true}\nslaProperties');
const FILES = {
  'mesh.yaml': OWNED_MESH, 'contracts/sales/orders.contract.yaml': V1, 'contracts/sales/orders.v2.contract.yaml': V2.replace('slaProperties', '      - {name: placed, logicalType: date}\nslaProperties'),
  'contracts/sales/orders.v2.pipeline.yaml': PIPELINE.replace('updated_at: timestamp', 'placed: date').replace('{layer: gold, from: [orders_raw]}', '{layer: gold, from: [orders_raw], rules: [{rename: {total_amount: total}}]}'),
};
const VIEW = 'contracts/sales/orders.pipeline.yaml';

test('a version becomes a view over another: names and types by the ids of columns, and what has to be looked at is marked', async () => {
  const cwd = folderWith(FILES);
  expect(await mesh(['init', '--compatible-with', 'sales/orders-v2'], cwd)).toEqual({ code: 0, err: '', out: `✔ ${VIEW}  3 lines marked "# guessed:"\n` });
  expect(fs.readFileSync(path.join(cwd, VIEW), 'utf8')).toBe([
    '# yaml-language-server: $schema=../../node_modules/cdk-data-mesh/schemas/pipeline.schema.json',
    '# A view over version 2: its columns under the names and types that this version promises.',
    'sources:', '  orders_there: {product: dp_sales_orders, version: 2}',
    'tables:', '  orders_in: {layer: bronze, from: [orders_there]}', '  orders:', '    layer: gold', '    from: [orders_in]', '    rules:',
    '      - rename: {total: total_amount}', '      - cast: {total_amount: "decimal(12,2)", placed: "string"}', '      - derive: {note: "CAST(NULL AS string)"} # guessed: the other version has no such column',
    '    # guessed: placed may be null there and must not be here: say what null means with a rule, e.g. fillNull: {placed: …}',
    '    # guessed: customer_email arrives masked: classify it internal in this version, or it is masked once more', '',
  ].join('\n'));
  expect(await mesh(['validate'], cwd)).toMatchObject({ code: 0 });
});

test('says for machines what it wrote', async () => {
  expect(initShape.parse(JSON.parse((await mesh(['init', '--compatible-with', 'sales/orders-v2', '--json'], folderWith(FILES))).out))).toMatchObject({ product: 'dp_sales_orders', files: [VIEW], guessed: [{ line: 13 }, { line: 14 }, { line: 15 }] });
});

test.each<[string, string[], Readonly<Record<string, string>>, RegExp]>([
  ['a product of one version', ['sales/orders'], { 'contracts/sales/orders.contract.yaml': V1 }, /dp_sales_orders has no other version without a pipeline/],
  ['versions that are all built', ['sales/orders-v2'], { ...FILES, [VIEW]: PIPELINE }, /dp_sales_orders has no other version without a pipeline/],
  ['a product beside it', ['sales/orders-v2', 'sales', 'orders'], FILES, /--compatible-with does not make a product/],
])('refuses %s', async (_what, [reference, ...more], files, said) => {
  expect(await mesh(['init', ...more, '--compatible-with', reference], folderWith(files))).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) as string });
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { compareShape } from '../../lib/cli/json-shapes';
import { folderWith, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { freshFolder } from './built-mesh';
import { meshHere } from './in-process';

afterAll(removeFolders);

/** Version 2 is a view over version 1: a column has another name and no nulls, and what is masked there arrives masked. */
const VIEW = `sources:
  previous: {product: dp_sales_orders, version: 1}
tables:
  previous_in: {layer: bronze, from: [previous]}
  orders:
    layer: gold
    from: [previous_in]
    rules: [{rename: {amount: total}}, {derive: {total: total + 1}}, {filter: {where: "order_id <> 'a1'", reason: left out}}]
`;

test('a version that is a view over another is built from what that has published, and compared with it row by row', async () => {
  const cwd = freshFolder();
  await meshHere(['init', 'sales', 'orders'], cwd);
  const folder = path.join(cwd, 'contracts', 'sales');
  const first = fs.readFileSync(path.join(folder, 'orders.contract.yaml'), 'utf8');
  fs.writeFileSync(path.join(folder, 'orders.v2.contract.yaml'), first.replace('version: 1.0.0', 'version: 2.0.0').replace('{name: amount,', '{id: amount, name: total,').replace('classification: confidential', 'classification: internal'));
  fs.writeFileSync(path.join(folder, 'orders.v2.pipeline.yaml'), VIEW);
  // whichever is named first, the view comes after what it reads
  const ended = await meshHere(['compare', 'sales/orders-v2', 'sales/orders-v1', '--json'], cwd);
  expect(ended).toMatchObject({ code: 1, err: '' });
  const { same, a, b, tables: [table] } = compareShape.parse(JSON.parse(ended.out));
  expect({ same, versions: [a.version, b.version], rows: table.rows, both: table.both, only: table.only, different: table.different }).toEqual({
    same: false, versions: ['2.0.0', '1.0.0'], rows: { a: 1, b: 2 }, both: 1, only: { a: 0, b: 1 }, different: 1,
  });
  // what arrived masked is published as it came, and the renamed column is the same one
  expect(table.columns.filter(({ different }) => different > 0)).toEqual([{ a: 'total', b: 'amount', type: { a: 'decimal(12,2)', b: 'decimal(12,2)' }, different: 1, largest: 1 }]);

  const { code, out } = await meshHere(['compare', 'sales/orders-v1', 'sales/orders-v2', '--published'], cwd);
  expect(code).toBe(1);
  for (const said of [
    'sales.orders_v1 and sales.orders_v2 by order_id', '2 rows and 1: 1 in both, 1 only in sales/orders-v1, 0 only in sales/orders-v2', /amount → total +1 +100 % +1 +decimal\(12,2\)/,
    /order_id a\d: total \d+\.\d\d → \d+\.\d\d/, 'order_id a1: only in sales/orders-v1', /✖ sales\/orders-v1 1\.0\.0 .* and sales\/orders-v2 2\.0\.0 .*: 1 table of 1 differs/,
  ]) expect(out.replace(/\s*\n\s*/g, ' ')).toMatch(said);

  const retired = path.join(folder, 'orders.v2.contract.yaml');
  fs.writeFileSync(retired, fs.readFileSync(retired, 'utf8').replace(/^status: .*$/m, 'status: retired').replace('slaProperties:\n', 'slaProperties:\n  - {property: endOfLife, value: "2020-01-31"}\n'));
  const again = await meshHere(['compare', 'sales/orders-v1', 'sales/orders-v2', '--json'], cwd);
  expect({ ...again, out: compareShape.parse(JSON.parse(again.out)) }).toMatchObject({ code: 1, err: '', out: { b: { runId: a.runId } } });
});

test.each<[string, string[], RegExp]>([
  ['one product', ['sales/orders'], /compare needs two products/], ['a product with itself', ['sales/orders', 'dp_sales_orders'], /dp_sales_orders v1 is one product/],
  ['an engine where nothing is run', ['sales/orders-v1', 'sales/orders-v2', '--engine', 'spark', '--published'], /--engine chooses what runs both, but with --published nothing runs\n {2}→ leave one of them out/],
])('refuses %s', async (_what, args, said) => {
  const cwd = folderWith({ 'contracts/sales/orders.contract.yaml': SMALLEST });
  expect(await meshHere(['compare', ...args], cwd)).toMatchObject({ code: 2, out: '', err: expect.stringMatching(said) as string });
});

test('says what to do where nothing is published yet', async () => {
  const cwd = folderWith({ 'contracts/sales/orders.contract.yaml': SMALLEST, 'contracts/sales/orders.v2.contract.yaml': SMALLEST.replace('1.0.0', '2.0.0') });
  expect(await meshHere(['compare', 'sales/orders-v1', 'sales/orders-v2', '--published'], cwd)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/dp_sales_orders v1 has published nothing yet\n {2}→ run it first, or compare without --published/) as string });
});

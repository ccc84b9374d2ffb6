import * as path from 'node:path';
import { examineProducts } from '../../lib/plan/examine-product';
import { type TestCase } from '../../lib/plan/pipeline/tests-file';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, PIPELINE, removeFolders, SMALLEST, TrustingChecker } from './mesh-folder';

const RULES = PIPELINE.replace('from: [orders_raw]}', 'from: [orders_raw], rules: [{filter: {where: total_amount > 0, reason: free}}], quality: [{name: has a mail, metric: nullValues, column: customer_email, mustBe: 0}]}');

function read(tests: string): { readonly cases: readonly TestCase[]; readonly problems: readonly string[] } {
  const root = folderWith({ 'contracts/sales/orders.contract.yaml': SMALLEST, 'contracts/sales/orders.pipeline.yaml': RULES, 'contracts/sales/orders.tests.yaml': tests });
  const workspace = new Workspace(root, root, { sqlChecker: new TrustingChecker() });
  const { sound, problems } = examineProducts(workspace, [path.join(root, 'contracts/sales/orders.contract.yaml')])[0];
  return { cases: sound?.tests ?? [], problems: problems.map(({ id, line, column }) => `${id} ${line}:${column}`) };
}

afterAll(removeFolders);

describe('a tests file', () => {
  test('gives the jobs its cases in one form', () => {
    const { cases, problems } = read(`
- name: free orders are left out
  given: {orders_in: [{order_id: o1, total_amount: 0}, {order_id: o2, total_amount: 5}]}
  expect: {orders: [{order_id: o2}]}
- name: and counted
  given: {orders_raw: [{order_id: o1, total_amount: 0}]}
  expect: {orders: {rows: [], ordered: true, removed: {1.filter: 1}, quarantined: 0}}
- name: a broken number stops the run
  given: {orders_in: [{order_id: o1, total_amount: x}]}
  expect: {error: total_amount}
`);
    expect(problems).toEqual([]);
    expect(cases).toEqual([
      { name: 'free orders are left out', given: { orders_in: [{ order_id: 'o1', total_amount: 0 }, { order_id: 'o2', total_amount: 5 }] }, expect: { orders: { rows: [{ order_id: 'o2' }], ordered: false } }, error: null },
      { name: 'and counted', given: { orders_raw: [{ order_id: 'o1', total_amount: 0 }] }, expect: { orders: { rows: [], ordered: true, removed: { 'orders.1.filter': 1 }, quarantined: 0 } }, error: null },
      { name: 'a broken number stops the run', given: { orders_in: [{ order_id: 'o1', total_amount: 'x' }] }, expect: {}, error: 'total_amount' },
    ]);
  });

  test('may count by the words that name a quality rule', () => {
    expect(read('- {name: a, given: {orders_in: []}, expect: {orders: {quarantined: {has-a-mail: 1}}}}\n').cases[0].expect.orders.quarantined).toEqual({ 'orders.customer_email.has-a-mail': 1 });
  });

  test.each([
    ['fields at its top', 'name: a\n', 'yaml/not-a-list 1:1'],
    ['text where rows belong', '- {name: a, given: {orders_in: []}, expect: {orders: many}}\n', 'tests/expectation 1:54'],
    ['a table with nothing expected of it', '- {name: a, given: {orders_in: []}, expect: {orders: {ordered: true}}}\n', 'tests/expectation 1:54'],
    ['a table that nothing given leads to', '- {name: a, given: {}, expect: {orders: []}}\n', 'tests/not-computed 1:33'],
    ['a field that does not exist', '- {name: a, gven: {}, given: {orders_in: []}, expect: {orders: []}}\n', 'tests/unknown-field 1:13'],
  ])('with %s is refused', (_, text, problem) => {
    expect(read(text).problems).toContain(problem);
  });
});

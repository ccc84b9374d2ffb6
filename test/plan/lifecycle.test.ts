import * as path from 'node:path';
import { type Problem } from '../../lib/contract/problem';
import { DataContract } from '../../lib/plan/data-contract';
import { importersOf } from '../../lib/plan/lifecycle/importers';
import { noticeThatHolds } from '../../lib/plan/lifecycle/notice';
import { Workspace } from '../../lib/plan/workspace';
import { folderWith, OWNED_MESH, problemsIn, removeFolders, SMALLEST } from './mesh-folder';

afterAll(removeFolders);

const ORDERS = 'contracts/sales/orders.contract.yaml';
const DAILY = SMALLEST.replace('dp_sales_orders', 'dp_sales_daily').replace('name: orders\n', 'name: daily\n');
const READS = (source = '{product: dp_sales_orders}'): string => `sources: {orders: ${source}}
tables:
  orders_raw: {layer: bronze, from: [orders]}
  daily: {layer: gold, from: [orders_raw]}
`;
const status = (to: string, more = ''): string => `${SMALLEST.replace('status: draft', `status: ${to}`)}${more}`;
const ending = (day: string, text: string): string => text.replace('unit: h}]', `unit: h}, {property: endOfLife, value: "${day}"}]`);
const ROLE = 'roles: [{role: analyst, access: read, customProperties: [{property: mesh.consumers, value: [reporting]}]}]\n';
const FORCED = 'customProperties: [{property: mesh.ignoredChanges, value: [{rule: diff/status-retired, path: status, reason: it leaked, until: "2020-01-31"}]}]\n';

function found(files: Readonly<Record<string, string>>, id: RegExp): Pick<Problem, 'id' | 'file' | 'line' | 'message'>[] {
  return problemsIn(folderWith({ 'mesh.yaml': OWNED_MESH, ...files })).filter((problem) => id.test(problem.id)).map(({ id: rule, file, line, message }) => ({ id: rule, file, line, message }));
}

describe('a version that is retired', () => {
  const retired = (text: string, more: Readonly<Record<string, string>> = {}): string[] => found({ [ORDERS]: text, ...more }, /^mesh\/(early|retired)/).map(({ message }) => message);

  test('has lived until its end of life', () => {
    expect(retired(ending('2020-01-31', status('retired')))).toEqual([]);
    expect(retired(ending('2999-01-31', status('retired')))).toEqual(['its end of life is 2999-01-31']);
    expect(retired(ending('2999-01-31', status('deprecated')))).toEqual([]);
  });

  test('has announced its end, whether a notice holds or not', () => {
    const NOTICE = 'customProperties: [{property: mesh.noticePeriod, value: 90d}]\n';
    expect(retired(status('retired'))).toEqual(['no end of life was announced']);
    expect(retired(status('deprecated'))).toEqual([]);
    expect(retired(status('retired', NOTICE))).toEqual([expect.stringMatching(/^no end of life was announced, and with a notice of 90d it is 20\d\d-\d\d-\d\d at the earliest$/) as string]);
    const mesh = { 'mesh.yaml': `${OWNED_MESH}policies: [{id: least-notice, period: 1y}]\n` };
    expect(retired(status('retired'), mesh)).toEqual([expect.stringContaining('with a notice of 1y') as string]);
    expect(retired(ending('2020-01-31', status('retired', NOTICE)), mesh)).toEqual([]);
  });

  test('has no consumer in a role', () => {
    expect(found({ [ORDERS]: ending('2020-01-31', status('retired', ROLE)) }, /^mesh\//)).toEqual([{ id: 'mesh/retired-with-consumers', file: expect.stringContaining(ORDERS) as string, line: 16, message: '`reporting` still has the role `analyst`' }]);
  });

  test('is read by no product of the mesh, in this version', () => {
    const daily = (pipeline: string, text = DAILY): Record<string, string> => ({ 'contracts/sales/daily.contract.yaml': text, 'contracts/sales/daily.pipeline.yaml': pipeline });
    const ended = ending('2020-01-31', status('retired'));
    const next = { 'contracts/sales/orders.v2.contract.yaml': status('active').replace('1.0.0', '2.0.0') };
    expect(retired(ended, daily(READS()))).toEqual([expect.stringMatching(/^`dp_sales_daily` v1 still reads it: .*daily\.pipeline\.yaml, source `orders`$/)]);
    expect(retired(ended, { ...daily(READS()), ...next })).toEqual([]);
    expect(retired(ended, { ...daily(READS('{product: dp_sales_orders, version: 1}')), ...next })).toHaveLength(1);
    expect(retired(ended, daily(READS(), ending('2020-01-31', DAILY.replace('status: draft', 'status: retired'))))).toEqual([]);
  });

  test('may be so all the same where the contract says why, for ever', () => {
    expect(retired(ending('2999-01-31', status('retired', ROLE + FORCED)))).toEqual([]);
    expect(retired(ending('2999-01-31', status('retired', ROLE + FORCED.replace('diff/status-retired', 'diff/status-withdrawn'))))).toHaveLength(2);
  });

  test('makes no plan, and so no synth, before it may', () => {
    const root = folderWith({ 'mesh.yaml': OWNED_MESH, [ORDERS]: ending('2999-01-31', status('retired')), 'contracts/sales/old.contract.yaml': ending('2020-01-31', DAILY.replace('status: draft', 'status: retired')) });
    expect(() => DataContract.fromFile(path.join(root, ORDERS))).toThrow(/15:\d+: error: its end of life is 2999-01-31 \(mesh\/early-retirement\); leave it deprecated until then, or say why it cannot wait: mesh retire --force/);
    expect(DataContract.fromFile(path.join(root, 'contracts/sales/old.contract.yaml')).status).toBe('retired');
  });
});

describe('a product that reads another', () => {
  const warned = (source: string, reader = DAILY): string[] => found({ [ORDERS]: source, 'contracts/sales/daily.contract.yaml': reader, 'contracts/sales/daily.pipeline.yaml': READS() }, /source-status/).map(({ message }) => message);

  test.each<[string, string, string, string | undefined]>([
    ['deprecated', 'draft', '2999-01-31', '`dp_sales_orders` v1 is deprecated, and there until 2999-01-31'], ['retired', 'active', '2020-01-31', '`dp_sales_orders` v1 is retired: nothing renews it'],
    ['draft', 'active', '2999-01-31', '`dp_sales_orders` v1 is a draft: production does not have it'], ['proposed', 'deprecated', '2999-01-31', '`dp_sales_orders` v1 is only proposed'],
    ['draft', 'draft', '2999-01-31', undefined], ['active', 'active', '2999-01-31', undefined], ['deprecated', 'retired', '2999-01-31', undefined],
  ])('that is %s, and is itself %s, is warned of what will fail', (source, reader, end, said) => {
    expect(warned(ending(end, status(source)), DAILY.replace('status: draft', `status: ${reader}`))).toEqual(said === undefined ? [] : [expect.stringContaining(said) as string]);
  });
});

test('the longest notice holds, of the contract and of the policies that are about it', () => {
  const notice = (contract: string, policies: string): string | undefined => {
    const workspace = new Workspace(folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: ${policies}\n`, [ORDERS]: contract }));
    const loaded = workspace.contract(path.join(workspace.root, ORDERS));
    return loaded.ok ? noticeThatHolds(loaded.contract, workspace.surroundings().mesh)?.text : undefined;
  };
  const own = status('active', 'customProperties: [{property: mesh.noticePeriod, value: 90d}]\n');
  expect(notice(own, '[{id: least-notice, period: 30d}, {id: least-notice, period: 1y, tiers: [enterprise]}]')).toBe('90d');
  expect(notice(own, '[{id: least-notice, period: 180d}]')).toBe('180d');
  expect(notice(status('active'), '[{id: least-notice, period: 30d}, {id: least-notice, period: 2w}]')).toBe('30d');
  expect(notice(status('active'), '[]')).toBeUndefined();
});

test('a pipeline that cannot be read imports nothing', () => {
  const root = folderWith({ [ORDERS]: SMALLEST, 'contracts/sales/daily.contract.yaml': DAILY, 'contracts/sales/daily.pipeline.yaml': 'sources: {orders: {product: dp_sales_orders' });
  expect(importersOf(new Workspace(root), 'dp_sales_orders', 1)).toEqual([]);
});

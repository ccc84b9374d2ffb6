import * as fs from 'node:fs';
import * as path from 'node:path';
import { deprecateShape, errorShape, retireShape } from '../../lib/cli/json-shapes';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

const TODAY = '2026-12-01';

beforeAll(() => {
  jest.useFakeTimers({ now: new Date(`${TODAY}T09:00:00Z`), doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'queueMicrotask', 'performance', 'hrtime'] });
});
afterAll(() => {
  jest.useRealTimers();
  removeFolders();
});

const CONTRACT = 'contracts/sales/orders.contract.yaml';
/** As people write: with comments, which have to stay. */
const ACTIVE = `# Orders of the shop.
${SMALLEST.replace('status: draft', 'status: active   # since spring')}customProperties:
  - {property: mesh.noticePeriod, value: 90d} # agreed with finance
roles: [{role: analyst, access: read, customProperties: [{property: mesh.consumers, value: [reporting]}]}]
`;
const files = (contract = ACTIVE, more: Readonly<Record<string, string>> = {}): string => folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: contract, ...more });
const read = (cwd: string, file = CONTRACT): string => fs.readFileSync(path.join(cwd, file), 'utf8');
const NEXT = { 'contracts/sales/orders.v2.contract.yaml': ACTIVE.replace('version: 1.0.0', 'version: 2.0.0') };

describe('mesh deprecate', () => {
  test('announces the first day that the notice allows, and changes nothing else of the file', async () => {
    const cwd = files(ACTIVE, NEXT);
    const { code, out, err } = await mesh(['deprecate', 'sales/orders-v1', '--superseded-by', 'contracts/sales/orders.v2.contract.yaml'], cwd);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`✔ dp_sales_orders 1.1.0 is deprecated: ${CONTRACT}\n  end of support is 2027-03-01, end of life 2027-03-01; use 2.0.0 instead\n  reporting sees it in`);
    expect(read(cwd)).toBe(ACTIVE.replace('version: 1.0.0', 'version: 1.1.0').replace('status: active ', 'status: deprecated ')
      .replace('unit: h}]', 'unit: h}, {property: endOfSupport, value: "2027-03-01"}, {property: endOfLife, value: "2027-03-01"}]')
      .replace('# agreed with finance\n', '# agreed with finance\n  - {property: mesh.supersededBy, value: "2.0.0"}\n'));
    expect((await mesh(['validate'], cwd)).code).toBe(0);
  });

  test('writes the version that mesh diff demands', async () => {
    const cwd = files();
    fs.writeFileSync(path.join(cwd, 'before.yaml'), ACTIVE);
    const { out } = await mesh(['deprecate', 'sales/orders', '--end-of-life', '2027-12-31', '--end-of-support', '2027-06-30', '--json'], cwd);
    const { changes, ...facts } = deprecateShape.parse(JSON.parse(out));
    expect(facts).toEqual({ product: 'dp_sales_orders', major: 1, version: '1.1.0', status: 'deprecated', file: CONTRACT, endOfSupport: '2027-06-30', endOfLife: '2027-12-31', supersededBy: null, consumers: ['reporting'] });
    expect(changes.map(({ id }) => id)).toEqual(['diff/status-deprecated', 'diff/end-date-announced', 'diff/end-date-announced']);
    expect(await mesh(['diff', 'before.yaml', CONTRACT], cwd)).toMatchObject({ code: 0, out: expect.stringContaining('1.0.0 → 1.1.0') as string });
  });

  test('moves what was announced away, never closer, and does nothing twice', async () => {
    const cwd = files();
    await mesh(['deprecate', 'sales/orders', '--end-of-life', '2027-12-31'], cwd);
    expect(await mesh(['deprecate', 'sales/orders', '--end-of-life', '2027-06-30'], cwd)).toMatchObject({ code: 1, err: expect.stringMatching(/support of dp_sales_orders cannot end on 2027-12-31, after its end of life/) as string });
    expect(await mesh(['deprecate', 'sales/orders', '--end-of-life', '2027-06-30', '--end-of-support', '2027-06-30'], cwd))
      .toMatchObject({ code: 1, out: '', err: expect.stringMatching(/would break a promise to its consumers: `endOfSupport` was 2027-12-31 and is 2027-06-30/) as string });
    const before = read(cwd);
    expect((await mesh(['deprecate', 'sales/orders'], cwd)).out).toContain('dp_sales_orders 1.1.0 is deprecated already, and nothing changes');
    expect(read(cwd)).toBe(before);
    expect((await mesh(['deprecate', 'sales/orders', '--end-of-life', '2028-12-31'], cwd)).out).toContain('dp_sales_orders 1.1.1 is deprecated');
    expect(read(cwd)).toBe(before.replace('1.1.0', '1.1.1').replace(/(endOfLife, value: ")[^"]*/, '$12028-12-31'));
  });

  test('keeps to the notice of the mesh where that is longer', async () => {
    const cwd = folderWith({ 'mesh.yaml': `${OWNED_MESH}policies: [{id: least-notice, period: 365d, severity: warning}]\n`, [CONTRACT]: ACTIVE });
    expect((await mesh(['deprecate', 'sales/orders', '--end-of-life', '2027-03-01'], cwd)).err).toContain('with a notice of 365d it is 2027-12-01 at the earliest');
  });

  test.each<[string, string, string[], number, RegExp]>([
    ['a day inside the notice', ACTIVE, ['--end-of-life', '2027-02-28'], 1, /cannot be 2027-02-28: with a notice of 90d it is 2027-03-01 at the earliest\n {2}→ name a day from 2027-03-01 on/],
    ['a day that is none', ACTIVE, ['--end-of-life', '2027-02-30'], 2, /--end-of-life must be a day/],
    ['a version that nobody has', SMALLEST, [], 1, /dp_sales_orders is draft: there is nobody to tell\n {2}→ delete its files/],
    ['an end that nobody can tell', ACTIVE.replace('value: 90d', 'value: 90d}\n  - {property: note, value: x').replace('mesh.noticePeriod, value: 90d', 'old, value: y'), [], 1, /neither the contract nor mesh\.yaml has a notice period/],
    ['a successor that is not there', ACTIVE, ['--superseded-by', 'dp_sales_order'], 2, /there is no such product in the mesh\n {2}→ did you mean `dp_sales_orders`/],
    ['a version that is not there', ACTIVE, ['--superseded-by', '3.0.0'], 2, /dp_sales_orders has no version 3/], ['itself', ACTIVE, ['--superseded-by', '1.2.0'], 2, /that is the version itself/],
    ['a file that shares its words', ACTIVE.replace('status: active', 'status: &s active').replace('value: 90d}', 'value: 90d}\n  - {property: was, value: *s}'), [], 1, /status.* cannot be changed without touching anything else\n {2}→ edit it by hand/],
    ['the short template', 'product_id: dp_sales_orders\nowner: a@shoply.com\nschema: {grain: one row per order, primary_key: order_id}\n', [], 1, /dp_sales_orders is proposed: there is nobody to tell/],
  ])('refuses %s, and leaves the file as it is', async (_what, contract, options, code, said) => {
    const cwd = files(contract);
    expect(await mesh(['deprecate', 'sales/orders', ...options], cwd)).toMatchObject({ code, out: '', err: expect.stringMatching(said) as string });
    expect(read(cwd)).toBe(contract);
  });

  test('asks which version where there are several', async () => {
    expect(await mesh(['deprecate', 'sales/orders'], files(ACTIVE, NEXT))).toMatchObject({ code: 2, err: expect.stringMatching(/which version of dp_sales_orders\?\n {2}→ name one of sales\/orders-v1, sales\/orders-v2/) as string });
  });
});

test('a version that is deprecated says so in its plan and in the status of the mesh', async () => {
  const cwd = files();
  await mesh(['deprecate', 'sales/orders', '--end-of-life', '2027-12-31'], cwd);
  const notice = 'DEPRECATED: no new subscriptions. Its support ends on 2027-12-31. It is there until 2027-12-31.';
  const plan = await mesh(['plan', 'sales/orders', '--json'], cwd);
  expect(JSON.parse(plan.out)).toMatchObject({ product: { status: 'deprecated' }, catalogue: { endOfLife: '2027-12-31', notice } });
  expect((await mesh(['plan', 'sales/orders'], cwd)).out).toContain(`ending     ${notice}`);
  expect((await mesh(['status'], cwd)).err).toContain(`⚠ sales/orders: ${notice}`);
});

describe('mesh retire', () => {
  const OVER = ACTIVE.replace('status: active', 'status: deprecated').replace('unit: h}]', 'unit: h}, {property: endOfLife, value: "2026-12-01"}]');
  const ALONE = OVER.replace(/roles: .*\n/, '');

  test('ends a version whose time has come and that nobody has', async () => {
    const cwd = files(ALONE);
    const { code, out, err } = await mesh(['retire', 'sales/orders'], cwd);
    expect({ code, err, out: out.split('\n')[0] }).toEqual({ code: 0, err: '', out: `✔ dp_sales_orders 1.0.1 is retired: ${CONTRACT}` });
    expect(read(cwd)).toBe(ALONE.replace('status: deprecated', 'status: retired').replace('1.0.0', '1.0.1'));
    expect((await mesh(['validate'], cwd)).code).toBe(0);
    expect(await mesh(['retire', 'sales/orders'], cwd)).toMatchObject({ code: 1, err: expect.stringContaining('1.0.1 is already retired') as string });
  });

  test('is refused before that day, and while somebody is left, and says all of it', async () => {
    const cwd = files(OVER.replace('2026-12-01', '2026-12-02'));
    const { code, out, err } = await mesh(['retire', 'sales/orders'], cwd);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/its end of life is 2026-12-02[\s\S]*mesh\/early-retirement[\s\S]*`reporting` still has the role `analyst`[\s\S]*mesh\/retired-with-consumers[\s\S]*✖ dp_sales_orders 1\.0\.0 cannot be retired yet\n {2}→ resolve what is listed above, or force it/);
    expect(errorShape.parse(JSON.parse((await mesh(['retire', 'sales/orders', '--json'], cwd)).out)).error).toMatchObject({ code: 'lifecycle', problems: [{ id: 'mesh/early-retirement' }, { id: 'mesh/retired-with-consumers' }] });
    expect(read(cwd)).toContain('status: deprecated');
  });

  test('is forced with a reason, which stands in the contract and lets it through everywhere', async () => {
    const cwd = files(OVER);
    fs.writeFileSync(path.join(cwd, 'before.yaml'), OVER);
    const { out } = await mesh(['retire', 'sales/orders', '--force', '--reason', 'it leaked: #12', '--json'], cwd);
    expect(retireShape.parse(JSON.parse(out))).toMatchObject({ version: '1.0.1', status: 'retired', reason: 'it leaked: #12', overruled: ['`reporting` still has the role `analyst`'] });
    expect(read(cwd)).toContain('\n  - {property: mesh.ignoredChanges, value: [{rule: diff/status-retired, path: status, reason: "it leaked: #12", until: "2027-03-01"}]}\n');
    expect((await mesh(['validate'], cwd)).code).toBe(0);
    const diff = await mesh(['diff', 'before.yaml', CONTRACT], cwd);
    expect(diff).toMatchObject({ code: 0, out: expect.stringMatching(/ignored until 2027-03-01: the status was deprecated and is retired, and `reporting` still has it[\s\S]*it leaked: #12/) as string });
  });

  test('of one whose end was never announced is refused with how to announce it, although nobody is known to read it, and can be forced', async () => {
    const cwd = files(SMALLEST.replace('status: draft', 'status: active'));
    const { code, err } = await mesh(['retire', 'sales/orders'], cwd);
    expect(code).toBe(1);
    expect(err).toMatch(/dp_sales_orders 1\.0\.0 cannot be retired yet: the status was active and is retired, and no end of life was announced.*\n {2}→ announce its end first: mesh deprecate; or force it/);
    expect((await mesh(['retire', 'sales/orders', '--force', '--reason', 'its domain goes'], cwd)).out).toContain('overruled: the status was active and is retired, and no end of life was announced');
    expect(read(cwd)).toContain('reason: "its domain goes"');
    expect((await mesh(['validate'], cwd)).code).toBe(0);
  });

  test('of one that nobody could have yet ends it today, so that it is valid', async () => {
    const cwd = files(SMALLEST);
    expect((await mesh(['retire', 'sales/orders'], cwd)).code).toBe(0);
    expect(read(cwd)).toContain('unit: h}, {property: endOfLife, value: "2026-12-01"}]');
    expect((await mesh(['validate'], cwd)).code).toBe(0);
  });

  test('needs no reason where nothing stands in the way, and keeps none', async () => {
    const cwd = files(ALONE);
    expect((await mesh(['retire', 'sales/orders', '--force', '--reason', 'tidy'], cwd)).out).toContain('nothing stood in the way, so no reason is kept');
    expect(read(cwd)).not.toContain('tidy');
  });

  test.each([[['--force'], /--force needs a reason/], [['--force', '--reason', ' '], /--force needs a reason/], [['--reason', 'x'], /add --force, or leave it out/]])('refuses %j', async (options, said) => {
    expect(await mesh(['retire', 'sales/orders', ...options], files(ALONE))).toMatchObject({ code: 2, err: expect.stringMatching(said) as string });
  });
});

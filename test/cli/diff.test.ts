import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { diffShape, errorShape } from '../../lib/cli/json-shapes';
import { folderWith, MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/orders.contract.yaml';
const ACTIVE = SMALLEST.replace('status: draft', 'status: active');
const WITHOUT_AMOUNT = ACTIVE.replace(/ {6}- {name: total_amount.*\n/, '');
const WITH_NOTE = `${ACTIVE.replace('slaProperties', '      - {name: note, logicalType: string}\nslaProperties')}`;

describe('mesh diff of two contracts', () => {
  const cwd = folderWith({ 'a.yaml': ACTIVE, 'gone.yaml': WITHOUT_AMOUNT, 'note.yaml': WITH_NOTE, 'next.yaml': WITH_NOTE.replace('1.0.0', '1.1.0'), 'broken.yaml': 'id: [', 'folder/x.txt': '' });

  test('says what a consumer would notice, where, by which rule, and what the version needs', async () => {
    const { code, out, err } = await mesh(['diff', 'a.yaml', 'gone.yaml'], cwd);
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect(out).toBe([
      'gone.yaml  1.0.0',
      '✖ 12:7 breaking: `total_amount` is gone: queries that name it fail',
      '  → at schema.orders.total_amount (diff/column-removed), was a.yaml:13',
      '✖ it needs a new major version, `version: 2.0.0`',
      '',
      '✖ 1 contract, 1 breaking; the version of one does not follow', '',
    ].join('\n'));
  });

  test('is fine where the version follows, and empty of a contract with itself', async () => {
    expect(await mesh(['diff', 'a.yaml', 'next.yaml'], cwd)).toMatchObject({ code: 0, out: expect.stringContaining('safe: `note` is new') as string });
    expect((await mesh(['diff', 'a.yaml', 'note.yaml'], cwd)).out).toContain('it needs a new minor version, at least `version: 1.1.0`');
    expect(await mesh(['diff', 'a.yaml', 'a.yaml'], cwd)).toEqual({ code: 0, out: '✔ 1 contract, no change\n', err: '' });
  });

  test('prints for machines what its page promises', async () => {
    const { code, out } = await mesh(['diff', 'a.yaml', 'gone.yaml', '--json'], cwd);
    const { required, ok, changes } = diffShape.parse(JSON.parse(out));
    expect({ code, required, ok, ids: changes.map(({ id }) => id) }).toEqual({ code: 1, required: 'major', ok: false, ids: ['diff/column-removed'] });
    expect((await mesh(['diff', 'a.yaml', 'gone.yaml', '--format', 'json'], cwd)).out).toBe(out);
  });

  test('prints SARIF whose breaking changes are errors until a major version carries them', async () => {
    const levels = async (head: string): Promise<string[]> => {
      const { runs: [{ results }] } = JSON.parse((await mesh(['diff', 'a.yaml', head, '--format', 'sarif'], cwd)).out) as { runs: [{ results: { level: string }[] }] };
      return results.map(({ level }) => level);
    };
    expect(await levels('gone.yaml')).toEqual(['error']);
    fs.writeFileSync(path.join(cwd, 'major.yaml'), WITHOUT_AMOUNT.replace('1.0.0', '2.0.0'));
    expect(await levels('major.yaml')).toEqual(['warning']);
  });

  test('prints Markdown in which nothing of the contract can link, mention or break the table', async () => {
    fs.writeFileSync(path.join(cwd, 'hostile.yaml'), ACTIVE.replace('one row per order', '"a|b @everyone <img src=x> [click](http://x) `code`"'));
    const { out } = await mesh(['diff', 'a.yaml', 'hostile.yaml', '--format', 'markdown'], cwd);
    expect(out).toMatch(/^## ❌ 1 contract, 1 risky/);
    const row = out.split('\n').find((line) => line.startsWith('| ⚠️ risky'))!;
    expect(row.split('|')).toHaveLength(6);
    expect(row).not.toMatch(/@everyone|<img|\[click\]/);
    expect(row).toContain('<code>code</code>');
  });

  test.each<[string, string[], number, RegExp]>([
    ['nothing', [], 2, /what should be compared\?\n {2}→ write mesh diff BASE HEAD/], ['one contract', ['a.yaml'], 2, /what should a\.yaml be compared with/],
    ['a file that is not there', ['a.yaml', 'no.yaml'], 2, /there is no file or folder no\.yaml/], ['a file and a folder', ['a.yaml', 'folder'], 2, /a file and a folder cannot be compared/],
    ['two folders without contracts', ['folder', 'folder'], 2, /there is no contract to compare/], ['what is no contract', ['a.yaml', 'broken.yaml'], 1, /broken\.yaml\n✖ 1:/],
    ['two files and a commit', ['a.yaml', 'a.yaml', '--against', 'main'], 2, /with --against, only one file or folder is compared/],
    ['a folder that git does not know', ['a.yaml', '--against', 'main'], 2, /--against: not a git repository/],
  ])('refuses %s', async (_what, args, code, said) => {
    expect(await mesh(['diff', ...args], cwd)).toMatchObject({ code, out: '', err: expect.stringMatching(said) as string });
  });

  test.each([['--json'], ['--format', 'json'], ['--format=json']])('refuses with a document for machines: %s %s', async (...format) => {
    expect(errorShape.parse(JSON.parse((await mesh(['diff', 'a.yaml', 'broken.yaml', ...format], cwd)).out)).error).toMatchObject({ code: 'invalid', problems: [{ file: 'broken.yaml' }] });
  });
});

describe('what mesh diff reads beside two contracts', () => {
  const dayIn = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const ending = (day: string): string => ACTIVE.replace('status: active', 'status: deprecated').replace('slaProperties: [', `slaProperties: [{property: endOfLife, value: ${day}}, `);

  test('a contract outside of any mesh is read in that of the other', async () => {
    const cwd = folderWith({ 'before.contract.yaml': ACTIVE, 'mesh/mesh.yaml': MESH.replace('sales: {', 'sales: {classification: public, '), [`mesh/${CONTRACT}`]: ACTIVE });
    expect(await mesh(['diff', 'before.contract.yaml', `mesh/${CONTRACT}`], cwd)).toEqual({ code: 0, out: '✔ 1 contract, no change\n', err: '' });
    expect(await mesh(['diff', `mesh/${CONTRACT}`, 'before.contract.yaml'], cwd)).toMatchObject({ code: 0 });
  });

  test('the notice of the mesh holds for an end that is written by hand', async () => {
    const cwd = folderWith({
      'mesh.yaml': `${MESH}policies: [{id: least-notice, period: 90d}]\n`, 'before.yaml': ACTIVE, 'soon.yaml': ending(dayIn(30)), 'late.yaml': ending(dayIn(120)),
    });
    expect((await mesh(['diff', 'before.yaml', 'soon.yaml'], cwd)).out).toMatch(/breaking: `endOfLife` is \S+, and with a notice of 90d it is \S+ at the earliest/);
    expect((await mesh(['diff', 'before.yaml', 'late.yaml'], cwd)).out).toContain('(diff/end-date-announced)');
  });

  test('a term that is defined differently is found in its vocabulary', async () => {
    const terms = (definition: string): string => `terms:\n  Orders: {definition: ${definition}}\n`;
    const cwd = folderWith({
      [`base/${CONTRACT}`]: ACTIVE, 'base/contracts/vocabulary.yaml': terms('what was bought'), [`head/${CONTRACT}`]: ACTIVE, 'head/contracts/vocabulary.yaml': terms('what was paid'),
    });
    const { changes } = diffShape.parse(JSON.parse((await mesh(['diff', 'base', 'head', '--json'], cwd)).out));
    expect(changes).toMatchObject([{ id: 'diff/term-redefined', file: 'head/contracts/vocabulary.yaml', line: 2, was: { file: 'base/contracts/vocabulary.yaml', line: 2 } }]);
  });
});

describe('mesh diff of two folders', () => {
  test('compares each major version with itself, wherever its file is', async () => {
    const cwd = folderWith({
      [`base/${CONTRACT}`]: ACTIVE, 'base/contracts/sales/returns.contract.yaml': ACTIVE.replace('dp_sales_orders', 'dp_sales_returns'),
      'head/contracts/moved.contract.yaml': ACTIVE, 'head/contracts/sales/orders.v2.contract.yaml': WITHOUT_AMOUNT.replace('1.0.0', '2.0.0'),
    });
    const { code, out } = await mesh(['diff', 'base', 'head', '--json'], cwd);
    expect(code).toBe(1);
    expect(diffShape.parse(JSON.parse(out)).changes.map(({ product, id }) => [product, id])).toEqual([['dp_sales_returns', 'diff/product-removed'], ['dp_sales_orders', 'diff/product-added']]);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ['base', { [`base/${CONTRACT}`]: ACTIVE, 'base/contracts/sales/zz.contract.yaml': ACTIVE, [`head/${CONTRACT}`]: WITHOUT_AMOUNT }],
    ['head', { [`base/${CONTRACT}`]: ACTIVE, [`head/${CONTRACT}`]: WITHOUT_AMOUNT, 'head/contracts/sales/zz.contract.yaml': ACTIVE }],
  ])('refuses a %s with two contracts of one version, of which one would hide what the other changes', async (side, files) => {
    const { code, out, err } = await mesh(['diff', 'base', 'head'], folderWith(files));
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`${side}/contracts/sales/zz.contract.yaml\n✖ 3:5`);
    for (const said of ['(mesh/duplicate-product)', `${side}/${CONTRACT} is also a contract of version 1 of \`dp_sales_orders\``, 'two contracts have the same version']) expect(err.replace(/\s+/g, ' ')).toContain(said);
  });

  test('reads the default classification beside each, from its mesh.yaml', async () => {
    const meshFile = (classification: string): string => `domains: {sales: {classification: ${classification}}}`;
    const cwd = folderWith({ [`base/${CONTRACT}`]: ACTIVE, 'base/mesh.yaml': meshFile('internal'), [`head/${CONTRACT}`]: ACTIVE, 'head/mesh.yaml': meshFile('public') });
    const { changes } = diffShape.parse(JSON.parse((await mesh(['diff', 'base', 'head', '--json'], cwd)).out));
    expect(changes.map(({ id, path: at }) => [id, at])).toEqual([
      ['diff/classification-lowered', 'schema.orders.order_id.classification'], ['diff/classification-lowered', 'schema.orders.total_amount.classification'],
    ]);
  });
});

describe('mesh diff --against a commit', () => {
  const cwd = folderWith({ 'repo/mesh.yaml': 'domains: {}\n', [`repo/${CONTRACT}`]: ACTIVE, 'repo/contracts/sales/broken.contract.yaml': 'kind: DataContract\n', 'repo/contracts/.hidden/x.contract.yaml': ACTIVE, 'repo/contracts/sales/.left-by-an-editor.contract.yaml': ACTIVE });
  const root = path.join(cwd, 'repo');
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@shoply.com', ...args], { cwd: root, encoding: 'utf8' });

  beforeAll(() => {
    git('init', '--quiet', '--initial-branch=main');
    git('add', '--all');
    git('commit', '--quiet', '--message=first');
    fs.rmSync(path.join(root, 'contracts/sales/broken.contract.yaml'));
    fs.writeFileSync(path.join(root, CONTRACT), WITHOUT_AMOUNT);
  });

  test('compares the whole mesh from any folder of it; what could not be read then promised nothing', async () => {
    const { code, out, err } = await mesh(['diff', '--against', 'main'], path.join(root, 'contracts/sales'));
    expect(code).toBe(1);
    expect(out).toContain('✖ 12:7 breaking: `total_amount` is gone: queries that name it fail\n  → at schema.orders.total_amount (diff/column-removed), was main:contracts/sales/orders.contract.yaml:13\n');
    expect(out).toContain('beside the old one: orders.v2.contract.yaml');
    expect(err).toMatch(/^main:contracts\/sales\/broken\.contract\.yaml\n⚠ /);
  });

  test('compares one file, and asks about its repository even where a hook of another runs it', async () => {
    process.env.GIT_DIR = path.join(cwd, 'elsewhere');
    const { code, out } = await mesh(['diff', '--against', 'HEAD', CONTRACT, '--json'], root).finally(() => { delete process.env.GIT_DIR; });
    expect({ code, files: diffShape.parse(JSON.parse(out)).contracts.map(({ base }) => base?.file) }).toEqual({ code: 1, files: [`HEAD:${CONTRACT}`] });
  });

  test('says which commit there is not, and takes none for an option', async () => {
    for (const ref of ['nope', '--upload-pack=x', 'HEAD:mesh.yaml']) {
      expect(await mesh(['diff', `--against=${ref}`], root)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(`there is no commit ${ref} in `) as string });
    }
  });
});

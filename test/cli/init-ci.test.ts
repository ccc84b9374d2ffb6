import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as yaml from 'js-yaml';
import { initShape } from '../../lib/cli/json-shapes';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';

afterAll(removeFolders);

interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly files: string;
  readonly pass_filenames: boolean;
}

interface Workflow {
  readonly permissions: object;
  readonly jobs: { readonly contracts: { readonly steps: readonly { readonly run?: string; readonly name?: string; readonly shell?: string }[] } };
}

const repository = path.resolve(__dirname, '..', '..');
const hooks = yaml.load(fs.readFileSync(path.join(repository, '.pre-commit-hooks.yaml'), 'utf8')) as Hook[];
const CONTRACT = 'contracts/sales/orders.contract.yaml';
const ACTIVE = SMALLEST.replace('status: draft', 'status: active');

async function scaffolded(): Promise<string> {
  const cwd = folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: ACTIVE });
  expect(await mesh(['init', '--ci', 'github'], cwd)).toMatchObject({ code: 0, err: '' });
  return cwd;
}

const read = <T>(cwd: string, file: string): T => yaml.load(fs.readFileSync(path.join(cwd, file), 'utf8')) as T;

test.each([[OWNED_MESH, false], [OWNED_MESH.replace('{production: true}', '{production: true, signoffs: [owner]}'), true]])('the workflow asks for sign-offs where mesh.yaml does', async (definition, asks) => {
  const cwd = folderWith({ 'mesh.yaml': definition });
  expect(await mesh(['init', '--ci', 'github'], cwd)).toMatchObject({ code: 0, err: '' });
  const runs = read<Workflow>(cwd, '.github/workflows/mesh.yml').jobs.contracts.steps.flatMap(({ run }) => run ?? []);
  expect(runs).toContain(`npx mesh validate ${asks ? '--require-signoffs ' : ''}--format github`);
});

test('the workflow may only read, and pastes nothing of a pull request into a script', async () => {
  const cwd = await scaffolded();
  const workflow = read<Workflow>(cwd, '.github/workflows/mesh.yml');
  expect(workflow.permissions).toEqual({ contents: 'read' });
  const scripts = workflow.jobs.contracts.steps.flatMap(({ run }) => run ?? []);
  for (const run of scripts) expect(run).not.toContain('${{');
  expect(scripts.map((run) => /^npx (mesh \w+|cdk \w+)/.exec(run)?.[1]).filter(Boolean)).toEqual(['mesh validate', 'mesh diff', 'mesh test', 'cdk synth']);
});

test('every option that workflow and hooks use is one that the verb has', async () => {
  const cwd = await scaffolded();
  const scripts = [...read<Workflow>(cwd, '.github/workflows/mesh.yml').jobs.contracts.steps.flatMap(({ run }) => run ?? []), ...hooks.map(({ entry }) => entry)];
  const used = scripts.flatMap((run) => {
    const [, verb, rest = ''] = /\bmesh (\w+)([^|]*)/.exec(run) ?? [];
    return verb === undefined ? [] : [...rest.matchAll(/--[a-z-]+/g)].map(([option]) => ({ verb, option }));
  });
  expect(used.length).toBeGreaterThan(2);
  for (const { verb, option } of used) expect(fs.readFileSync(path.join(repository, 'docs', 'cli', `${verb}.md`), 'utf8')).toContain(`\`${option}`);
});

test('the step that compares with the base fails for a broken promise, and shows it', async () => {
  const cwd = await scaffolded();
  const git = (...args: string[]): string => spawnSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@shoply.com', ...args], { cwd, encoding: 'utf8' }).stdout.trim();
  for (const args of [['init', '-q'], ['add', '-A'], ['commit', '-qm', 'orders']]) git(...args);
  fs.writeFileSync(path.join(cwd, CONTRACT), ACTIVE.replace(/ {6}- \{name: total_amount.*\n/, ''));
  const { code, out } = await mesh(['diff', '--against', git('rev-parse', 'HEAD'), '--format', 'markdown'], cwd);
  expect(code).toBe(1);
  expect(out).toContain('diff/column-removed');
  const step = read<Workflow>(cwd, '.github/workflows/mesh.yml').jobs.contracts.steps.find(({ run }) => run?.includes('mesh diff'));
  // Without it, tee would end the step well whatever was found.
  expect(step?.shell).toBe('bash');
});

test('the hooks look at the whole mesh when one of its files changes, and at nothing else', async () => {
  const cwd = await scaffolded();
  const own = read<{ repos: { hooks: Hook[] }[] }>(cwd, '.pre-commit-config.yaml').repos[0].hooks;
  const { id, entry, files, pass_filenames } = hooks[0];
  expect(own).toMatchObject([{ id, entry, files, pass_filenames }]);
  const looks = (name: string): boolean => new RegExp(files).test(name);
  for (const name of ['mesh.yaml', CONTRACT, 'contracts/vocabulary.yaml', 'contracts/sales/orders.v2.signoff.yml', 'contracts/sales/sql/orders.sql']) expect([name, looks(name)]).toEqual([name, true]);
  for (const name of ['README.md', 'src/query.sql', 'my-mesh.yaml', 'docs/orders.yaml']) expect([name, looks(name)]).toEqual([name, false]);
});

test('what is there is not overwritten, and a product is not made with it', async () => {
  const cwd = await scaffolded();
  expect(await mesh(['init', '--ci', 'github'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('nothing was written') as string });
  expect(await mesh(['init', 'sales', 'returns', '--ci', 'github'], cwd)).toMatchObject({ code: 2, err: expect.stringContaining('--ci does not make a product') as string });
  const other = await mesh(['init', '--ci', 'github', '--json'], folderWith({ 'mesh.yaml': OWNED_MESH }));
  expect(initShape.parse(JSON.parse(other.out)).files).toEqual(['.github/workflows/mesh.yml', '.pre-commit-config.yaml']);
});

import * as fs from 'node:fs';
import * as path from 'node:path';
import { errorShape } from '../../lib/cli/json-shapes';
import { freshFolder, mesh, meshOnTerminal } from './built-mesh';
import { meshHere } from './in-process';

const cwd = freshFolder();
const VERBS = ['init', 'validate', 'diff', 'plan', 'test', 'sign', 'glossary', 'run', 'replay', 'status', 'show', 'quarantine', 'explain'];

beforeAll(async () => {
  expect((await mesh(['init', 'sales', 'orders'], { cwd })).code).toBe(0);
});

describe('help', () => {
  test('of mesh lists every verb and the exit codes, on stdout', async () => {
    const { code, stdout, stderr } = await mesh(['--help'], { cwd });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^ {2}${verb}\\b`, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 fine, 1 .*, 2 wrong usage,\s+70 a bug/);
  });

  test.each(VERBS)('of %s has examples and exit codes, and is the same as its --help', async (verb) => {
    const help = await meshHere(['help', verb], cwd);
    expect(help.code).toBe(0);
    expect(help.out).toMatch(new RegExp(`Examples:\n {2}mesh ${verb}`));
    expect(help.out).toContain('Exit codes: 0');
    expect((await meshHere([verb, '--help'], cwd)).out).toBe(help.out);
  });

  test('is no error without a verb, but wrong usage', async () => {
    const { code, stdout, stderr } = await mesh([], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: mesh');
  });

  test('fits a narrow terminal', async () => {
    const { out: stdout } = await meshHere(['help'], cwd, { COLUMNS: '80' });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('wrong usage exits 2, says what was meant on stderr and prints nothing on stdout', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown verb', ['vaildate'], /unknown command 'vaildate'\n {2}→ did you mean validate\?/],
    ['an unknown option', ['run', '--mod', 'full'], /unknown option '--mod'\n {2}→ did you mean --mode\?/],
    ['an unknown mode', ['run', 'sales/orders', '--mode', 'all'], /'all' is invalid.*init, full, delta/],
    ['too many arguments', ['plan', 'a', 'b'], /too many arguments/],
    ['no product', ['run'], /which product\?\n {2}→ the products here:\n {4}sales\/orders/],
    ['a mistyped product', ['plan', 'sales/order'], /no product "sales\/order"\n {2}→ did you mean sales\/orders\?/],
    ['an unknown target', ['status', '--target', 'prod'], /no target "prod"\n {2}→ known targets: local/],
    ['an environment without mesh.yaml', ['plan', 'sales/orders', '--env', 'dev'], /--env dev: there is no mesh.yaml/],
    ['a time that is none', ['run', 'sales/orders', '--now', 'yesterday'], /--now must be a time in ISO 8601, got "yesterday"/],
    ['a day that is not in the calendar', ['run', 'sales/orders', '--now', '2025-02-30'], /--now must be a time/],
    ['an input without a path', ['run', 'sales/orders', '--input', 'x'], /--input must be NAME=PATH/],
    ['an input nobody reads', ['run', 'sales/orders', '--input', 'x=contracts'], /reads no files as "x"\n {2}→ its sources: orders_export/],
    ['an input that is not there', ['run', 'sales/orders', '--input', 'orders_export=nope.csv'], /there is no such file or folder/],
    ['a run id that is a path', ['run', 'sales/orders', '--run-id', '../x'], /--run-id is at most 80 letters/],
    ['a replay from nowhere', ['replay', 'sales/orders'], /which run should it start from\?/],
    ['a limit that is no number', ['show', 'sales/orders', '--limit', '-1'], /--limit must be a whole number of at least 0/],
    ['a row that cannot be', ['quarantine', 'sales/orders', '--row', '0'], /--row must be a whole number of at least 1/],
    ['--all with a product', ['run', 'sales/orders', '--all'], /cannot be combined with a product/],
  ])('%s', async (_what, args, said) => {
    const { code, out: stdout, err: stderr } = await meshHere(args, cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(said);
  });

  test('with --json there is a document on stdout too', async () => {
    const { code, out: stdout } = await meshHere(['plan', 'sales/order', '--json'], cwd);
    expect(code).toBe(2);
    expect(errorShape.parse(JSON.parse(stdout)).error.code).toBe('usage');
  });
});

describe('a product can be named', () => {
  test.each(['sales/orders', 'sales/orders-v1', 'dp_sales_orders', 'sales-orders-v1', 'sales-orders', 'orders', 'SALES/Orders', 'contracts/sales/orders.contract.yaml', './contracts/sales/orders.pipeline.yaml'])('as %s', async (reference) => {
    const { code, out: stdout } = await meshHere(['plan', reference, '--json'], cwd);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { product: { id: string } }).product.id).toBe('dp_sales_orders');
  });

  test('from anywhere in the mesh', async () => {
    expect((await meshHere(['plan', 'sales/orders'], path.join(cwd, 'contracts', 'sales', 'sql'))).code).toBe(0);
  });

  test.each(['\u001b[31mred', '../../etc/passwd', 'a'.repeat(5000), '$(touch pwned)', '--', '\n', 'contracts', '__proto__'])('but not as %j', async (reference) => {
    const { code, out: stdout, err: stderr } = await meshHere(['plan', '--', reference], cwd);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).not.toContain('\u001b');
    expect(fs.existsSync(path.join(cwd, 'pwned'))).toBe(false);
  });
});

describe('colours', () => {
  const coloured = /\u001b\[\d+m/;

  test('are left out where nobody looks', async () => {
    const { out: stdout } = await meshHere(['plan', 'sales/orders'], cwd);
    expect(stdout).not.toMatch(coloured);
  });

  test('are there on a terminal', async () => {
    expect((await meshOnTerminal(['plan', 'sales/orders'], 100, { cwd })).stdout).toMatch(coloured);
  });

  test('can be forced, and NO_COLOR wins', async () => {
    expect((await meshHere(['plan', 'sales/orders'], cwd, { FORCE_COLOR: '1' })).out).toMatch(coloured);
    expect((await meshHere(['plan', 'sales/orders'], cwd, { FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toMatch(coloured);
    expect((await meshOnTerminal(['plan', 'sales/orders'], 100, { cwd, env: { NO_COLOR: '1' } })).stdout).not.toMatch(coloured);
  });

  test('take no room: tables fit the terminal', async () => {
    for (const columns of [80, 120]) {
      const { stdout } = await meshOnTerminal(['plan', 'sales/orders'], columns, { cwd });
      const lines = stdout.replace(/\u001b\[\d+m/g, '').split(/\r?\n/);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  });
});

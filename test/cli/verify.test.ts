import * as fs from 'node:fs';
import * as path from 'node:path';
import { verifyShape } from '../../lib/cli/json-shapes';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh, type Ended } from './in-process';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/orders.contract.yaml';
const ACTIVE = SMALLEST.replace('status: draft', 'status: active');
const FINE = { contract: '', version: '1.0.0', closed: null, grants: ['analyst reads orders_v1'], differences: [], refused: [], drift: [] };

/** Stands for the AWS CLI: answers as the handler of grants would, keeps what it was asked, and refuses what it should not be asked. */
function awsCli(answers: Record<string, object>): string {
  const folder = folderWith({
    'answers.json': JSON.stringify(answers),
    aws: `#!${process.execPath}
const fs = require('node:fs');
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
if (process.argv.slice(2, 4).join(' ') !== 'lambda invoke' || option('--region') !== 'eu-west-1') process.exit(3);
if (process.env.NO_SESSION) { console.error('\\nThe SSO session has expired'); process.exit(255); }
const question = JSON.parse(fs.readFileSync(option('--payload').replace('fileb://', ''), 'utf8'));
fs.appendFileSync(__dirname + '/asked.jsonl', JSON.stringify({ function: option('--function-name'), ...question }) + '\\n');
const answer = JSON.parse(fs.readFileSync(__dirname + '/answers.json', 'utf8'))[question.action];
fs.writeFileSync(process.argv.at(-1), JSON.stringify(answer));
console.log(JSON.stringify({ StatusCode: 200, ...(answer.errorMessage === undefined ? {} : { FunctionError: 'Unhandled' }) }));
`,
  });
  fs.chmodSync(path.join(folder, 'aws'), 0o755);
  return folder;
}

/** What the plan of a contract says of it, which is what was deployed unless the file has changed since. */
async function digestIn(cwd: string): Promise<string> {
  const { digests } = JSON.parse((await mesh(['plan', 'sales/orders', '--json'], cwd)).out) as { digests: { contract: string } };
  return digests.contract;
}

interface Verified extends Ended { readonly asked: Record<string, unknown>[] }

async function verified(args: readonly string[], answer: object, { contract = ACTIVE, env = {} }: { contract?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Verified> {
  const cwd = folderWith({ 'mesh.yaml': OWNED_MESH, [CONTRACT]: contract });
  const aws = awsCli({ inspect: { ...FINE, contract: await digestIn(cwd), ...answer }, reconcile: { granted: 3, revoked: 1, grants: [], refused: [], drift: [] } });
  const ended = await mesh(['verify', ...args], cwd, { PATH: `${aws}:${process.env.PATH}`, ...env });
  const log = path.join(aws, 'asked.jsonl');
  return { ...ended, asked: fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>) : [] };
}

describe('what consumers may see is verified', () => {
  test('all is as it should be: it says so, and has changed nothing', async () => {
    const { code, out, asked } = await verified([], {});
    expect([code, out]).toEqual([0, '✔ sales/orders  1 grant by contracts and subscriptions\n']);
    expect(asked).toEqual([{ function: 'arn:aws:lambda:eu-west-1:222222222222:function:mesh-sales-grants', InterfaceVersion: '1', Domain: 'sales', Environment: '', Entity: 'orders', Major: '1', action: 'inspect' }]);
  });

  test.each<[what: string, answer: object, line: string]>([
    ['a grant that is missing', { differences: ['bi lacks SELECT on sales.orders_v1'] }, '  ✖ bi lacks SELECT on sales.orders_v1'],
    ['a grant by hand', { drift: ['intern has SELECT on sales.orders_v1'] }, '  ✖ intern has SELECT on sales.orders_v1, and neither contract nor binding says so'],
    ['a contract that has changed since', { contract: 'sha256:another', version: '0.9.0' }, '  ✖ what is deployed follows from another contract, version 0.9.0, and the file has 1.0.0: deploy its stack of grants'],
  ])('%s is told, and what to do', async (_what, answer, line) => {
    const { code, out } = await verified([], answer);
    expect([code, out.replace(/\s+/g, ' ')]).toEqual([1, expect.stringContaining(line.trim())]);
    expect(out).toContain('mesh verify --repair');
  });

  test('what is not given, and why, is told and is no fault', async () => {
    const { code, out } = await verified([], { refused: ['auditor to fraud by subscription s-1: the contract has no role auditor'] });
    expect([code, out]).toEqual([0, expect.stringContaining('  not given: auditor to fraud by subscription s-1: the contract has no role auditor')]);
  });

  test('a repair is done by the handler, and looked at afterwards', async () => {
    const { code, out, asked } = await verified(['sales/orders', '--repair'], {});
    expect([code, out]).toEqual([0, '✔ sales/orders  1 grant by contracts and subscriptions\n  put right: 3 granted, 1 taken away\n']);
    expect(asked.map(({ action, repair }) => [action, repair])).toEqual([['reconcile', true], ['inspect', undefined]]);
  });

  test('a machine gets the same', async () => {
    const { code, out } = await verified(['--json'], { drift: ['intern has SELECT on sales.orders_v1'] });
    expect([code, verifyShape.parse(JSON.parse(out)).products[0]]).toMatchObject([1, { product: 'sales/orders', ok: false, drift: ['intern has SELECT on sales.orders_v1'], repaired: null }]);
  });

  test('what is not deployed, as a draft in production, is passed over', async () => {
    expect(await verified(['--json'], {}, { contract: SMALLEST })).toMatchObject({ code: 0, out: expect.stringContaining('"products": []') as string, asked: [] });
  });
});

describe('it cannot be verified', () => {
  test('without a session, and it says what is needed', async () => {
    const { code, err } = await verified([], {}, { env: { NO_SESSION: '1' } });
    expect([code, err]).toEqual([1, expect.stringMatching(/could not be asked: The SSO session has expired\n {2}→ you need lambda:InvokeFunction/)]);
  });

  test('where the handler has an answer of its own to that', async () => {
    const { code, err } = await verified([], { errorMessage: 'no grants of sales/orders v1 are deployed → deploy the product\'s stack of grants' });
    expect([code, err]).toEqual([1, expect.stringContaining('no grants of sales/orders v1 are deployed')]);
  });

  test('without a mesh', async () => {
    expect(await mesh(['verify'], folderWith({ [CONTRACT]: ACTIVE }))).toMatchObject({ code: 2, err: expect.stringContaining('there is no mesh.yaml') as string });
  });
});

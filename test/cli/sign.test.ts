import * as fs from 'node:fs';
import * as path from 'node:path';
import * as yaml from 'js-yaml';
import { signedContentShape, signShape } from '../../lib/cli/json-shapes';
import { type Signoffs } from '../../lib/plan/signoff/signoff-model';
import { folderWith, OWNED_MESH, removeFolders, SMALLEST } from '../plan/mesh-folder';
import { meshHere as mesh } from './in-process';
import { KmsSigner, sshKeyFile, SshSigner } from '../plan/signoff/signers';

afterAll(removeFolders);

const CONTRACT = 'contracts/sales/orders.contract.yaml';
const SIGNOFF = 'contracts/sales/orders.signoff.yaml';

const key = sshKeyFile();
const kms = new KmsSigner();
const stranger = new SshSigner(3);
const ACTIVE = SMALLEST.replace('status: draft', 'status: active');
const GUARDED = `${OWNED_MESH.replace('{production: true}', '{production: true, signoffs: [owner, security]}')}signers:
  olga: {roles: [owner], keys: ["${fs.readFileSync(`${key}.pub`, 'utf8').trim()}"]}
  audit: {roles: [security], keys: [{kms: "${kms.arn}", publicKey: ${kms.publicKey}}]}
`;
const files = (contract = ACTIVE): Record<string, string> => ({ 'mesh.yaml': GUARDED, [CONTRACT]: contract });

/** Stands for the AWS CLI: signs as KMS would, and refuses what a script of ours should not ask. */
function awsCli(): string {
  const folder = folderWith({
    'key.pem': kms.privateKey,
    aws: `#!${process.execPath}
const { sign } = require('node:crypto');
const fs = require('node:fs');
const option = (name) => process.argv[process.argv.indexOf(name) + 1];
if (process.argv.slice(2, 4).join(' ') !== 'kms sign' || option('--message-type') !== 'RAW' || option('--region') !== 'eu-west-1' || option('--signing-algorithm') !== 'ECDSA_SHA_256') process.exit(3);
if (process.env.NO_SESSION) { console.error('\\nThe SSO session has expired'); process.exit(255); }
const message = fs.readFileSync(option('--message').replace('fileb://', ''));
console.log(sign('sha256', message, fs.readFileSync(__dirname + '/key.pem')).toString('base64'));
`,
  });
  fs.chmodSync(path.join(folder, 'aws'), 0o755);
  return folder;
}

test('an SSH key and a KMS key sign, and the gate that refused lets the contract through', async () => {
  const cwd = folderWith(files());
  expect((await mesh(['validate', '--require-signoffs'], cwd)).code).toBe(1);
  const signed = await mesh(['sign', 'sales/orders', '--as', 'owner', '--key', key, '--until', '2999-12-31'], cwd);
  expect(signed).toEqual({ code: 0, out: `✔ olga signed owner of dp_sales_orders v1: ${SIGNOFF}\n`, err: '' });
  const second = await mesh(['sign', 'sales/orders', '--as', 'security', '--key', kms.arn, '--json'], cwd, { PATH: `${awsCli()}:${process.env.PATH}` });
  expect(signShape.parse(JSON.parse(second.out))).toMatchObject({ part: 'security', signer: 'audit', until: null, file: SIGNOFF });
  expect(await mesh(['validate', '--require-signoffs'], cwd)).toMatchObject({ code: 0, err: '' });
  const written = yaml.load(fs.readFileSync(path.join(cwd, SIGNOFF), 'utf8')) as Signoffs;
  expect(Object.keys(written)).toEqual(['owner', 'security']);
  expect(written.owner?.statement.until).toBe('2999-12-31');
});

test('--show prints what would be signed, needs no key and writes nothing', async () => {
  const cwd = folderWith(files());
  const { code, out } = await mesh(['sign', 'sales/orders', '--as', 'security', '--show'], cwd);
  expect(code).toBe(0);
  expect(signedContentShape.parse(JSON.parse(out)).covers).toMatchObject({ columns: { orders: { customer_email: { classification: 'confidential', masking: 'hash' } } } });
  expect(fs.existsSync(path.join(cwd, SIGNOFF))).toBe(false);
});

test.each<[string, string[], Record<string, string>, number, RegExp]>([
  ['without saying as whom', [], files(), 2, /required option '--as <part>' not specified/],
  ['for a part that is none', ['--as', 'boss'], files(), 2, /'boss' is invalid.*owner, security, platform/],
  ['for a part that the key may not', ['--as', 'security', '--key', key], files(), 2, /does not let olga sign for security in sales\n {2}→ have somebody sign who may: audit/],
  ['with a key that nobody has', ['--as', 'owner', '--key', 'other.pub'], { ...files(), 'other.pub': stranger.publicKey }, 2, /mesh\.yaml has no signer with the key other\.pub/],
  ['with a key that is not there', ['--as', 'owner', '--key', 'nope'], files(), 2, /there is no key .*nope\n {2}→ .*ssh-keygen -t ed25519/],
  ['with a key that is no ed25519 key', ['--as', 'owner', '--key', 'rsa.pub'], { ...files(), 'rsa.pub': 'ssh-rsa AAAAB3NzaC1yc2E= old' }, 2, /rsa\.pub is not an ssh-ed25519 key/],
  ['until a day that is over', ['--as', 'owner', '--key', key, '--until', '2020-01-01'], files(), 2, /--until 2020-01-01 is in the past/],
  ['until a day that is none', ['--as', 'owner', '--key', key, '--until', '2026-02-30'], files(), 2, /--until must be a day/],
  ['without mesh.yaml', ['--as', 'owner'], { [CONTRACT]: ACTIVE }, 2, /there is no mesh\.yaml that says who may sign/],
  ['what is wrong', ['--as', 'owner', '--key', key], files(ACTIVE.replace('name: total_amount', 'nam: total_amount')), 1, /dp_sales_orders cannot be signed: there are errors in its files/],
  ['where KMS refuses', ['--as', 'security', '--key', kms.arn], files(), 1, /KMS did not sign: The SSO session has expired\n {2}→ you need kms:Sign/],
])('nobody signs %s, and is told what to do', async (_what, args, given, code, said) => {
  const ended = await mesh(['sign', 'sales/orders', ...args], folderWith(given), { NO_SESSION: '1', PATH: `${awsCli()}:${process.env.PATH}` });
  expect({ code: ended.code, out: ended.out }).toEqual({ code, out: '' });
  expect(ended.err).toMatch(said);
});

test('a sign-off file that cannot be read is left as it is', async () => {
  const cwd = folderWith({ ...files(), [SIGNOFF]: 'owner: yes\n' });
  const ended = await mesh(['sign', 'sales/orders', '--as', 'owner', '--key', key], cwd);
  expect(ended.code).toBe(1);
  expect(fs.readFileSync(path.join(cwd, SIGNOFF), 'utf8')).toBe('owner: yes\n');
});

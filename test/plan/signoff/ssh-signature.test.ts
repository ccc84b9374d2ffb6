import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as fc from 'fast-check';
import { parseSshPublicKey, parseSshSignature } from '../../../lib/plan/signoff/ssh-signature';
import { NAMESPACE } from '../../../lib/plan/signoff/statement';
import { removeFolders } from '../mesh-folder';
import { sshKeyFile, SshSigner } from './signers';

const MESSAGE = Buffer.from('{"part":"owner"}');
afterAll(removeFolders);

const olga = new SshSigner(1);

test('what ssh-keygen signs is verified, and names key and namespace', () => {
  const key = sshKeyFile();
  const { stdout } = spawnSync('ssh-keygen', ['-q', '-Y', 'sign', '-f', key, '-n', NAMESPACE], { input: MESSAGE, encoding: 'utf8' });
  const signature = parseSshSignature(stdout)!;
  expect(signature.namespace).toBe(NAMESPACE);
  expect(signature.publicKey).toBe(parseSshPublicKey(fs.readFileSync(`${key}.pub`, 'utf8')));
  expect(signature.verifies(MESSAGE)).toBe(true);
  expect(signature.verifies(Buffer.from('{"part":"platform"}'))).toBe(false);
});

test('ssh-keygen verifies what is verified here, and refuses what is refused', () => {
  const folder = path.dirname(sshKeyFile());
  const [signers, file] = ['allowed_signers', 'signature'].map((name) => path.join(folder, name));
  fs.writeFileSync(signers, `olga ${olga.publicKey}\n`);
  const verdicts = (armoured: string, message: Buffer): boolean[] => {
    fs.writeFileSync(file, armoured);
    const { status } = spawnSync('ssh-keygen', ['-Y', 'verify', '-f', signers, '-I', 'olga', '-n', NAMESPACE, '-s', file], { input: message });
    return [status === 0, parseSshSignature(armoured)?.verifies(message) ?? false];
  };
  expect(verdicts(olga.armoured(MESSAGE), MESSAGE)).toEqual([true, true]);
  expect(verdicts(olga.armoured(MESSAGE, NAMESPACE, 'sha256'), MESSAGE)).toEqual([true, true]);
  expect(verdicts(olga.armoured(MESSAGE), Buffer.from('another'))).toEqual([false, false]);
});

test('a signature with any byte changed verifies nothing', () => {
  const armoured = olga.armoured(MESSAGE);
  const bytes = Buffer.from(armoured.split('\n').slice(1, -2).join(''), 'base64');
  fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
    const changed = Buffer.from(bytes);
    changed[at] ^= by;
    const parsed = parseSshSignature(`-----BEGIN SSH SIGNATURE-----\n${changed.toString('base64')}\n-----END SSH SIGNATURE-----`);
    expect(parsed?.verifies(MESSAGE) ?? false).toBe(false);
  }));
});

test('bytes that are no signature are none, and never a crash', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    const body = Buffer.concat([Buffer.from('SSHSIG\0\0\0\x01'), bytes]).toString('base64');
    expect(parseSshSignature(`-----BEGIN SSH SIGNATURE-----\n${body}\n-----END SSH SIGNATURE-----`)).toBeUndefined();
  }));
  expect(parseSshSignature('-----BEGIN PGP SIGNATURE-----\nabcd\n-----END PGP SIGNATURE-----')).toBeUndefined();
});

test.each(['', 'ssh-ed25519 AAAA', 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB x', `${olga.publicKey.slice(0, 60)} cut`])('%p is no key', (line) => {
  expect(parseSshPublicKey(line)).toBeUndefined();
});

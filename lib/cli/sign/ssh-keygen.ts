import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { NAMESPACE } from '../../plan/signoff/statement';
import { Refusal, UsageError } from '../failure';
import { type Session } from '../verb';

/** The line of a public key: that beside a private key, or of the key itself, for which ssh-keygen may ask the passphrase. */
export function publicKeyLine(session: Session, key: string): string {
  const beside = key.endsWith('.pub') ? key : `${key}.pub`;
  if (fs.existsSync(beside)) return fs.readFileSync(beside, 'utf8').trim();
  if (!fs.existsSync(key)) {
    throw new UsageError(`there is no key ${key}`, 'name yours with --key, or make one: ssh-keygen -t ed25519; its .pub line goes to signers in mesh.yaml');
  }
  return sshKeygen(session, ['-y', '-f', key]).trim();
}

/** Signs bytes with a key file, or with the agent's key where `key` is a public key. ssh-keygen asks for what it needs. */
export function sshSign(session: Session, key: string, message: Buffer): string {
  return sshKeygen(session, ['-q', '-Y', 'sign', '-f', key, '-n', NAMESPACE], message);
}

function sshKeygen(session: Session, args: readonly string[], input?: Buffer): string {
  // What it asks goes to the terminal itself; what it says of a failure is for our message.
  const done = spawnSync('ssh-keygen', args, { cwd: session.cwd, env: session.env, encoding: 'utf8', ...input !== undefined && { input } });
  if (done.error !== undefined) {
    throw (done.error as NodeJS.ErrnoException).code === 'ENOENT'
      ? new UsageError('ssh-keygen is not on the PATH', 'install OpenSSH 8.1 or newer, or sign with a KMS key: --key arn:aws:kms:…')
      : done.error;
  }
  if (done.status !== 0) throw new Refusal('not-signed', `ssh-keygen did not sign: ${lastLine(done.stderr)}`, 'sign with a key that you have: --key FILE');
  return done.stdout;
}

export function lastLine(text: string): string {
  return text.trim().split('\n').pop()?.trim() || 'it did not say why';
}

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { KMS_ALGORITHM } from '../../plan/signoff/kms-signature';
import { Refusal, UsageError } from '../failure';
import { type Session } from '../verb';
import { lastLine } from './ssh-keygen';

/** Signs bytes with a KMS key through the AWS CLI, which has the person's profile and session: base64. */
export function kmsSign(session: Session, arn: string, message: Buffer): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-sign-'));
  try {
    const file = path.join(folder, 'statement');
    fs.writeFileSync(file, message);
    // https://docs.aws.amazon.com/cli/latest/reference/kms/sign.html: RAW takes up to 4096 bytes, and KMS hashes them
    const done = spawnSync('aws', [
      'kms', 'sign', '--key-id', arn, '--region', arn.split(':')[3], '--message', `fileb://${file}`, '--message-type', 'RAW',
      '--signing-algorithm', KMS_ALGORITHM, '--query', 'Signature', '--output', 'text',
    ], { cwd: session.cwd, env: session.env, encoding: 'utf8' });
    if (done.error !== undefined) {
      throw (done.error as NodeJS.ErrnoException).code === 'ENOENT' ? new UsageError('the AWS CLI is not on the PATH', 'install it, or sign with an SSH key: --key FILE') : done.error;
    }
    if (done.status !== 0) throw new Refusal('not-signed', `KMS did not sign: ${lastLine(done.stderr)}`, 'you need kms:Sign on the key, and a session: aws sso login');
    return done.stdout.trim();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

import { spawnSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import * as path from 'node:path';
import { type Signoff } from '../../../lib/plan/signoff/signoff-model';
import { NAMESPACE, signedBytes, type Statement } from '../../../lib/plan/signoff/statement';
import { folderWith } from '../mesh-folder';

/** Somebody with an SSH key that signs as ssh-keygen does; its format is written here a second time, from PROTOCOL.sshsig. */
export class SshSigner {
  readonly publicKey: string;
  private readonly key: KeyObject;
  private readonly blob: Buffer;

  constructor(seed: number) {
    // RFC 8410: the DER of a private key is its 32 bytes after this
    this.key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
    const raw = createPublicKey(this.key).export({ format: 'der', type: 'spki' }).subarray(-32);
    this.blob = Buffer.concat([sized('ssh-ed25519'), sized(raw)]);
    this.publicKey = `ssh-ed25519 ${this.blob.toString('base64')} signer-${seed}`;
  }

  signoff(statement: Statement, namespace = NAMESPACE): Signoff {
    return { statement, signature: this.armoured(signedBytes(statement), namespace) };
  }

  armoured(message: Buffer, namespace = NAMESPACE, hash = 'sha512'): string {
    const about = Buffer.concat([sized(namespace), sized(''), sized(hash)]);
    const signed = sign(null, Buffer.concat([Buffer.from('SSHSIG'), about, sized(createHash(hash).update(message).digest())]), this.key);
    const version = Buffer.from([0, 0, 0, 1]);
    const all = Buffer.concat([Buffer.from('SSHSIG'), version, sized(this.blob), about, sized(Buffer.concat([sized('ssh-ed25519'), sized(signed)]))]);
    return `-----BEGIN SSH SIGNATURE-----\n${all.toString('base64').replace(/.{70}/g, '$&\n')}\n-----END SSH SIGNATURE-----\n`;
  }
}

/** A key of KMS's spec ECC_NIST_P256, as its API shows and uses it. */
export class KmsSigner {
  readonly arn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab';
  private readonly pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  readonly publicKey = this.pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');

  signoff(statement: Statement): Signoff {
    return { statement, signature: sign('sha256', signedBytes(statement), { key: this.pair.privateKey, dsaEncoding: 'der' }).toString('base64') };
  }

  /** For a stand-in of the AWS CLI. */
  get privateKey(): string {
    return this.pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  }
}

/** A key pair made by ssh-keygen: the path of its private half. Gone with the other folders of the tests. */
export function sshKeyFile(): string {
  const key = path.join(folderWith({}), 'id_ed25519');
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'olga', '-f', key]);
  if (made.status !== 0) throw new Error(`ssh-keygen made no key: ${made.stderr.toString()}`);
  return key;
}

function sized(bytes: Buffer | string): Buffer {
  const body = Buffer.from(bytes as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

import { createHash, createPublicKey, verify } from 'node:crypto';

/**
 * Ed25519 signatures as `ssh-keygen -Y sign` makes them. They are verified here and not by `ssh-keygen -Y verify`, so
 * that a synth needs no OpenSSH. The format: PROTOCOL.sshsig of openssh-portable; the keys: RFC 8709.
 */
export interface SshSignature {
  /** The signer's public key, as in the second word of `ssh-ed25519 AAAA…`. */
  readonly publicKey: string;
  readonly namespace: string;
  /** Whether it is the signature of these bytes by that key. */
  verifies(message: Buffer): boolean;
}

const MAGIC = 'SSHSIG';
const KEY_TYPE = 'ssh-ed25519';
const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----$/;
/** DER before the 32 bytes of an Ed25519 key (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Reads a signature in its armour; undefined where it is none of an Ed25519 key. */
export function parseSshSignature(armoured: string): SshSignature | undefined {
  const body = ARMOUR.exec(armoured.trim())?.[1];
  if (body === undefined) return undefined;
  try {
    return parse(Buffer.from(body, 'base64'));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The key in `ssh-ed25519 AAAA… comment`, as signatures hold it; undefined where it is no Ed25519 key. */
export function parseSshPublicKey(line: string): string | undefined {
  const blob = /^ssh-ed25519 ([A-Za-z0-9+/]+={0,2})(?: .*)?$/.exec(line.trim())?.[1];
  if (blob === undefined) return undefined;
  try {
    return rawKey(Buffer.from(blob, 'base64')) === undefined ? undefined : blob;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function parse(blob: Buffer): SshSignature | undefined {
  const wire = new Wire(blob);
  if (wire.take(MAGIC.length).toString('latin1') !== MAGIC || wire.number() !== 1) return undefined;
  const publicKey = wire.string();
  const namespace = wire.string().toString('utf8');
  const reserved = wire.string();
  const hash = wire.string().toString('latin1');
  const signature = new Wire(wire.string());
  wire.end();
  const key = rawKey(publicKey);
  if (key === undefined || (hash !== 'sha256' && hash !== 'sha512') || signature.string().toString('latin1') !== KEY_TYPE) return undefined;
  const bytes = signature.string();
  signature.end();
  return {
    publicKey: publicKey.toString('base64'), namespace,
    verifies: (message) => {
      const signed = Buffer.concat([
        Buffer.from(MAGIC, 'latin1'), sized(Buffer.from(namespace, 'utf8')), sized(reserved), sized(Buffer.from(hash, 'latin1')),
        sized(createHash(hash).update(message).digest()),
      ]);
      return verify(null, signed, createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key]), format: 'der', type: 'spki' }), bytes);
    },
  };
}

function rawKey(blob: Buffer): Buffer | undefined {
  const wire = new Wire(blob);
  if (wire.string().toString('latin1') !== KEY_TYPE) return undefined;
  const key = wire.string();
  wire.end();
  return key.length === 32 ? key : undefined;
}

function sized(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** SSH's wire format (RFC 4251): throws a RangeError where bytes are missing or left over. */
class Wire {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  take(count: number): Buffer {
    if (this.at + count > this.bytes.length) throw new RangeError('the signature ends too early');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  number(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.number());
  }

  end(): void {
    if (this.at !== this.bytes.length) throw new RangeError('the signature goes on after its end');
  }
}

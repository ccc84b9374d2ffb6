import { createPublicKey, type KeyObject, verify } from 'node:crypto';

/** The KMS algorithm of sign-offs: that of a key of the spec ECC_NIST_P256. */
export const KMS_ALGORITHM = 'ECDSA_SHA_256';

/** The public key of a KMS key, as `aws kms get-public-key` prints it; undefined where it is none of the spec ECC_NIST_P256. */
export function parseKmsPublicKey(base64: string): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    // OpenSSL says of bytes that are no key only that they are none
    return undefined;
  }
}

/** Whether a base64 signature is that of these bytes: KMS gives it DER-encoded (ANSI X9.62), and hashes the message itself. */
export function kmsVerifies(key: KeyObject, message: Buffer, signature: string): boolean {
  return verify('sha256', message, { key, dsaEncoding: 'der' }, Buffer.from(signature, 'base64'));
}

import { canonicalJson } from '../../contract/digest';
import { type SignoffPart } from './signoff-parts';

/** What a person signs: that they answer for one part of one major version of a product, as it was on that day. */
export interface Statement {
  /** `dp_sales_orders` */
  readonly product: string;
  readonly major: number;
  readonly part: SignoffPart;
  /** `sha256:…` of what the part covers. */
  readonly digest: string;
  /** As mesh.yaml names them. */
  readonly signer: string;
  /** ISO 8601, in UTC. */
  readonly signedAt: string;
  /** The last day on which it counts, in UTC; without it, until something changes. */
  readonly until?: string | undefined;
}

/**
 * OpenSSH's namespace: a signature that was made for a git commit or a file is none of a contract, and the other way
 * round. PROTOCOL.sshsig asks for the form NAME@DOMAIN.
 */
export const NAMESPACE = 'signoff@cdk-data-mesh';

/** The bytes that are signed: the statement's RFC 8785 form, with a mark of what it is, which a KMS signature has no namespace for. */
export function signedBytes({ until, ...statement }: Statement): Buffer {
  return Buffer.from(canonicalJson({ kind: NAMESPACE, ...statement, ...until !== undefined && { until } }), 'utf8');
}

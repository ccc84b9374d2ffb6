import { type Contract } from '../../contract/contract';
import { dayOf } from '../../contract/day';
import { type RuleInfo } from '../../contract/findings';
import { majorVersion } from '../../contract/version';
import { list } from '../../contract/wording';
import { type MeshSigner } from '../mesh/mesh-file';
import { SIGNOFF } from '../rules';
import { kmsVerifies, parseKmsPublicKey } from './kms-signature';
import { type Surroundings } from '../workspace';
import { signedDigest } from './signed-content';
import { type LoadedSignoffs } from './signoff-file';
import { type Signoff } from './signoff-model';
import { SIGNOFF_PARTS, type SignoffPart } from './signoff-parts';
import { parseSshPublicKey, parseSshSignature } from './ssh-signature';
import { NAMESPACE, signedBytes } from './statement';

export interface SignoffCase extends Surroundings {
  readonly contract: Contract;
  /** Undefined where the contract has no sign-off file. */
  readonly file: LoadedSignoffs | undefined;
  readonly now: Date;
  /** Seconds after which a sign-off of a part no longer counts; undefined where it does until something changes. */
  readonly maxAge: (part: SignoffPart) => number | undefined;
}

/** Why a sign-off does not count. */
export interface SignoffFault {
  readonly rule: RuleInfo;
  /** One sentence. */
  readonly message: string;
  readonly remedy: string;
}

/** Clocks of two machines may differ by this much, in seconds. */
const CLOCK_SKEW = 300;
/** In milliseconds. */
const DAY = 86_400_000;

/** What is wrong with the sign-off of each part: undefined where it counts. */
export function judgeSignoffs(given: SignoffCase): ReadonlyMap<SignoffPart, SignoffFault | undefined> {
  return new Map(SIGNOFF_PARTS.map((part) => [part, judge(part, given)]));
}

function judge(part: SignoffPart, { contract, file, mesh, vocabulary, now, maxAge }: SignoffCase): SignoffFault | undefined {
  const fault = (kind: keyof typeof SIGNOFF, message: string, remedy = `sign it: mesh sign ${contract.id} --as ${part}`): SignoffFault => ({ rule: SIGNOFF[kind], message, remedy });
  if (file?.ok === false) return fault('unsigned', `the sign-off of ${part} cannot be read: ${file.problems[0]?.message ?? file.file}`, `correct ${file.file}, or sign again`);
  const signoff = file?.signoffs[part];
  if (signoff === undefined) return fault('unsigned', `the sign-off of ${part} is missing`);
  const { statement } = signoff;
  const what = `the sign-off of ${part} by ${statement.signer}`;
  const major = majorVersion(contract.version);
  if (statement.part !== part || statement.product !== contract.id || statement.major !== major) {
    return fault('replayed', `${what} was given for ${statement.part} of ${statement.product} v${statement.major}`);
  }
  const signers = mesh?.definition.signers ?? {};
  const signer = Object.hasOwn(signers, statement.signer) ? signers[statement.signer] : undefined;
  if (signer === undefined) return fault('foreign', `${what} does not count: mesh.yaml has no such signer`, 'have somebody sign who is in `signers` of mesh.yaml');
  const may = mayNotSign(signer, part, contract.domain);
  if (may !== undefined) return fault('foreign', `${what} does not count: ${may}`, `have somebody sign whom mesh.yaml allows to sign for ${part}`);
  const forgery = authenticity(signoff, signer);
  if (forgery !== undefined) return fault(forgery.kind, `${what} ${forgery.why}`);
  const age = (now.getTime() - Date.parse(statement.signedAt)) / 1000;
  if (!(age >= -CLOCK_SKEW)) return fault('expired', `${what} is dated in the future: ${statement.signedAt}`);
  if (statement.until !== undefined && dayOf(now) > statement.until) return fault('expired', `${what} ended on ${statement.until}`);
  const oldest = maxAge(part);
  if (oldest !== undefined && age > oldest) return fault('expired', `${what} of ${statement.signedAt.slice(0, 10)} is older than mesh.yaml allows`);
  if (statement.digest !== signedDigest(contract, part, { mesh, vocabulary })) {
    return fault('changed', `what ${part} answers for has changed since ${statement.signer} signed it on ${statement.signedAt.slice(0, 10)}`,
      `see what it covers: mesh sign ${contract.id} --as ${part} --show; then sign again`);
  }
  return undefined;
}

/** When a sign-off that counts ceases to, whatever happens; undefined where it does not. */
export function endOf({ statement }: Signoff, maxAge: number | undefined): Date | undefined {
  const ends = [
    ...statement.until === undefined ? [] : [Date.parse(`${statement.until}T00:00:00Z`) + DAY],
    ...maxAge === undefined ? [] : [Date.parse(statement.signedAt) + maxAge * 1000],
  ];
  return ends.length === 0 ? undefined : new Date(Math.min(...ends));
}

/** Why somebody may not sign a part in a domain, by mesh.yaml; undefined where they may. */
export function mayNotSign({ roles, domains }: MeshSigner, part: SignoffPart, domain: string | undefined): string | undefined {
  if (!roles.includes(part)) return `mesh.yaml only lets them sign for ${list(roles)}`;
  return domains === undefined || domains.includes(domain ?? '') ? undefined : `mesh.yaml only lets them sign in ${list(domains)}`;
}

/** Whether one of the signer's keys has signed this statement. */
function authenticity({ statement, signature }: Signoff, signer: MeshSigner): { readonly kind: 'forged' | 'foreign' | 'replayed'; readonly why: string } | undefined {
  const message = signedBytes(statement);
  const forged = { kind: 'forged', why: 'is forged, or was changed by hand: its signature does not match what it says' } as const;
  if (!signature.trimStart().startsWith('-----')) {
    const keys = signer.keys.flatMap((key) => (typeof key === 'string' ? [] : parseKmsPublicKey(key.publicKey) ?? []));
    return keys.some((key) => kmsVerifies(key, message, signature)) ? undefined : forged;
  }
  const ssh = parseSshSignature(signature);
  if (ssh === undefined) return { kind: 'forged', why: 'has a signature that is not from an ssh-ed25519 key' };
  const known = signer.keys.some((key) => typeof key === 'string' && parseSshPublicKey(key) === ssh.publicKey);
  if (!known) return { kind: 'foreign', why: 'was made with a key that mesh.yaml does not list for them' };
  if (ssh.namespace !== NAMESPACE) return { kind: 'replayed', why: `was made for something else: its namespace is \`${ssh.namespace}\`` };
  return ssh.verifies(message) ? undefined : forged;
}

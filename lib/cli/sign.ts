import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { Option } from 'commander';
import { type Contract } from '../contract/contract';
import { dayOf, isDay } from '../contract/day';
import { type Mesh } from '../plan/mesh/mesh';
import { filesOf } from '../plan/product-files';
import { SIGNOFF_PARTS, type SignoffPart } from '../plan/signoff/signoff-parts';
import { type Signoffs } from '../plan/signoff/signoff-model';
import { signedBytes } from '../plan/signoff/statement';
import { type Workspace } from '../plan/workspace';
import { ExitCode, Refusal, UsageError } from './failure';
import { library } from './library';
import { workspaceOf } from './plan-of';
import { findMeshRoot, resolveProduct } from './products';
import { kmsSign } from './sign/aws-kms';
import { publicKeyLine, sshSign } from './sign/ssh-keygen';
import { Group, helpText, jsonOption, printJson, type Registry, type Session } from './verb';

interface Options {
  readonly as: SignoffPart;
  readonly key?: string;
  readonly until?: string;
  readonly show?: boolean;
  readonly json?: boolean;
}

export function registerSign({ program, session, finish }: Registry): void {
  program.command('sign')
    .helpGroup(Group.write)
    .summary('approve a part of a contract: as owner, security or platform')
    .description('Signs what one person answers for, and writes it beside the contract: the owner meaning, schema and quality; security '
      + 'classification, roles, masking and residency; the platform SLA, naming and consumers. A change of that part, and of no other, '
      + 'makes the sign-off void. Who may sign, and with which keys, is in mesh.yaml.')
    .argument('[product]', 'id, domain/entity, stack name or contract file')
    .addOption(new Option('--as <part>', 'what you answer for').choices(SIGNOFF_PARTS).makeOptionMandatory())
    .option('--key <key>', 'an ssh-ed25519 key file, a .pub file whose key the agent has, or the ARN of a KMS key (default: ~/.ssh/id_ed25519)')
    .option('--until <day>', 'the last day on which it counts, e.g. 2026-12-31 (default: until something changes)')
    .option('--show', 'print what would be signed, and sign nothing')
    .addOption(jsonOption())
    .addHelpText('after', helpText([
      ['mesh sign sales/orders --as owner --show', 'what an owner answers for'],
      ['mesh sign sales/orders --as owner', 'sign it with ~/.ssh/id_ed25519'],
      ['mesh sign sales/orders --as security --until 2026-12-31', 'until the next review'],
      ['mesh validate --require-signoffs', 'the gate of CI'],
    ], '0 signed, 1 the contract is at fault or the key did not sign, 2 wrong usage or you may not sign'))
    .action((reference: string | undefined, options: Options) => {
      finish(sign(session, reference, options));
    });
}

export function sign(session: Session, reference: string | undefined, options: Options): number {
  const root = findMeshRoot(session.cwd);
  const { id, file } = resolveProduct(reference, root, session.cwd);
  const workspace = workspaceOf(session, root);
  const contract = soundContract(workspace, file, id);
  const { signedContent, signedDigest, statementOf } = library.signoff();
  const around = workspace.surroundings();
  if (options.show === true) {
    printJson(session, { product: id, part: options.as, digest: signedDigest(contract, options.as, around), covers: signedContent(contract, options.as, around) });
    return ExitCode.fine;
  }
  if (around.mesh === undefined) throw new UsageError('there is no mesh.yaml that says who may sign', 'write signers in mesh.yaml');
  const key = options.key ?? path.join(os.homedir(), '.ssh', 'id_ed25519');
  const signer = signerOf(session, around.mesh, key, options.as, contract.domain);
  const statement = statementOf(contract, options.as, around, { signer, at: workspace.now, until: lastDay(options.until, workspace.now) });
  const signature = isKms(key) ? kmsSign(session, key, signedBytes(statement)) : sshSign(session, path.resolve(session.cwd, key), signedBytes(statement));
  const written = writeSignoff(workspace, file, { [options.as]: { statement, signature } });
  const { terminal: { out } } = session;
  if (options.json === true) printJson(session, { ...statement, until: statement.until ?? null, file: workspace.nameOf(written) });
  else out.line(`${out.paint.green('✔')} ${signer} signed ${options.as} of ${id} v${statement.major}: ${workspace.nameOf(written)}`);
  return ExitCode.fine;
}

function soundContract(workspace: Workspace, file: string, id: string): Contract {
  const { problems, sound } = library.examine().examineProducts(workspace, [file])[0];
  if (sound !== undefined) return sound.contract;
  throw new Refusal('invalid', `${id} cannot be signed: there are errors in its files`, 'correct them first; mesh validate shows them too', problems);
}

/** Who the key belongs to, by mesh.yaml, and whether they may sign this part. */
function signerOf(session: Session, mesh: Mesh, key: string, part: SignoffPart, domain: string | undefined): string {
  const { parseSshPublicKey } = library.sshSignature();
  const { mayNotSign } = library.judgeSignoffs();
  const own = isKms(key) ? key : parseSshPublicKey(publicKeyLine(session, path.resolve(session.cwd, key)));
  if (own === undefined) throw new UsageError(`${key} is not an ssh-ed25519 key`, 'make one: ssh-keygen -t ed25519; its .pub line goes to signers in mesh.yaml');
  const signers = Object.entries(mesh.definition.signers ?? {});
  const holders = signers.filter(([, { keys }]) => keys.some((each) => (typeof each === 'string' ? parseSshPublicKey(each) : each.kms) === own));
  if (holders.length === 0) throw new UsageError(`mesh.yaml has no signer with the key ${key}`, 'ask the platform team to add your public key to signers, or name another with --key');
  const may = ([, signer]: (typeof signers)[number]): boolean => mayNotSign(signer, part, domain) === undefined;
  const signer = holders.find(may)?.[0];
  if (signer !== undefined) return signer;
  throw new UsageError(`mesh.yaml does not let ${holders.map(([name]) => name).join(' or ')} sign for ${part} in ${domain}`,
    `have somebody sign who may: ${signers.filter(may).map(([name]) => name).join(', ') || 'mesh.yaml has nobody yet'}`);
}

function isKms(key: string): boolean {
  return key.startsWith('arn:');
}

function lastDay(until: string | undefined, now: Date): string | undefined {
  if (until === undefined) return undefined;
  if (!isDay(until)) throw new UsageError(`--until must be a day, e.g. 2026-12-31, got "${until}"`);
  if (until < dayOf(now)) throw new UsageError(`--until ${until} is in the past`, 'name today or a later day');
  return until;
}

/** Beside the contract, with the sign-offs of the other parts as they are. */
function writeSignoff(workspace: Workspace, contract: string, signed: Signoffs): string {
  const { loadSignoffs, signoffText } = library.signoffFile();
  const file = filesOf(contract).signoff ?? contract.replace(/\.contract\.(ya?ml)$/, '.signoff.$1');
  if (file === contract) throw new UsageError(`there is no place for the sign-offs of ${workspace.nameOf(contract)}`, 'call the contract <entity>.contract.yaml');
  const before = fs.existsSync(file) ? loadSignoffs(file, workspace.nameOf(file)) : undefined;
  if (before?.ok === false) throw new Refusal('invalid', `${workspace.nameOf(file)} cannot be read, so it is left as it is`, 'correct it, or remove it', before.problems);
  fs.writeFileSync(file, signoffText({ ...before?.signoffs, ...signed }));
  return file;
}

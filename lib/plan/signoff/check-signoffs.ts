import * as path from 'node:path';
import { type Contract } from '../../contract/contract';
import { dayOf } from '../../contract/day';
import { Findings } from '../../contract/findings';
import { type Problem } from '../../contract/problem';
import { type Plan } from '../plan-schema';
import { SIGNOFF } from '../rules';
import { type Workspace } from '../workspace';
import { endOf, judgeSignoffs, type SignoffFault } from './judge-signoffs';
import { asksForSignoffs, gatedSignoffs, maxAgeOf, requiredSignoffs } from './required-signoffs';
import { loadSignoffs, type LoadedSignoffs } from './signoff-file';
import { SIGNOFF_PARTS, type SignoffPart } from './signoff-parts';

/**
 * What is wrong with the sign-offs of a contract. One that is there and does not count is a warning; with the gate, each
 * that the mesh asks for must count.
 */
export function signoffProblems(workspace: Workspace, contract: Contract, signoffs: string | undefined, gate: boolean): Problem[] {
  const file = signoffs === undefined ? undefined : loadSignoffs(signoffs, workspace.nameOf(signoffs));
  const { mesh } = workspace.surroundings();
  const gated = gate && mesh !== undefined ? gatedSignoffs(contract, mesh) : [];
  const broken = file?.ok === false ? file.problems : [];
  const inContract = new Findings(contract.file, (at, what) => contract.locate(at, what));
  const inFile = file?.ok === true ? new Findings(file.file, file.locate) : inContract;
  for (const [part, fault] of judged(workspace, contract, file)) {
    const signed = file?.ok === true && file.signoffs[part] !== undefined;
    if (fault === undefined || !(signed || gated.includes(part))) continue;
    const rule = { ...fault.rule, severity: gated.includes(part) ? 'error' : 'warning' } as const;
    (signed ? inFile : inContract).add(rule, signed ? [part] : ['id'], { message: fault.message, remedy: fault.remedy, at: signed ? 'key' : 'value' });
  }
  return [...broken, ...inContract.problems(), ...inFile === inContract ? [] : inFile.problems()];
}

/** A gate that asks nobody would let everything through. */
export function gateProblems(workspace: Workspace): Problem[] {
  const mesh = workspace.mesh();
  if (mesh?.ok === false || (mesh?.ok === true && asksForSignoffs(mesh.mesh))) return [];
  const findings = new Findings(workspace.nameOf(path.join(workspace.root, 'mesh.yaml')), mesh?.mesh.locate ?? (() => ({ line: 1, column: 1 })));
  findings.add(SIGNOFF.unasked, ['environments'], {
    message: `sign-offs are to be required, but ${mesh === undefined ? 'there is no mesh.yaml' : 'mesh.yaml asks nobody'} to sign`, at: 'key',
    remedy: 'write `signoffs: [owner, security]` in an environment, or a policy `{id: require-signoff, parts: [owner]}`',
  });
  return findings.problems();
}

/** What a plan says of the sign-offs: which are asked for in an environment, which of them count, and why the others do not. */
export function signoffVerdict(workspace: Workspace, contract: Contract, signoffs: string | undefined, environment: string | undefined): Plan['signoff'] {
  const { mesh } = workspace.surroundings();
  const required = requiredSignoffs(contract, mesh, environment);
  if (required.length === 0) return { required: [], valid: [], problems: [] };
  const file = signoffs === undefined ? undefined : loadSignoffs(signoffs, workspace.nameOf(signoffs));
  const faults = judged(workspace, contract, file);
  const valid = required.filter((part) => faults.get(part) === undefined);
  const ends = valid.flatMap((part) => {
    const end = file?.ok === true && file.signoffs[part] !== undefined ? endOf(file.signoffs[part], maxAgeOf(contract, mesh, part)) : undefined;
    return end === undefined ? [] : [{ part, at: end.toISOString() }];
  });
  return {
    required, valid, ...ends.length > 0 && { ends },
    problems: required.flatMap((part) => faults.get(part)?.message ?? []),
  };
}

/** How a part of a contract stands. */
export interface SignoffState {
  readonly part: SignoffPart;
  /** Whether the mesh asks for it, in the environment. */
  readonly required: boolean;
  /** Who signed, when, and the last day on which it counts; undefined where nobody did. */
  readonly signed: { readonly signer: string; readonly signedAt: string; readonly until: string | undefined } | undefined;
  /** Why it does not count; undefined where it does, or nobody signed. */
  readonly fault: string | undefined;
}

/** How each part of a contract stands, whether it is asked for or not. */
export function signoffStates(workspace: Workspace, contract: Contract, signoffs: string | undefined, environment: string | undefined): SignoffState[] {
  const { mesh } = workspace.surroundings();
  const required = requiredSignoffs(contract, mesh, environment);
  const file = signoffs === undefined ? undefined : loadSignoffs(signoffs, workspace.nameOf(signoffs));
  const faults = file === undefined ? undefined : judged(workspace, contract, file);
  return SIGNOFF_PARTS.map((part): SignoffState => {
    const signoff = file?.ok === true ? file.signoffs[part] : undefined;
    const end = signoff === undefined ? undefined : endOf(signoff, maxAgeOf(contract, mesh, part));
    return {
      part, required: required.includes(part),
      signed: signoff === undefined ? undefined : { signer: signoff.statement.signer, signedAt: signoff.statement.signedAt, until: end === undefined ? undefined : dayOf(new Date(end.getTime() - 1)) },
      fault: signoff === undefined && file?.ok !== false ? undefined : faults?.get(part)?.message,
    };
  });
}

function judged(workspace: Workspace, contract: Contract, file: LoadedSignoffs | undefined): ReadonlyMap<SignoffPart, SignoffFault | undefined> {
  const around = workspace.surroundings();
  return judgeSignoffs({ contract, file, ...around, now: workspace.now, maxAge: (part) => maxAgeOf(contract, around.mesh, part) });
}

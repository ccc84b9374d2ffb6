import * as fs from 'node:fs';
import { DEFAULT_CLASSIFICATION } from '../../contract/classification';
import { type Contract, type CustomProperty } from '../../contract/contract';
import { dayOf } from '../../contract/day';
import { type Change } from '../../contract/diff/change';
import { type DiffSide } from '../../contract/diff/context';
import { comparePair } from '../../contract/diff/diff-sets';
import { parseContract } from '../../contract/load-contract';
import { type Problem } from '../../contract/problem';
import { editYaml, UneditableYaml, type YamlEdit } from '../../contract/yaml-edit';
import { type Workspace } from '../workspace';

/** Why a contract is not taken to the next state of its life. */
export class LifecycleRefusal extends Error {
  constructor(message: string, readonly remedy?: string, readonly problems: readonly Problem[] = []) {
    super(message);
  }
}

/** A contract with its changes and the version that follows from them. */
export interface Rewritten {
  /** The whole file. */
  readonly text: string;
  readonly contract: Contract;
  /** What consumers notice. */
  readonly changes: readonly Change[];
}

/**
 * Changes the text of a contract, and its version as `mesh diff` demands. Nothing is written.
 * @throws LifecycleRefusal where only a new major version could say so, or the file has to be edited by hand
 */
export function rewrite(workspace: Workspace, file: string, contract: Contract, edits: readonly YamlEdit[]): Rewritten {
  const before = fs.readFileSync(file, 'utf8');
  const { required, next, changes, ignored } = compared(workspace, contract, edited(before, edits, contract));
  if (required === 'major' || next === null) {
    throw new LifecycleRefusal(`${contract.id} would break a promise to its consumers: ${breaking(changes).join('; ')}`, 'keep what was announced');
  }
  const text = next === contract.version ? edited(before, edits, contract) : edited(before, [...edits, { set: ['version'], to: next }], contract);
  return { text, contract: parsed(text, contract), changes: [...changes, ...ignored] };
}

/** What of a change would break a promise, in the words of `mesh diff`; empty where nothing does. */
export function brokenBy(file: string, contract: Contract, workspace: Workspace, edits: readonly YamlEdit[]): string[] {
  return breaking(compared(workspace, contract, edited(fs.readFileSync(file, 'utf8'), edits, contract)).changes);
}

function breaking(changes: readonly Change[]): string[] {
  return changes.filter(({ grade }) => grade === 'breaking').map(({ message }) => message);
}

function edited(text: string, edits: readonly YamlEdit[], { file, form }: Contract): string {
  if (form === 'short-template') throw new LifecycleRefusal(`${file} is the short template, which says neither status nor version`, 'write it as ODCS first: its fields are those that mesh plan shows');
  try {
    return editYaml(text, edits);
  } catch (error) {
    if (!(error instanceof UneditableYaml)) throw error;
    throw new LifecycleRefusal(`${file}: ${error.message}`, 'edit it by hand; mesh diff says which version follows');
  }
}

function compared(workspace: Workspace, contract: Contract, text: string): ReturnType<typeof comparePair>['comparisons'][number] {
  const { mesh, vocabulary } = workspace.surroundings();
  const side: DiffSide = { classification: (domain) => mesh?.classification(domain) ?? DEFAULT_CLASSIFICATION, vocabulary };
  return comparePair(contract, parsed(text, contract), { base: side, head: side, today: dayOf(workspace.now) }).comparisons[0];
}

function parsed(text: string, { file }: Contract): Contract {
  const loaded = parseContract(text, file);
  if (!loaded.ok) throw new Error(`what was written is not a valid contract: ${loaded.problems[0].message}`);
  return loaded.contract;
}

/** Writes a custom property of a contract: in its place, or as a new one. */
export function writeProperty(contract: Contract, property: string, value: string): YamlEdit {
  const there: CustomProperty | undefined = contract.customProperties.find((each) => each.property === property);
  return there === undefined ? { add: ['customProperties'], item: { property, value } } : { set: [...there.path, 'value'], to: value };
}

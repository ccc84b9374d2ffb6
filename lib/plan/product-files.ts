import * as fs from 'node:fs';
import * as path from 'node:path';

/** The files of one major version of a product: `orders.contract.yaml` and what stands beside it. */
export interface ProductFiles {
  readonly contract: string;
  /** Undefined where there is none. */
  readonly pipeline?: string | undefined;
  readonly tests?: string | undefined;
  readonly signoff?: string | undefined;
}

const CONTRACT = /\.contract\.(ya?ml)$/;

export function isContractFile(file: string): boolean {
  return CONTRACT.test(file);
}

/** What a file beside a contract is, by its name. */
export function kindOfFile(file: string): 'contract' | 'pipeline' | 'tests' | 'signoff' | 'mesh' | 'vocabulary' | undefined {
  const base = path.basename(file);
  const kind = /\.(contract|pipeline|tests|signoff)\.ya?ml$/.exec(base)?.[1];
  if (kind !== undefined) return kind as 'contract';
  return base === 'mesh.yaml' ? 'mesh' : base === 'vocabulary.yaml' ? 'vocabulary' : undefined;
}

/** The contract that a pipeline, tests or sign-off file belongs to. */
export function contractBeside(file: string): string {
  const [, stem = file, extension = 'yaml'] = /^(.*)\.(?:pipeline|tests|signoff|contract)\.(ya?ml)$/.exec(file) ?? [];
  const same = `${stem}.contract.${extension}`;
  const other = `${stem}.contract.${extension === 'yaml' ? 'yml' : 'yaml'}`;
  return !fs.existsSync(same) && fs.existsSync(other) ? other : same;
}

/** The files beside a contract, by their names. A contract called otherwise stands alone. */
export function filesOf(contract: string): ProductFiles {
  if (!isContractFile(contract)) return { contract };
  const stem = contract.replace(CONTRACT, '');
  const find = (kind: string): string | undefined => [`${stem}.${kind}.yaml`, `${stem}.${kind}.yml`].find((file) => exists(file));
  return { contract, pipeline: find('pipeline'), tests: find('tests'), signoff: find('signoff') };
}

/** Also of a link that leads nowhere: reading it says what is wrong with it. */
function exists(file: string): boolean {
  return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** Whether a folder or file is none that people keep contracts in: what editors leave beside a file begins with a dot too. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name === 'node_modules';
}

/** All contracts below a folder, sorted, what is hidden and node_modules left out. Follows no links. */
export function contractsBelow(folder: string): string[] {
  const found: string[] = [];
  const open = [folder];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const entry of fs.readdirSync(next, { withFileTypes: true })) {
      if (isHidden(entry.name)) continue;
      const file = path.join(next, entry.name);
      if (entry.isDirectory()) open.push(file);
      else if (isContractFile(entry.name)) found.push(file);
    }
  }
  return found.sort();
}

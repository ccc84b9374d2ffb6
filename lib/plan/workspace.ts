import * as fs from 'node:fs';
import * as path from 'node:path';
import { DEFAULT_CLASSIFICATION } from '../contract/classification';
import { type LoadedContract } from '../contract/contract';
import { loadContract } from '../contract/load-contract';
import { once } from '../contract/once';
import { type LoadedVocabulary, loadVocabulary, type Vocabulary } from '../contract/vocabulary';
import { majorVersion } from '../contract/version';
import { promisedTables } from './contract-tables';
import { type LoadedMesh, loadMesh, type Mesh } from './mesh/mesh';
import { type KnownProduct, type ProductDirectory } from './product-directory';
import { contractsBelow } from './product-files';
import { PythonSqlChecker } from './sql/python-sql-checker';
import { type SqlChecker } from './sql/sql-check';

/** The folder of mesh.yaml, else the nearest with contracts/ in it, else the one given. */
export function findMeshRoot(from: string): string {
  const start = path.resolve(from);
  const parents = [start];
  for (let folder = start; path.dirname(folder) !== folder; folder = path.dirname(folder)) parents.push(path.dirname(folder));
  return parents.find((folder) => fs.existsSync(path.join(folder, 'mesh.yaml')))
    ?? parents.find((folder) => fs.statSync(path.join(folder, 'contracts'), { throwIfNoEntry: false })?.isDirectory() === true)
    ?? start;
}

export interface WorkspaceOptions {
  /** @default - the jobs' own, called when the cache under .mesh has no answer */
  readonly sqlChecker?: SqlChecker | undefined;
  /** @default - that of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /**
   * The time at which sign-offs must be in force.
   * @default - when the workspace was opened
   */
  readonly now?: Date | undefined;
}

/** What a contract is read in: part of what it means is not written in it. Undefined is what is not there or cannot be read. */
export interface Surroundings {
  readonly mesh: Mesh | undefined;
  readonly vocabulary: Vocabulary | undefined;
}

/** The files of a mesh, each read once and only when something asks for it. */
export class Workspace implements ProductDirectory {
  private readonly contracts = new Map<string, LoadedContract>();
  private readonly loadedMesh: () => LoadedMesh | undefined;
  private readonly loadedVocabulary: () => LoadedVocabulary | undefined;
  private listed: readonly string[] | undefined;
  private readonly found = new Map<string, readonly KnownProduct[]>();
  private all: ReadonlyMap<string, readonly KnownProduct[]> | undefined;

  /** Asked about all SQL that somebody wrote. */
  readonly sqlChecker: SqlChecker;
  /** The time at which sign-offs must be in force. */
  readonly now: Date;

  /** `root` is the folder of mesh.yaml; files are named relative to `cwd` in problems. */
  constructor(readonly root: string, readonly cwd: string = process.cwd(), options: WorkspaceOptions = {}) {
    this.sqlChecker = options.sqlChecker ?? new PythonSqlChecker({ root, env: options.env ?? process.env });
    this.now = options.now ?? new Date();
    const readOnce = <T>(file: string, read: (file: string, name: string) => T): (() => T | undefined) => (
      once(() => (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined ? undefined : read(file, this.nameOf(file)))));
    this.loadedMesh = readOnce(path.join(root, 'mesh.yaml'), loadMesh);
    this.loadedVocabulary = readOnce(path.join(root, 'contracts', 'vocabulary.yaml'), loadVocabulary);
  }

  /** What a person calls a file from where they stand. */
  nameOf(file: string): string {
    const relative = path.relative(this.cwd, file);
    return relative === '' ? '.' : relative;
  }

  /** mesh.yaml; undefined where there is none. */
  mesh(): LoadedMesh | undefined {
    return this.loadedMesh();
  }

  /** contracts/vocabulary.yaml; undefined where there is none. */
  vocabulary(): LoadedVocabulary | undefined {
    return this.loadedVocabulary();
  }

  surroundings(): Surroundings {
    const [mesh, vocabulary] = [this.mesh(), this.vocabulary()];
    return { mesh: mesh?.ok === true ? mesh.mesh : undefined, vocabulary: vocabulary?.ok === true ? vocabulary.vocabulary : undefined };
  }

  contract(file: string): LoadedContract {
    const absolute = path.resolve(file);
    const loaded = this.contracts.get(absolute) ?? loadContract(absolute, this.nameOf(absolute));
    this.contracts.set(absolute, loaded);
    return loaded;
  }

  /** Every contract below contracts/. */
  contractFiles(): readonly string[] {
    if (this.listed === undefined) {
      const folder = path.join(this.root, 'contracts');
      this.listed = fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true ? contractsBelow(folder) : [];
    }
    return this.listed;
  }

  /** Looks first where the product should be by its name, so that one reference does not read the whole mesh. */
  find(id: string): readonly KnownProduct[] {
    if (this.all !== undefined) return this.all.get(id) ?? [];
    const before = this.found.get(id);
    if (before !== undefined) return before;
    const expected = this.contractFiles().filter((file) => id.endsWith(`_${path.basename(file).replace(/(\.v\d+)?\.contract\.ya?ml$/, '')}`));
    const products = expected.flatMap((file) => this.known(file) ?? []).filter((product) => product.id === id);
    if (products.length === 0) return this.products().get(id) ?? [];
    this.found.set(id, products);
    return products;
  }

  ids(): string[] {
    return [...this.products().keys()];
  }

  /** What the other contracts promise, those that the standard accepts. */
  private products(): ReadonlyMap<string, readonly KnownProduct[]> {
    if (this.all === undefined) {
      const all = new Map<string, KnownProduct[]>();
      for (const product of this.contractFiles().flatMap((file) => this.known(file) ?? [])) all.set(product.id, [...all.get(product.id) ?? [], product]);
      this.all = all;
    }
    return this.all;
  }

  private known(file: string): KnownProduct | undefined {
    const loaded = this.contract(file);
    if (!loaded.ok) return undefined;
    const { id, domain, version } = loaded.contract;
    const major = majorVersion(version);
    if (domain === undefined || major === undefined) return undefined;
    const mesh = this.mesh();
    return { id, domain, major, file, tables: promisedTables(loaded.contract, mesh?.ok === true ? mesh.mesh.classification(domain) : DEFAULT_CLASSIFICATION) };
  }
}

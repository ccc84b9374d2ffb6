import * as fs from 'node:fs';
import * as path from 'node:path';
import { type AccessShape, accessShapes, publishedColumns } from '../contract/access-shape';
import { type Contract } from '../contract/contract';
import { customProperty } from '../contract/mesh-property';
import { inOneLine, type Problem } from '../contract/problem';
import { checkKnown, checkProp, isText } from './checked-prop';
import { compileProduct } from './compile-product';
import { type Plan } from './plan-schema';
import { findMeshRoot, Workspace } from './workspace';

/** What belongs to a contract beside its own file. */
export interface DataContractOptions {
  /**
   * The pipeline file.
   * @default - the file beside the contract with the same stem; without one, the contract's landing prefix is its source
   */
  readonly pipeline?: string;

  /**
   * The sign-off file.
   * @default - the file beside the contract with the same stem, if there is one
   */
  readonly signoff?: string;

  /**
   * An environment of mesh.yaml.
   * @default - production: names carry no suffix
   */
  readonly environment?: string;
}

/** A contract that is valid and compiled: the promise of one major version of a data product. */
export class DataContract {
  /**
   * Reads, checks and compiles a contract with the files beside it.
   * @param file the contract; mesh.yaml and the vocabulary are looked for in the folders above it
   * @throws an error that lists every problem with file, line and remedy
   */
  public static fromFile(file: string, options: DataContractOptions = {}): DataContract {
    checkFiles(file, options);
    const workspace = new Workspace(findMeshRoot(path.dirname(path.resolve(file))));
    checkEnvironment(workspace, options.environment);
    return DataContract._of(workspace, file, options);
  }

  /**
   * Several contracts of one mesh share what is read of it.
   * @internal
   */
  public static _of(workspace: Workspace, file: string, options: DataContractOptions = {}): DataContract {
    const compiled = compileProduct(workspace, file, options);
    if (!compiled.ok) throw new Error(`${file} does not make a plan:\n${compiled.problems.map(inOneLine).join('\n')}`);
    return new DataContract(compiled.plan, compiled.contract, compiled.warnings, path.relative(workspace.root, path.resolve(file)).split(path.sep).join('/'));
  }

  /** `dp_<domain>_<entity>`. */
  public readonly productId: string;
  /** The domain that owns the product. */
  public readonly domain: string;
  /** What the product is about, as its stacks, buckets and paths name it. */
  public readonly entity: string;
  /** Semantic version. */
  public readonly version: string;
  /** The major version: part of every physical name, since two of them live side by side. */
  public readonly majorVersion: number;
  /** proposed, draft, active, deprecated or retired. */
  public readonly status: string;
  /** SHA-256 of the contract's RFC 8785 form, with its `sha256:` prefix. */
  public readonly digest: string;

  /**
   * What it compiles to.
   * @internal
   */
  public readonly _plan: Plan;
  /**
   * What is worth a look, and keeps nothing from being made.
   * @internal
   */
  public readonly _warnings: readonly Problem[];

  private constructor(plan: Plan, private readonly contract: Contract, warnings: readonly Problem[], private readonly file: string) {
    this._plan = plan;
    this._warnings = warnings;
    this.productId = plan.product.id;
    this.domain = plan.product.domain;
    this.entity = plan.product.entity;
    this.version = plan.product.version;
    this.majorVersion = plan.product.major;
    this.status = plan.product.status;
    this.digest = plan.digests.contract;
  }

  /** The resolved plan as JSON, as the jobs read it: schemas/plan.schema.json describes it. */
  public planJson(): string {
    return JSON.stringify(this._plan, undefined, 2);
  }

  /**
   * Its access shapes, of the columns that its plan publishes.
   * @internal
   */
  public _accessShapes(): AccessShape[] {
    return accessShapes(this.contract, this._plan.tables.filter(({ published }) => published)
      .flatMap(({ name, columns }) => publishedColumns(name, columns ?? [])));
  }

  /**
   * Regions that its data may be read in; none means any.
   * @internal
   */
  public _residency(): string[] {
    const written = customProperty(this.contract, 'mesh.residency');
    return Array.isArray(written) ? written.map(String) : [];
  }

  /**
   * Where a part of the contract stands, `contracts/sales/orders.contract.yaml:14` of `slaProperties.0`: the file as
   * seen from the mesh's folder, so that it is the same on every machine.
   * @internal
   */
  public _lineOf(part: string): string {
    const steps = part.split(/[.[\]]+/).filter((step) => step !== '').map((step) => (/^\d+$/.test(step) ? Number(step) : step));
    return `${this.file}:${this.contract.locate(steps).line}`;
  }
}

function checkFiles(file: string, options: DataContractOptions): void {
  checkKnown(options, { pipeline: true, signoff: true, environment: true });
  const { pipeline, signoff } = options;
  const write = 'write the path of a file, such as contracts/sales/orders.contract.yaml';
  checkProp(isText(file), 'file', 'the path of a contract', file, write);
  checkProp(pipeline === undefined || isText(pipeline), 'pipeline', 'the path of a file', pipeline, 'leave it out for the one beside the contract');
  // Where nobody has to sign it is not read.
  checkProp(signoff === undefined || (isText(signoff) && fs.existsSync(signoff)), 'signoff', 'the path of a file that is there', signoff, 'leave it out for the one beside the contract');
}

/** Without a mesh.yaml, whoever makes the domain says which environments there are. */
function checkEnvironment(workspace: Workspace, environment: string | undefined): void {
  const mesh = workspace.mesh();
  const known = mesh?.ok === true ? mesh.mesh.environments() : undefined;
  const isKnown = environment === undefined || (isText(environment) && (known?.includes(environment) ?? true));
  checkProp(isKnown, 'environment', known === undefined ? 'the name of an environment' : `an environment of mesh.yaml (${known.join(', ')})`, environment, 'leave it out for production');
}

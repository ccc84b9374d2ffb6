/* eslint-disable @typescript-eslint/no-require-imports -- a synth of one product makes no foundation, and loads none */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { App, type Stack, Validations } from 'aws-cdk-lib';
import { attributesIn } from '../../constructs/domain/data-domain';
import { MeshPolicy } from '../../constructs/policy/mesh-policy';
import { mayBeDeployed } from '../contract/lifecycle';
import { stackName } from '../contract/names';
import { inOneLine } from '../contract/problem';
import { suggest } from '../contract/suggest';
import { majorVersion } from '../contract/version';
import { checkKnown, checkProp, isText } from '../plan/checked-prop';
import { DataContract } from '../plan/data-contract';
import { type Mesh } from '../plan/mesh/mesh';
import { Workspace } from '../plan/workspace';
import { DataProductStack } from './data-product-stack';
import type * as Audit from './audit-stack';
import type * as Consumers from './consumer-stacks';
import type * as Foundation from './domain-foundation-stack';
import type * as Observability from './observability-stack';
import { type DeployedProduct } from './observability-stack';
import type * as Platform from './platform-scopes';
import type * as Shared from './platform-stacks';
import { reportQuotas } from './quotas';

/** Which stacks of a mesh are made. */
export interface MeshStacksProps {
  /** The folder of mesh.yaml. */
  readonly root: string;
  /**
   * Names of products' stacks, `sales-orders-v1` or `dev-sales-orders-v1`. Nothing else is made then, and no other contract compiled.
   * @default - everything of the mesh, foundations first
   */
  readonly products?: string[];
  /**
   * Lets the data of the one stack in `products` go with it: the id of its product, which is so asked for twice.
   * @default - data outlives its stack
   */
  readonly deleteDataOf?: string;
}

/** One product in one environment. */
interface Candidate {
  readonly file: string;
  readonly environment: string;
  readonly name: string;
}

/** What the platform deploys for one domain in one environment, before any of its products. */
interface DomainStacks {
  readonly domain: string;
  readonly environment: string;
  readonly stacks: readonly Stack[];
}

/**
 * All stacks of a mesh as its mesh.yaml, contracts and vocabulary say, or those of some products; held against
 * `MeshPolicy` when they are synthesised. How much of each account's quotas they use is written to `quotas.json` of the
 * assembly, and warned of from 70 %.
 */
export class MeshStacks {
  /** What was made, in the order in which it can be deployed. */
  readonly stacks: Stack[];
  private readonly workspace: Workspace;
  private readonly mesh: Mesh;

  /** @throws an error that lists what is wrong with mesh.yaml, with a contract, or with the names that were asked for */
  constructor(private readonly app: App, private readonly props: MeshStacksProps) {
    checkProps(app, props);
    Validations.of(app).addPlugins(new MeshPolicy());
    this.workspace = new Workspace(props.root);
    this.mesh = this.readMesh();
    const wanted = props.products;
    if (wanted === undefined) {
      const platform = this.platform();
      const consumers = this.consumers(platform);
      const foundations = this.foundations(platform);
      const products = this.candidates(this.workspace.contractFiles()).map((each) => {
        const contract = this.contract(each);
        const stack = this.product(each, contract);
        for (const { stacks } of foundations.filter(({ domain, environment }) => domain === contract.domain && environment === each.environment)) {
          for (const foundation of stacks) stack.addStackDependency(foundation, 'it is made by the roles and the policy of its domain');
        }
        return { contract, environment: each.environment, stack };
      });
      this.stacks = [
        ...platform.stacks, ...foundations.flatMap(({ stacks }) => stacks), ...consumers.roles(), ...products.map(({ stack }) => stack), ...consumers.grants(products), ...consumers.consumption(products),
        ...this.watching(products, platform),
      ];
    } else {
      const chosen = this.chosen(wanted).map((each) => ({ each, contract: this.contract(each) }));
      this.checkDeletion(chosen.map(({ contract }) => contract));
      this.stacks = chosen.map(({ each, contract }) => this.product(each, contract));
    }
    reportQuotas(app, this.stacks);
  }

  private readMesh(): Mesh {
    const loaded = this.workspace.mesh();
    if (loaded === undefined) throw new Error(`there is no mesh.yaml in ${this.props.root}; it says which accounts the domains are in: docs/guides/platform-team.md`);
    if (!loaded.ok) throw new Error(`mesh.yaml is not valid:\n${loaded.problems.map(inOneLine).join('\n')}`);
    return loaded.mesh;
  }

  /** What all domains share, and who works in their accounts. */
  private platform(): Shared.PlatformStacks {
    const { PlatformStacks } = require('./platform-stacks') as typeof Shared;
    const vocabulary = this.workspace.vocabulary();
    if (vocabulary?.ok === false) throw new Error(`the vocabulary is not valid:\n${vocabulary.problems.map(inOneLine).join('\n')}`);
    return new PlatformStacks(this.app, this.mesh, vocabulary?.vocabulary);
  }

  /** Domains that have an account in an environment have a foundation in it, and what keeps their products to the mesh's policy. */
  private foundations(platform: Shared.PlatformStacks): DomainStacks[] {
    const { DomainFoundationStack } = require('./domain-foundation-stack') as typeof Foundation;
    return this.mesh.environments().flatMap((environment) => Object.keys(this.mesh.definition.domains)
      .filter((domain) => this.mesh.account(domain, environment) !== undefined)
      .map((domain) => {
        const foundation = new DomainFoundationStack(this.app, { mesh: this.mesh, domain, environment });
        platform.before(foundation, environment, domain);
        return { domain, environment, stacks: [foundation, platform.policy(foundation, environment, domain)] };
      }));
  }

  private consumers(platform: Shared.PlatformStacks): Consumers.ConsumerStacks {
    const { ConsumerStacks } = require('./consumer-stacks') as typeof Consumers;
    return new ConsumerStacks(this.app, this.mesh, platform);
  }

  /** What records and watches is there once for each account of the platform, whichever environments share it. */
  private watching(products: readonly DeployedProduct[], platform: Shared.PlatformStacks): Stack[] {
    const { auditStacks } = require('./audit-stack') as typeof Audit;
    const { observabilityStacks } = require('./observability-stack') as typeof Observability;
    const { platformScopes } = require('./platform-scopes') as typeof Platform;
    const { app, mesh } = this;
    return platformScopes(mesh).flatMap((scope) => {
      const stacks = [...auditStacks(app, mesh, scope), ...observabilityStacks(app, { mesh, scope, products })];
      platform.beforeWatching(stacks, scope.environments);
      return stacks;
    });
  }

  private contract({ file, environment }: Candidate): DataContract {
    return DataContract._of(this.workspace, file, { environment });
  }

  private product({ environment }: Candidate, contract: DataContract): Stack {
    const { deleteDataOf } = this.props;
    return new DataProductStack(this.app, {
      contract, domain: attributesIn(this.mesh, contract.domain, environment),
      ...(deleteDataOf === undefined ? {} : { deleteData: true, confirmDeletion: deleteDataOf }),
    });
  }

  /** A product has one id in all its versions and environments, so that the id alone would be of too many. */
  private checkDeletion(chosen: readonly DataContract[]): void {
    const { deleteDataOf } = this.props;
    const [one, ...others] = chosen.map(({ productId }) => productId);
    checkProp(deleteDataOf === undefined || (one === deleteDataOf && others.length === 0), 'deleteDataOf',
      `the id of the product of the one stack in \`products\` (${[one, ...others].join(', ')})`, deleteDataOf, 'all data of that stack will be lost');
  }

  /** What the lifecycle lets be deployed, by the names of the stacks. A contract that cannot be read is a candidate everywhere: compiling it says why. */
  private candidates(files: readonly string[]): Candidate[] {
    return files.flatMap((file) => this.mesh.environments().flatMap((environment) => {
      const loaded = this.workspace.contract(file);
      if (!loaded.ok) return [{ file, environment, name: '' }];
      const { id, domain = '', version, status } = loaded.contract;
      const suffix = this.mesh.suffix(environment);
      if (!mayBeDeployed(status, suffix === null)) return [];
      if (this.mesh.domain(domain) !== undefined && this.mesh.account(domain, environment) === undefined) return [];
      const entity = id.slice(`dp_${domain}_`.length);
      return [{ file, environment, name: stackName({ domain, entity, major: majorVersion(version) ?? 0, environment: suffix }) }];
    }));
  }

  /** Looks first where products should be by their names, so that a synth of one does not read the whole mesh. */
  private chosen(wanted: readonly string[]): Candidate[] {
    const files = this.workspace.contractFiles();
    const likely = files.filter((file) => wanted.some((name) => name.includes(stemOf(file))));
    const found = this.named(wanted, this.candidates(likely));
    if (found.length === wanted.length) return found;
    const all = this.candidates(files);
    const missing = wanted.filter((name) => !all.some((one) => one.name === name));
    if (missing.length === 0) return this.named(wanted, all);
    const near = suggest(missing[0], all.map(({ name }) => name));
    throw new Error(`\`products\` must name stacks of products that may be deployed, got ${missing.join(', ')}; `
      + (near === undefined ? 'the lifecycle says when a product is: docs/guides/deploy.md' : `did you mean ${near}?`));
  }

  private named(wanted: readonly string[], candidates: readonly Candidate[]): Candidate[] {
    return wanted.flatMap((name) => candidates.find((one) => one.name === name) ?? []);
  }
}

function checkProps(app: App, props: MeshStacksProps): void {
  checkKnown(props, { root: true, products: true, deleteDataOf: true });
  const { root, products, deleteDataOf } = props;
  checkProp(App.isApp(app), 'app', 'an App', app, 'make one with new App()');
  checkProp(isText(root) && fs.statSync(root, { throwIfNoEntry: false })?.isDirectory() === true, 'root', 'the folder of mesh.yaml', root, 'write \'.\' for the current folder');
  checkProp(products === undefined || (Array.isArray(products) && products.length > 0 && products.every(isText)), 'products', 'a list of names of stacks', products, 'leave it out for the whole mesh');
  checkProp(deleteDataOf === undefined || products !== undefined, 'deleteDataOf', 'given together with the stack that it is about', deleteDataOf, 'name that one stack in `products`');
}

/** `sales-orders` of contracts/sales/orders.v2.contract.yaml. */
function stemOf(file: string): string {
  const base = path.basename(file).replace(/(\.v\d+)?\.contract\.ya?ml$/, '');
  return `${path.basename(path.dirname(file))}-${base}`.replaceAll('_', '-');
}

import { identityOf } from '../../constructs/domain/identity';
import { domainNames, productNames, type ProductPlace } from '../../constructs/domain/naming';
import { type Mesh } from '../plan/mesh/mesh';
import { Refusal, UsageError } from './failure';
import { LocalAws, localEnvironment, platformOf } from './local/local-aws';
import { ask } from './jobs';
import { type KnownProduct } from './products';
import { stateFolder } from './state';
import { type Session } from './verb';

export const TARGETS = ['local', 'local-aws'] as const;
export type TargetName = (typeof TARGETS)[number];

/** What a verb acts on: the state of this machine, or what is deployed in a local AWS. */
export interface Target {
  readonly name: TargetName;
  /** Undefined where everything is on this machine. */
  readonly deployment?: DeployedMesh;
}

/** What the jobs are asked with: whose session it is, and where things are. */
export interface Asked {
  readonly session: Session;
  readonly where: { readonly state: string } | { readonly deployment: DeployedNames };
}

/** Names of what a product is made of where it is deployed: the jobs' deployed.py acts by them. */
export interface DeployedNames {
  readonly runTable: string;
  readonly stateMachine: string;
  readonly rawBucket: string;
  readonly publisher: string;
  readonly identity: Readonly<Record<string, string>>;
}

/** This machine. */
export const HERE: Target = { name: 'local' };

/** Throws UsageError for a target that there is none of, and where none is up. */
export function targetOf(session: Session, root: string, name: string): Target {
  if (name === HERE.name) return HERE;
  if (name !== 'local-aws') throw new UsageError(`there is no target "${name}"`, `known targets: ${TARGETS.join(', ')}`);
  return { name, deployment: new DeployedMesh(session, root) };
}

/** How the jobs are asked about a product; `environment` is one of mesh.yaml's, production unless given. */
export function askedOf(session: Session, root: string, { deployment }: Target, product: Pick<KnownProduct, 'domain' | 'entity' | 'major'>, environment?: string): Asked {
  if (deployment === undefined) return { session, where: { state: stateFolder(root) } };
  const place = deployment.placeOf(product, environment);
  return { session: deployment.sessionIn(place.account, place.region), where: { deployment: namesOf(place) } };
}

/** A product that the jobs are asked about; `suffix` is what its environment adds to names, null in production. */
export interface ProductAsked {
  readonly product: KnownProduct;
  readonly suffix: string | null;
}

/** Asks the jobs about several products, in one call for those that are in one place; the answers are in the order of the products. */
export async function askOfProducts<T>(session: Session, root: string, target: Target, command: string, asked: readonly ProductAsked[], { env, ...request }: { readonly env?: string; readonly [field: string]: unknown }): Promise<T[]> {
  const places = new Map<string, { readonly acting: Session; readonly where: object; readonly at: number[] }>();
  for (const [n, { product }] of asked.entries()) {
    const { session: acting, where } = askedOf(session, root, target, product, env);
    // The runs of a domain are in one table.
    const key = target.deployment === undefined ? '' : product.domain;
    const place = places.get(key) ?? { acting, where, at: [] };
    place.at.push(n);
    places.set(key, place);
  }
  const answers = Array<T>(asked.length);
  for (const { acting, where, at } of places.values()) {
    const products = at.map((n) => ({ id: asked[n].product.id, major: asked[n].product.major, environment: asked[n].suffix }));
    const answer = await ask<{ products: T[] }>(acting, root, command, { products, ...where, ...request });
    for (const [n, one] of answer.products.entries()) answers[at[n]] = one;
  }
  return answers;
}

function namesOf(place: ProductPlace): DeployedNames {
  return {
    runTable: domainNames.runTable(place), stateMachine: productNames.stateMachineArn(place), rawBucket: productNames.bucket(place, 'raw'), publisher: domainNames.handlerArn(place, 'publisher'),
    identity: identityOf(place),
  };
}

/** The mesh as it is deployed in the local AWS that runs for it. In that one the access key is an account, whose root asks. */
export class DeployedMesh {
  readonly mesh: Mesh;
  private readonly port: number;
  private readonly platform: { readonly account: string; readonly region: string };

  constructor(private readonly session: Session, root: string) {
    const { mesh, ...platform } = platformOf(session, root);
    const running = new LocalAws(session, root).find();
    if (running === undefined) throw new Refusal('local-aws', 'no local AWS is running for this mesh', 'start it, then deploy into it: mesh up; docs/local.md shows how');
    this.mesh = mesh;
    this.platform = platform;
    this.port = running.port;
  }

  /** What an account's root asks with. */
  readonly sessionIn = (account: string, region: string): Session => {
    const env = { ...this.session.env, ...localEnvironment({ pid: 0, port: this.port }, { account, region }) };
    return { ...this.session, env, jobs: 'deployed' };
  };

  /** Of the platform's account. */
  platformSession(): Session {
    return this.sessionIn(this.platform.account, this.platform.region);
  }

  /** Throws UsageError where the domain has no account in the environment. */
  placeOf({ domain, entity, major }: Pick<KnownProduct, 'domain' | 'entity' | 'major'>, environment = this.production()): ProductPlace {
    const account = environment === undefined ? undefined : this.mesh.account(domain, environment);
    if (account === undefined || environment === undefined) throw new UsageError(`${this.mesh.file} has no account of the domain ${domain} in ${environment ?? 'production'}`, 'name the environment: --env');
    return {
      mesh: this.mesh.name, environment: this.mesh.suffix(environment), domain, entity, major, account, region: this.mesh.region(domain),
      platformAccount: this.mesh.platformAccount(environment) ?? this.platform.account, platformRegion: this.platform.region,
    };
  }

  /** The environment that is meant where none is named. */
  readonly production = (): string | undefined => this.mesh.production();
}

import { createHash } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { IDENTIFIER } from '../../lib/contract/names';
import { type Plan } from '../../lib/plan/plan-schema';
import { PLAN_VERSION } from '../../lib/plan/plan-version';
import { ANSWERED_VERSIONS } from '../domain/interface-version';
import { domainNames, type DomainPlace, type ProductPlace } from '../domain/naming';
import { HandlerError } from './custom-resource';

/** What every custom resource of a product says: whose it is, and where its plan is. */
export interface ProductRequest {
  readonly place: ProductPlace;
  readonly planUrl: string;
  readonly planDigest: string;
}

const JSON_URL = /^s3:\/\/([a-z0-9.-]+)\/(.+\.json)$/;

/** The domain that this function serves, as its foundation wrote it into MESH_PLACE. Raises HandlerError where it did not. */
export function servedDomain(): DomainPlace {
  const { MESH_PLACE } = process.env;
  if (MESH_PLACE === undefined) throw new HandlerError('MESH_PLACE is not set', 'ask the platform team to deploy the stack of this function again');
  return JSON.parse(MESH_PLACE) as DomainPlace;
}

/** Reads the identity of a product from the properties of its custom resource, and refuses a product of another domain. */
export function productRequest(properties: Record<string, unknown>, served: DomainPlace): ProductRequest {
  const place = productPlace(properties, served);
  const plan = deployedFile(properties, 'Plan');
  return { place, planUrl: plan.url, planDigest: plan.digest };
}

/** A file that a deployment brought along: where it is, and SHA-256, in hex, of its bytes. */
export interface DeployedFile {
  readonly url: string;
  readonly digest: string;
}

/** The file that a custom resource names by `<name>Url` and `<name>Digest`. */
export function deployedFile(properties: Record<string, unknown>, name: string): DeployedFile {
  const url = textOf(properties, `${name}Url`);
  if (!JSON_URL.test(url)) throw new HandlerError(`${name}Url must be s3://<bucket>/<key>.json, received ${JSON.stringify(url)}`);
  return { url, digest: textOf(properties, `${name}Digest`) };
}

/** The product that asks, be it by a custom resource or by its state machine; refuses one of another domain. */
export function productPlace(properties: Record<string, unknown>, served: DomainPlace): ProductPlace {
  const text = (name: string): string => textOf(properties, name);
  if (!ANSWERED_VERSIONS.includes(text('InterfaceVersion'))) {
    throw new HandlerError(`the foundation of ${served.domain} knows interface version ${ANSWERED_VERSIONS.join(' and ')}, the product asks with ${text('InterfaceVersion')}`,
      'ask the platform team to deploy the foundation with the version of the library that the product has');
  }
  if (text('Domain') !== served.domain || text('Environment') !== (served.environment ?? '')) {
    throw new HandlerError(`this is the foundation of ${shown(served.domain, served.environment)}, the product is of ${shown(text('Domain'), text('Environment'))}`, 'a product asks the handlers of its own domain');
  }
  if (!IDENTIFIER.test(text('Entity'))) throw new HandlerError(`Entity must be the entity of a contract's id, received ${JSON.stringify(text('Entity'))}`);
  if (!/^\d{1,6}$/.test(text('Major'))) throw new HandlerError(`Major must be a number, received ${JSON.stringify(text('Major'))}`);
  return { ...served, entity: text('Entity'), major: Number(text('Major')) };
}

function textOf(properties: Record<string, unknown>, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string') throw new HandlerError(`${name} must be text, received ${JSON.stringify(value) ?? 'nothing'}`, 'deploy with the version of the library that the foundation has');
  return value;
}

/** The plan that a request names: the very bytes that were deployed, of the very product that asks. */
export async function planOf({ place, planUrl, planDigest }: ProductRequest, s3: S3Client): Promise<Plan> {
  const plan = await documentOf<Plan>({ what: 'plan', url: planUrl, digest: planDigest, account: place.account, remedy: 'deploy the product again' }, s3);
  const version: number = plan.planVersion;
  if (version !== PLAN_VERSION) {
    throw new HandlerError(`the foundation of ${place.domain} reads plans of version ${PLAN_VERSION}, this one has ${version}`,
      version < PLAN_VERSION ? 'deploy the product with the version of the library that its foundation has' : 'ask the platform team to deploy the foundation with the version of the library that the product has');
  }
  const { domain, entity, major } = plan.product;
  const same = domain === place.domain && entity === place.entity && major === place.major && plan.environment === place.environment
    && plan.databases.published === domainNames.publishedDatabase(place) && plan.databases.internal === domainNames.internalDatabase(place);
  if (!same) throw new HandlerError(`the plan is of ${shown(domain, plan.environment)}/${entity} v${major}, the request of ${shown(place.domain, place.environment)}/${place.entity} v${place.major}`, 'deploy the product from its own contract');
  return plan;
}

/** A JSON document that a deployment brought along. */
export interface Deployed {
  readonly what: string;
  readonly url: string;
  /** SHA-256, in hex. */
  readonly digest: string;
  /** Whose bucket it is in. */
  readonly account: string;
  readonly remedy: string;
}

/** The very bytes that were deployed, read as JSON. */
export async function documentOf<T>({ what, url, digest: expected, account, remedy }: Deployed, s3: S3Client): Promise<T> {
  const [, Bucket, Key] = JSON_URL.exec(url) ?? [];
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ExpectedBucketOwner: account }));
  const bytes = await Body?.transformToByteArray() ?? new Uint8Array();
  const digest = createHash('sha256').update(bytes).digest('hex');
  if (digest !== expected) throw new HandlerError(`${url} is not the ${what} that was deployed: its SHA-256 is ${digest}, expected ${expected}`, remedy);
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
}

function shown(domain: string, environment: string | null): string {
  return environment === null || environment === '' ? domain : `${domain} in ${environment}`;
}

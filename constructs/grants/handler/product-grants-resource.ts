import { type S3Client } from '@aws-sdk/client-s3';
import { type DomainPlace, productNames, type ProductPlace } from '../../domain/naming';
import { type Attributes, type Call, type CustomResource, HandlerError } from '../../handlers/custom-resource';
import { type Holders } from '../../handlers/holders';
import { type DeployedFile, deployedFile, documentOf, productPlace } from '../../handlers/product-request';
import { type Trail } from '../../handlers/trail';
import { type RunTable } from '../../run-log/run-table';
import { type GrantsReport } from '../answers';
import { type GrantsDrift } from '../grants-drift';
import { ACCESS_VERSION, type ProductAccess } from '../product-access';
import { type BindingsStore } from './bindings-store';
import { type Offered, ProductGrants, type GrantsSetting } from './product-grants';

/** What the stack of grants of a product asks for. */
export interface GrantsRequest {
  readonly place: ProductPlace;
  readonly access: DeployedFile;
  /** Its published tables: what a deletion needs, when the document is gone. */
  readonly tables: readonly string[];
}

/** What the handler of a domain works with. */
export interface GrantsHandlerSetting extends GrantsSetting {
  readonly served: DomainPlace;
  readonly s3: S3Client;
  readonly holders: Holders;
  readonly runTable: RunTable;
  readonly bindings: Pick<BindingsStore, 'of'>;
  /** Of the domain's account, read anew. */
  trail(): Trail;
  /** Announces what neither contract nor binding explains. */
  tell(drift: GrantsDrift): Promise<void>;
}

const HOLDER = 'grants';
/** What was deployed last of each product, by its key in the run table. */
const DEPLOYED = 'grants';

/** Custom::MeshGrants: what consumers may see of one product. */
export class ProductGrantsResource implements CustomResource<GrantsRequest> {
  constructor(private readonly setting: GrantsHandlerSetting) {}

  parse(properties: Record<string, unknown>): GrantsRequest {
    const { Tables } = properties;
    if (!Array.isArray(Tables) || !Tables.every((table): table is string => typeof table === 'string')) {
      throw new HandlerError(`Tables must be a list of names, received ${JSON.stringify(Tables) ?? 'nothing'}`, 'deploy with the version of the library that the foundation has');
    }
    return { place: productPlace(properties, this.setting.served), access: deployedFile(properties, 'Access'), tables: Tables };
  }

  physicalId({ place }: GrantsRequest): string {
    return `${productNames.prefix(place)}-grants`;
  }

  create(request: GrantsRequest, call: Call): Promise<Attributes> {
    return this.putInForce(request, [], call);
  }

  update(request: GrantsRequest, old: GrantsRequest | undefined, call: Call): Promise<Attributes> {
    return this.putInForce(request, old?.tables ?? [], call);
  }

  async delete({ place, tables }: GrantsRequest, call: Call): Promise<void> {
    if (!await this.setting.holders.removeIsLast(place, HOLDER, call)) return;
    // Offering nothing is remembered first: who reconciles meanwhile takes away as well, and so does the next sweep where this fails.
    await this.remember(place, undefined, [...await this.tablesOf(place), ...tables], call);
    await this.reconcile(place, call);
    call.signal.throwIfAborted();
    await this.setting.runTable.delete(deployedKey(place));
  }

  private async putInForce({ place, access }: GrantsRequest, before: readonly string[], call: Call): Promise<Attributes> {
    const { setting } = this;
    await setting.holders.add(place, HOLDER, call);
    const { product, tables } = await accessAt(access, place, setting.s3);
    // Remembered first: a subscription that comes meanwhile is judged by what is being deployed. Tables that left the contract are too, until nobody has them.
    await this.remember(place, access, [...await this.tablesOf(place), ...before, ...tables], call);
    const report = await this.reconcile(place, call);
    // Unless another deployment has come meanwhile, which knows what it offers and what is left of before.
    if ((await deployedOf(setting, place))?.access?.digest === access.digest) await this.remember(place, access, tables, call);
    console.log(JSON.stringify({ product: product.id, ...report }));
    return { Granted: String(report.granted), Revoked: String(report.revoked), Refused: String(report.refused.length), Drift: String(report.drift.length) };
  }

  private reconcile(place: ProductPlace, call: Call): Promise<GrantsReport> {
    const { setting } = this;
    return new ProductGrants(setting, place, () => call.remaining(), call.signal).reconcile(async () => offeredNow(setting, place, await deployedOf(setting, place)));
  }

  private async tablesOf(place: ProductPlace): Promise<readonly string[]> {
    return (await deployedOf(this.setting, place))?.tables ?? [];
  }

  private async remember(place: ProductPlace, access: DeployedFile | undefined, tables: readonly string[], { signal }: Call): Promise<void> {
    signal.throwIfAborted();
    await this.setting.runTable.put(deployedKey(place), { ...access, tables: JSON.stringify([...new Set(tables)]) });
  }
}

/** What is remembered of a product's grants. */
export interface DeployedGrants {
  /** What was deployed last; undefined once all of it is being taken away. */
  readonly access: DeployedFile | undefined;
  /** Tables that somebody may have something of: those of the contract, and those that have left it until nobody has. */
  readonly tables: readonly string[];
}

/** Undefined where no grants are deployed. */
export async function deployedOf({ runTable }: Pick<GrantsHandlerSetting, 'runTable'>, place: ProductPlace): Promise<DeployedGrants | undefined> {
  const item = await runTable.get(deployedKey(place));
  if (item === undefined) return undefined;
  const { url, digest, tables } = item;
  // What a version before this one has remembered has no tables: those of what was deployed are all there are.
  return { access: url === undefined ? undefined : { url: String(url), digest: String(digest) }, tables: tables === undefined ? [] : JSON.parse(String(tables)) as string[] };
}

/** What a product offers to whom, by what is remembered of it and the bindings that there are now; without anything remembered, nothing to nobody. */
export async function offeredNow(setting: Pick<GrantsHandlerSetting, 's3' | 'bindings'>, place: ProductPlace, deployed: DeployedGrants | undefined): Promise<Offered> {
  const { access: file, tables = [] } = deployed ?? {};
  if (file === undefined) return { access: undefined, tables, bindings: [] };
  const access = await accessAt(file, place, setting.s3);
  return { access, tables: [...new Set([...access.tables, ...tables])], bindings: await setting.bindings.of(place) };
}

/** What was deployed last of a product's grants; undefined where nothing was. */
export async function deployedAccess(setting: Pick<GrantsHandlerSetting, 'runTable' | 's3'>, place: ProductPlace): Promise<ProductAccess | undefined> {
  const file = (await deployedOf(setting, place))?.access;
  return file === undefined ? undefined : accessAt(file, place, setting.s3);
}

/** Products whose grants are deployed, or are being taken away. */
export async function grantedProducts({ runTable, served }: Pick<GrantsHandlerSetting, 'runTable' | 'served'>): Promise<ProductPlace[]> {
  const found: ProductPlace[] = [];
  const suffix = served.environment === null ? '' : `@${served.environment}`;
  for await (const { sk } of runTable.query(DEPLOYED, `dp_${served.domain}_`)) {
    const [, entity, major] = new RegExp(`^dp_${served.domain}_(.+?)${suffix}#v(\\d+)$`).exec(String(sk)) ?? [];
    if (entity !== undefined) found.push({ ...served, entity, major: Number(major) });
  }
  return found;
}

async function accessAt(file: DeployedFile, place: ProductPlace, s3: S3Client): Promise<ProductAccess> {
  const access = await documentOf<ProductAccess>({ what: 'access', ...file, account: place.account, remedy: 'deploy the grants of the product again' }, s3);
  const version: number = access.accessVersion;
  if (version !== ACCESS_VERSION) throw new HandlerError(`the foundation of ${place.domain} reads access of version ${ACCESS_VERSION}, this one has ${version}`, 'deploy the foundation with the version of the library that the grants have');
  const { domain, entity, major } = access.product;
  if (domain !== place.domain || entity !== place.entity || major !== place.major || access.environment !== place.environment) {
    throw new HandlerError(`what was deployed is for ${domain}/${entity} v${major}, the request is of ${place.domain}/${place.entity} v${place.major}`, 'deploy the grants of a product from its own contract');
  }
  return access;
}

function deployedKey(place: ProductPlace): { readonly pk: string; readonly sk: string } {
  return { pk: DEPLOYED, sk: productNames.runPartition(place) };
}

import { type GlueClient, type Table } from '@aws-sdk/client-glue';
import { type LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { type S3Client } from '@aws-sdk/client-s3';
import { type Plan } from '../../../lib/plan/plan-schema';
import { domainNames, productNames, type DomainPlace, type ProductPlace } from '../../domain/naming';
import { HandlerError, type Attributes, type Call, type CustomResource } from '../../handlers/custom-resource';
import { type Holders } from '../../handlers/holders';
import { planOf, productRequest, type ProductRequest } from '../../handlers/product-request';
import { grantsBeforeTables, grantsOnTables, internalPrefix, productRoles, tablesLocation, tablesOf, type ProductTable } from '../grants';
import { CLASSIFICATION_VALUES, databaseTags, domainTag, productTag, VISIBILITY_VALUES } from '../lf-tags';
import { CatalogueTables } from '../../lake-formation/catalogue-tables';
import { LakeGrants, type Held } from '../../lake-formation/lake-grants';
import { Location } from './location';
import { Patience } from '../../lake-formation/patience';
import { reconcile } from './reconcile';
import { tagsOf } from './table-tags';
import { Tagging } from './tagging';

/** A product asks twice: for what it takes to make tables, and, when these are there, for what is to be done with them. */
export type Phase = 'before-tables' | 'after-tables';

export interface PermissionsRequest extends ProductRequest {
  readonly phase: Phase;
}

/** What the handler works with. */
export interface PermissionsSetting {
  readonly served: DomainPlace;
  readonly lakeFormation: LakeFormationClient;
  readonly glue: GlueClient;
  readonly s3: S3Client;
  readonly holders: Holders;
  sleep(ms: number): Promise<void>;
}

/** In-account Lake Formation permissions of one product's own roles, its LF-tags and its registered location. */
export class ProductPermissionsResource implements CustomResource<PermissionsRequest> {
  constructor(private readonly setting: PermissionsSetting) {}

  parse(properties: Record<string, unknown>): PermissionsRequest {
    const phase = properties.Phase;
    if (phase !== 'before-tables' && phase !== 'after-tables') {
      throw new HandlerError(`Phase must be before-tables or after-tables, received ${JSON.stringify(phase) ?? 'nothing'}`, 'deploy with the version of the library that the foundation has');
    }
    return { ...productRequest(properties, this.setting.served), phase };
  }

  physicalId({ place, phase }: PermissionsRequest): string {
    return `${productNames.prefix(place)}-permissions-${phase}`;
  }

  async create(request: PermissionsRequest, call: Call): Promise<Attributes> {
    await this.setting.holders.add(request.place, thing(request), call);
    const plan = await planOf(request, this.setting.s3);
    const work = new Work(this.setting, request.place, call);
    await (request.phase === 'before-tables' ? work.beforeTables() : work.afterTables(plan));
    return {};
  }

  update(request: PermissionsRequest, _old: PermissionsRequest, call: Call): Promise<Attributes> {
    return this.create(request, call);
  }

  /** Needs no plan: that may be gone by then. */
  async delete(request: PermissionsRequest, call: Call): Promise<void> {
    if (!await this.setting.holders.removeIsLast(request.place, thing(request), call)) return;
    const work = new Work(this.setting, request.place, call);
    await (request.phase === 'before-tables' ? work.withoutLocation() : work.withoutTables());
  }
}

function thing({ phase }: PermissionsRequest): string {
  return `permissions#${phase}`;
}

/** What one request does, step by step. */
class Work {
  private readonly lake: LakeGrants;
  private readonly tagging: Tagging;
  private readonly tables: CatalogueTables;
  private readonly location: Location;
  private readonly published: string;
  private readonly internal: string;

  constructor(private readonly setting: PermissionsSetting, private readonly place: ProductPlace, call: Call) {
    const patience = new Patience(() => call.remaining(), (ms) => setting.sleep(ms));
    this.lake = new LakeGrants(setting.lakeFormation, place.account, patience);
    this.tagging = new Tagging(setting.lakeFormation, place.account, patience);
    this.tables = new CatalogueTables(setting.glue, place.account, patience);
    this.location = new Location(setting.lakeFormation, tablesLocation(place), patience);
    this.published = domainNames.publishedDatabase(place);
    this.internal = domainNames.internalDatabase(place);
  }

  async beforeTables(): Promise<void> {
    const { place } = this;
    await this.location.register(domainNames.lakeRoleArn(place));
    await this.tagging.ensure({
      domain: [domainTag(place)], product: [productTag(place)], classification: CLASSIFICATION_VALUES, visibility: VISIBILITY_VALUES,
    }, domainNames.handlerRoleArn(place, 'permissions'));
    await this.tagging.tagDatabase(this.published, databaseTags(place, 'published'));
    await this.tagging.tagDatabase(this.internal, databaseTags(place, 'internal'));
    await reconcile(this.lake, { grants: grantsBeforeTables(place), exactly: productRoles(place), covers: (held) => this.isBeforeTables(held) }, (ms) => this.setting.sleep(ms));
  }

  async afterTables(plan: Plan): Promise<void> {
    const there = await this.tablesThere(plan);
    for (const [planned, table] of there) await this.tagging.tagTable(tagsOf(this.place, plan, planned, table));
    const grants = grantsOnTables(this.place, [...there.keys()]);
    await reconcile(this.lake, { grants, exactly: productRoles(this.place), covers: (held) => this.isOnTables(held) && !this.isOwnInternal(held) }, (ms) => this.setting.sleep(ms));
  }

  /** Grants of the product's roles on tables go; tables that are kept stay tagged and published by the domain's publisher. */
  async withoutTables(): Promise<void> {
    await this.revokeAll((held) => this.isOnTables(held));
  }

  /** The location stays registered as long as a table lies in it: else whoever may read S3 could read what was governed. */
  async withoutLocation(): Promise<void> {
    await this.revokeAll((held) => this.isBeforeTables(held));
    const left = [...await this.tables.beginning(this.internal, internalPrefix(this.place)), ...await this.tables.beginning(this.published, '')];
    if (left.some((table) => this.isOfProduct(table))) return;
    const arn = tablesLocation(this.place);
    await this.lake.revoke((await this.lake.on({ kind: 'location', arn })).filter(({ target }) => target?.kind === 'location' && target.arn === arn));
    await this.location.deregister();
  }

  private async revokeAll(which: (held: Held) => boolean): Promise<void> {
    for (const role of productRoles(this.place)) await this.lake.revoke((await this.lake.of(role)).filter(which));
  }

  /** The plan is written by the domain team: a table is the product's when its data lies in the product's bucket. */
  private async tablesThere(plan: Plan): Promise<Map<ProductTable, Table>> {
    const internal = await this.tables.beginning(this.internal, internalPrefix(this.place));
    const there = new Map<ProductTable, Table>();
    for (const planned of tablesOf(plan)) {
      const found = planned.published ? await this.tables.find(planned.database, planned.table) : internal.find(({ Name }) => Name === planned.table);
      if (found === undefined && planned.published) throw new HandlerError(`${planned.database}.${planned.table} is not in the catalogue`, 'tables are made before permissions on them are given: the one resource has to depend on the other');
      if (found === undefined) continue;
      if (!this.isOfProduct(found)) throw new HandlerError(`${planned.database}.${planned.table} lies in ${found.StorageDescriptor?.Location ?? 'no place'} and not in the product's bucket: it belongs to somebody else`, 'rename the table in the contract');
      there.set(planned, found);
    }
    return there;
  }

  private isOfProduct({ StorageDescriptor }: Table): boolean {
    return `${StorageDescriptor?.Location ?? ''}/`.startsWith(`s3://${productNames.bucket(this.place, 'curated')}/tables/`);
  }

  private isBeforeTables({ target }: Held): boolean {
    return target?.kind === 'location' || (target?.kind === 'database' && [this.published, this.internal].includes(target.database));
  }

  private isOnTables({ resource }: Held): boolean {
    const { DatabaseName } = resource.Table ?? resource.TableWithColumns ?? resource.DataCellsFilter ?? {};
    return DatabaseName === this.published || DatabaseName === this.internal;
  }

  /** Tables that a job has made are its own to begin with: candidates, and what it works with. */
  private isOwnInternal({ target }: Held): boolean {
    return target?.kind === 'table' && target.database === this.internal && target.table.startsWith(internalPrefix(this.place));
  }
}

import { type GlueClient } from '@aws-sdk/client-glue';
import { type LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { domainNames, productNames, type ProductPlace } from '../../domain/naming';
import { type GrantsInspection } from '../../../lib/plan/inspection';
import { HandlerError } from '../../handlers/custom-resource';
import { type Said, type Trail } from '../../handlers/trail';
import { CatalogueTables } from '../../lake-formation/catalogue-tables';
import { LakeGrants } from '../../lake-formation/lake-grants';
import { Patience } from '../../lake-formation/patience';
import { type GrantsReport } from '../answers';
import { type Binding } from '../binding';
import { closedBecause, type DesiredAccess, desiredAccess, filterPrefix } from '../desired-access';
import { type ProductAccess } from '../product-access';
import { difference } from './difference';
import { type EndedCopies } from './ended-copies';
import { LakeFilters } from './lake-filters';
import { actualAccess, type Reconciled, reconcileAccess } from './reconcile-access';
import { saidOf, toldRight, unexplained } from './said';

/** What grants are made with. */
export interface GrantsSetting {
  readonly lakeFormation: LakeFormationClient;
  readonly glue: GlueClient;
  /** Asks the warehouse of a consumer. */
  endCopies(ended: EndedCopies): Promise<void>;
  sleep(ms: number): Promise<void>;
  /** ISO 8601, in UTC. */
  now(): string;
}

/** The grants of one product to consumers. */
export class ProductGrants {
  private readonly catalogue: CatalogueTables;
  private readonly lake: LakeGrants;
  private readonly filters: LakeFilters;

  constructor(private readonly setting: GrantsSetting, private readonly place: ProductPlace, remaining: () => number) {
    const patience = new Patience(remaining, (ms) => setting.sleep(ms));
    this.catalogue = new CatalogueTables(setting.glue, place.account, patience);
    this.lake = new LakeGrants(setting.lakeFormation, place.account, patience);
    this.filters = new LakeFilters(setting.lakeFormation, place.account, patience);
  }

  /** Puts in force what the product offers to who is bound. `repair` also takes away what nobody explains. */
  async reconcile(access: ProductAccess, bindings: readonly Binding[], options: { readonly repair?: boolean } = {}): Promise<GrantsReport> {
    const now = this.setting.now();
    const tables = await this.tablesThere(access.tables, closedBecause(access, now) === null);
    const desired = desiredAccess(access, bindings, now);
    const { granted, revoked, drift, kept } = await reconcileAccess(this.on(tables, access), desired, options);
    return { granted, revoked, refused: desired.refused, drift: [...drift.map(toldRight), ...kept], grants: toldGrants(desired) };
  }

  /** Compares, and changes nothing; the trail says who has changed what differs. */
  async inspect(access: ProductAccess, bindings: readonly Binding[], trail: Trail): Promise<GrantsInspection> {
    const now = this.setting.now();
    const on = this.on(await this.tablesThere(access.tables, false), access);
    const desired = desiredAccess(access, bindings, now);
    const change = difference(await actualAccess(on), desired, on.ownership);
    const closed = closedBecause(access, now);
    const missing = closed === null ? access.tables.filter((table) => !on.tables.includes(table)).map((table): Said => ({
      what: `${on.database}.${table} is not in the catalogue`, part: 'schema', sought: { events: ['DeleteTable', 'BatchDeleteTable'], about: [table] },
    })) : [];
    return {
      contract: access.contract, version: access.product.version, closed, grants: toldGrants(desired), refused: desired.refused, trail: trail.name,
      differences: await trail.explain([...missing, ...saidOf(change, desired)]), drift: await trail.explain(change.drift.map(unexplained)),
    };
  }

  /** Takes everything from everybody; the tables stay, and what others have given too. */
  async withdraw(tables: readonly string[]): Promise<void> {
    await reconcileAccess(this.on(await this.tablesThere(tables, false)), { filters: [], grants: [] });
  }

  /** Without a document of what is offered nobody is known; consumers read where the product is, unless mesh.yaml says otherwise. */
  private on(tables: readonly string[], access?: ProductAccess): Reconciled {
    const { place } = this;
    return {
      lake: this.lake, filters: this.filters, database: domainNames.publishedDatabase(place), tables, sleep: (ms) => this.setting.sleep(ms),
      regionOf: (principal) => access?.consumers.find(({ principals }) => principals.includes(principal))?.region ?? place.region,
      endCopies: (ended) => this.setting.endCopies(ended),
      ownership: { prefix: filterPrefix(place), account: place.account, rolePath: productNames.rolePath(place) },
    };
  }

  /** The contract is written by the domain team: a table is the product's when its data lies in the product's bucket. */
  private async tablesThere(tables: readonly string[], all: boolean): Promise<string[]> {
    const database = domainNames.publishedDatabase(this.place);
    const there: string[] = [];
    for (const table of tables) {
      const found = await this.catalogue.find(database, table);
      if (found === undefined) {
        if (all) throw new HandlerError(`${database}.${table} is not in the catalogue`, 'deploy the product first, then its grants');
        continue;
      }
      const location = `${found.StorageDescriptor?.Location ?? ''}/`;
      if (!location.startsWith(`s3://${productNames.bucket(this.place, 'curated')}/tables/`)) {
        throw new HandlerError(`${database}.${table} does not lie in the product's bucket: it belongs to somebody else`, 'rename the table in the contract');
      }
      there.push(table);
    }
    return there;
  }
}

/** Who reads what by which filter, and why. */
function toldGrants({ grants }: DesiredAccess): string[] {
  return grants.flatMap(({ principal, target, because }) => (target.kind === 'filter' ? [`${principal} reads ${target.table} by ${target.filter}: ${because.join('; ')}`] : []));
}

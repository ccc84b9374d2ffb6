import { type GlueClient, type Table } from '@aws-sdk/client-glue';
import { type LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { domainNames, productNames, type ProductPlace } from '../../domain/naming';
import { type GrantsInspection } from '../../../lib/plan/inspection';
import { HandlerError } from '../../handlers/custom-resource';
import { type Said, type Trail } from '../../handlers/trail';
import { CatalogueTables } from '../../lake-formation/catalogue-tables';
import { LakeGrants } from '../../lake-formation/lake-grants';
import { Patience } from '../../lake-formation/patience';
import { type GrantsReport } from '../answers';
import { asPublished } from './as-published';
import { type Binding } from '../binding';
import { closedBecause, type DesiredAccess, desiredAccess, filterPrefix } from '../desired-access';
import { type ProductAccess } from '../product-access';
import { difference } from './difference';
import { type EndedCopies } from './ended-copies';
import { LakeFilters } from './lake-filters';
import { actualAccess, type Lake, reconcileAccess, type Wanted } from './reconcile-access';
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

/** What one product offers to whom, as it was at one moment. */
export interface Offered {
  /** Undefined where nothing is offered to anybody. */
  readonly access: ProductAccess | undefined;
  /** Those of what is offered, and those of which somebody may have something still. */
  readonly tables: readonly string[];
  readonly bindings: readonly Binding[];
}

/** Begins nothing more once whoever asked has been answered: the next call may be under way by then. */
class PatienceUntil extends Patience {
  constructor(private readonly signal: AbortSignal, remaining: () => number, sleep: (ms: number) => Promise<void>) {
    super(remaining, sleep);
  }

  override with<T>(work: () => Promise<T>): Promise<T> {
    return super.with(() => {
      this.signal.throwIfAborted();
      return work();
    });
  }
}

/** The grants of one product to consumers. */
export class ProductGrants {
  private readonly catalogue: CatalogueTables;
  private readonly lake: LakeGrants;
  private readonly filters: LakeFilters;

  constructor(private readonly setting: GrantsSetting, private readonly place: ProductPlace, remaining: () => number, private readonly signal: AbortSignal = new AbortController().signal) {
    const patience = new PatienceUntil(signal, remaining, (ms) => setting.sleep(ms));
    this.catalogue = new CatalogueTables(setting.glue, place.account, patience);
    this.lake = new LakeGrants(setting.lakeFormation, place.account, patience);
    this.filters = new LakeFilters(setting.lakeFormation, place.account, patience);
  }

  /** Puts in force what the product offers to who is bound, as it is read anew again and again. `repair` also takes away what nobody explains. */
  async reconcile(read: () => Promise<Offered>, options: { readonly repair?: boolean } = {}): Promise<GrantsReport> {
    const { granted, revoked, drift, kept, wanted } = await reconcileAccess(this.lakeOf(), async () => this.wanted(await read(), false), options);
    return { granted, revoked, waiting: wanted.waiting, refused: wanted.refused, drift: [...drift.map(toldRight), ...kept], grants: toldGrants(wanted) };
  }

  /** Compares, and changes nothing; the trail says who has changed what differs. */
  async inspect(access: ProductAccess, offered: Omit<Offered, 'access'>, trail: Trail): Promise<GrantsInspection> {
    const on = this.lakeOf();
    const desired = await this.wanted({ ...offered, access }, true);
    const change = difference(await actualAccess(on, desired.tables), desired, on.ownership);
    const closed = closedBecause(access, this.setting.now());
    const missing = closed === null ? access.tables.filter((table) => !desired.tables.includes(table)).map((table): Said => ({
      what: `${on.database}.${table} is not in the catalogue`, part: 'schema', sought: { events: ['DeleteTable', 'BatchDeleteTable'], about: [table] },
    })) : [];
    return {
      contract: access.contract, version: access.product.version, closed, grants: toldGrants(desired), waiting: desired.waiting, refused: desired.refused, trail: trail.name,
      differences: await trail.explain([...missing, ...saidOf(change, desired)]), drift: await trail.explain(change.drift.map(unexplained)),
    };
  }

  private lakeOf(): Lake {
    const { place } = this;
    return {
      lake: this.lake, filters: this.filters, database: domainNames.publishedDatabase(place), sleep: (ms) => this.setting.sleep(ms),
      endCopies: (ended) => {
        this.signal.throwIfAborted();
        // Through the alias of the domain, which takes this and nothing else.
        return this.setting.endCopies({ ...ended, handler: `${ended.handler}:${place.domain}` });
      },
      ownership: { prefix: filterPrefix(place), account: place.account, rolePath: productNames.rolePath(place) },
    };
  }

  private async wanted({ access, tables, bindings }: Offered, mayLack: boolean): Promise<Wanted> {
    const now = this.setting.now();
    const there = await this.tablesThere(tables, access, mayLack || access === undefined || closedBecause(access, now) !== null);
    const standing = access === undefined ? undefined : asPublished(access, there);
    const desired = standing === undefined ? { filters: [], grants: [], refused: [] } : desiredAccess(standing.access, bindings, now);
    return {
      ...desired, tables: there.map(({ Name }) => Name!), waiting: standing?.waiting ?? [],
      // Without a document of what is offered nobody is known; consumers read where the product is, unless mesh.yaml says otherwise.
      regionOf: (principal) => access?.consumers.find(({ principals }) => principals.includes(principal))?.region ?? this.place.region,
    };
  }

  /** The contract is written by the domain team: a table is the product's when its data lies in the product's bucket. */
  private async tablesThere(tables: readonly string[], access: ProductAccess | undefined, mayLack: boolean): Promise<Table[]> {
    const database = domainNames.publishedDatabase(this.place);
    const there: Table[] = [];
    for (const table of tables) {
      const isOffered = access?.tables.includes(table) ?? false;
      const found = await this.catalogue.find(database, table);
      if (found === undefined) {
        if (isOffered && !mayLack) throw new HandlerError(`${database}.${table} is not in the catalogue`, 'deploy the product first, then its grants');
        continue;
      }
      const location = `${found.StorageDescriptor?.Location ?? ''}/`;
      if (!location.startsWith(`s3://${productNames.bucket(this.place, 'curated')}/tables/`)) {
        // What is not offered and lies elsewhere is somebody else's by now, and theirs to say who sees it.
        if (!isOffered) continue;
        throw new HandlerError(`${database}.${table} does not lie in the product's bucket: it belongs to somebody else`, 'rename the table in the contract');
      }
      there.push({ ...found, Name: table });
    }
    return there;
  }
}

/** Who reads what by which filter, and why. */
function toldGrants({ grants }: DesiredAccess): string[] {
  return grants.flatMap(({ principal, target, because }) => (target.kind === 'filter' ? [`${principal} reads ${target.table} by ${target.filter}: ${because.join('; ')}`] : []));
}

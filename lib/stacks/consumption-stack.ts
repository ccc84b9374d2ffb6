import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { consumerPlaceIn } from '../../constructs/consumer/consumer-place';
import { Consumption } from '../../constructs/consumer/consumption';
import { Dashboards } from '../../constructs/consumer/dashboards';
import { consumerNames, type ConsumerPlace } from '../../constructs/consumer/naming';
import { Warehouse } from '../../constructs/consumer/warehouse';
import { domainNames, type DomainPlace, productNames, type ProductPlace } from '../../constructs/domain/naming';
import { type ReadTable } from '../../constructs/grants/read-tables';
import { martOf } from '../../constructs/marts/mart';
import { suggest } from '../contract/suggest';
import { type Mesh } from '../plan/mesh/mesh';
import { participants } from '../plan/mesh/mesh-accounts';
import { rolesOf, scannedPerQuery } from '../plan/mesh/mesh-consumers';
import { BASE_CAPACITY, type MeshWarehouse, REFRESH_HOURS } from '../plan/mesh/mesh-consumption';
import { networkIn } from '../plan/warehouse-network';
import { placeIn, tagged } from './participant-place';

/** Who queries, and what of. */
export interface ConsumptionStackProps {
  readonly mesh: Mesh;
  readonly consumer: string;
  readonly environment: string;
  /** Domains with a contract that names the consumer. */
  readonly granting: ReadonlySet<string>;
  /** Products of a domain that is a consumer too, as far as they import others. */
  readonly importers: readonly ProductPlace[];
  /** What contracts give it. */
  readonly tables: readonly ReadTable[];
}

/** `[env-]<consumer>-consumption`: what a consumer queries products with, deployed by the platform into its account after the grants. */
export class ConsumptionStack extends Stack {
  readonly consumption: Consumption;
  /** Domains of other accounts whose databases it links. */
  readonly links: readonly string[];
  readonly warehouse: Warehouse | undefined;
  readonly dashboards: Dashboards | undefined;

  /** @throws when the consumer has no account in the environment, mesh.yaml names a domain that there is none of, or a mart that no contract gives leave for */
  constructor(scope: Construct, { mesh, consumer, environment, granting, importers, tables }: ConsumptionStackProps) {
    const place = consumerPlaceIn(mesh, consumer, environment);
    if (place === undefined) throw new Error(`${mesh.file} has no account of the consumer ${consumer} in ${environment}`);
    const stackName = consumerNames.stack(place, 'consumption');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: `What the consumer ${consumer} queries products with`,
    });
    // Says to the mesh's policy that its roles may be shown links here.
    this.templateOptions.metadata = { 'mesh:stack': 'consumption' };
    const described = mesh.consumers()[consumer];
    const { domains: written = [], warehouse, dashboards } = described;
    const roles = rolesOf(described);
    const all = participants(mesh, environment);
    const domains = all.filter(({ kinds }) => kinds.includes('domain'));
    const unknown = written.find((name) => !domains.some((domain) => domain.name === name));
    if (unknown !== undefined) {
      const near = suggest(unknown, domains.map(({ name }) => name));
      throw new Error(`${mesh.file} has no domain ${unknown} in ${environment}, which the consumer ${consumer} may subscribe to; ${near === undefined ? 'take it out' : `did you mean ${near}?`}`);
    }
    const linked = domains.filter(({ name }) => written.includes(name) || granting.has(name)).map((domain) => placeIn(mesh, environment, domain));
    this.links = linked.filter(({ account, region }) => account !== place.account || region !== place.region).map(({ domain }) => domain);
    this.consumption = new Consumption(this, 'Consumption', {
      place, roles, scannedPerQuery: scannedPerQuery(described), readers: importers.map((importer) => productNames.roleArn(importer, 'import')),
      domains: linked,
    });
    this.warehouse = warehouse === undefined ? undefined : this.made(warehouse, { mesh, place, environment, linked, tables, hasAnalysts: roles.includes('analyst') });
    if (dashboards !== undefined) {
      const { groups, identityRegion = place.region } = dashboards;
      this.dashboards = new Dashboards(this, 'Dashboards', { place, groups, identityRegion, tables });
      // Its queries go through the workgroup, to tables behind links.
      this.dashboards.node.addDependency(this.consumption);
    }
    tagged(this, all.find(({ name }) => name === consumer)!);
  }

  private made({ network, capacity = BASE_CAPACITY, monthlyLimit, marts = [], refreshHours = REFRESH_HOURS }: MeshWarehouse, on: WarehouseSurroundings): Warehouse {
    const { mesh, place, environment, linked, hasAnalysts } = on;
    const where = networkIn({ network }, environment);
    if (where === undefined) throw new Error(`${mesh.file} gives no network for the warehouse of the consumer ${place.consumer} in ${environment}; write one at consumers.${place.consumer}.warehouse.network`);
    const warehouse = new Warehouse(this, 'Warehouse', {
      place, vpcId: where.vpc, subnetIds: where.subnets, clients: where.clients ?? [], baseCapacity: capacity, monthlyLimit, refreshHours, hasAnalysts,
      databases: linked.map((domain) => domainNames.publishedDatabase(domain)).sort(), domains: linked,
      marts: marts.flatMap((product) => copied(product, on)).map((table) => martOf({ ...table, columns: table.columns.map(({ name }) => name) })),
    });
    // Marts are made from tables behind links, which the role has to see.
    warehouse.marts.resource.node.addDependency(this.consumption);
    return warehouse;
  }
}

/** What a warehouse is made among. */
interface WarehouseSurroundings {
  readonly mesh: Mesh;
  readonly place: ConsumerPlace;
  readonly environment: string;
  readonly linked: readonly DomainPlace[];
  readonly tables: readonly ReadTable[];
  readonly hasAnalysts: boolean;
}

/** Tables of a product that may be copied. Of a product that gives nothing here and now, none: its lifecycle or its sign-offs may be in the way. */
function copied(product: string, { mesh, place: { consumer }, tables }: WarehouseSurroundings): ReadTable[] {
  const own = tables.filter((table) => table.product === product);
  const refused = own.find(({ mayCopy }) => !mayCopy);
  if (refused !== undefined) {
    throw new Error(`${mesh.file}: consumers.${consumer}.warehouse.marts asks for a copy of ${product}, but its contract gives no leave to keep copies of ${refused.database}.${refused.table}; `
      + 'have its owner write {property: mesh.copies, value: true} into the roles that name the consumer, or remove it: without it, the product is queried where it is');
  }
  return own;
}

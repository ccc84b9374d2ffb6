import { type Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type ProductPlace } from '../../constructs/domain/naming';
import { type ReadTable, readTables } from '../../constructs/grants/read-tables';
import { type DataContract } from '../plan/data-contract';
import { type Mesh } from '../plan/mesh/mesh';
import { participants } from '../plan/mesh/mesh-accounts';
import { ConsumerRolesStack } from './consumer-roles-stack';
import { ConsumptionStack } from './consumption-stack';
import { GrantsStack } from './grants-stack';
import { placeIn } from './participant-place';
import { type PlatformStacks } from './platform-stacks';

/** A product that is deployed. */
export interface OfferedProduct {
  readonly contract: DataContract;
  readonly environment: string;
  readonly stack: Stack;
}

/** A consumer in one environment. */
interface Reader {
  readonly consumer: string;
  readonly environment: string;
  readonly roles: ConsumerRolesStack;
  /** Grants of products whose contracts name it. */
  readonly grants: GrantsStack[];
  readonly domains: Set<string>;
  readonly tables: ReadTable[];
}

/** What the platform deploys for consumers: their roles, then the grants of each product to them, then what they query with. */
export class ConsumerStacks {
  private readonly readers: readonly Reader[];

  constructor(private readonly scope: Construct, private readonly mesh: Mesh, private readonly platform: PlatformStacks) {
    this.readers = mesh.environments().flatMap((environment) => Object.keys(mesh.consumers())
      .filter((consumer) => mesh.consumerAccount(consumer, environment) !== undefined)
      .map((consumer) => ({ consumer, environment, roles: new ConsumerRolesStack(scope, { mesh, consumer, environment }), grants: [], domains: new Set<string>(), tables: [] })));
  }

  /** Roles of all consumers. */
  roles(): Stack[] {
    return this.readers.map(({ roles }) => roles);
  }

  /** The grants of each product: after its tables, the roles that they go to, and the bindings that say so. */
  grants(products: readonly OfferedProduct[]): Stack[] {
    return products.map((product) => {
      const { contract, environment, stack: tables } = product;
      const importing = products.filter((other) => other.environment === environment && imports(other, product));
      const stack = new GrantsStack(this.scope, { mesh: this.mesh, contract, environment, importers: importing.map((other) => this.placeOf(other)) });
      stack.addStackDependency(tables, 'its tables are granted');
      for (const other of importing) stack.addStackDependency(other.stack, 'its import role is granted what it imports');
      this.platform.beforeGrants(stack, environment);
      const named = new Set(contract._accessShapes().flatMap(({ consumers }) => consumers));
      for (const reader of this.readers.filter((each) => each.environment === environment)) {
        stack.addStackDependency(reader.roles, 'grants name its roles');
        if (!named.has(reader.consumer)) continue;
        reader.grants.push(stack);
        reader.domains.add(contract.domain);
        const { warehouse, dashboards } = this.mesh.consumers()[reader.consumer];
        if (warehouse !== undefined || dashboards !== undefined) reader.tables.push(...readTables(contract, this.mesh, environment, reader.consumer));
      }
      return stack;
    });
  }

  /** What consumers query with, once the grants of all products are made. Throws where two would make the same link. */
  consumption(products: readonly OfferedProduct[]): Stack[] {
    const linking = new Map<string, string>();
    return this.readers.map(({ consumer, environment, roles, grants, domains, tables }) => {
      const importers = products.filter((product) => product.environment === environment && product.contract.domain === consumer && isImporting(product));
      const stack = new ConsumptionStack(this.scope, { mesh: this.mesh, consumer, environment, granting: domains, importers: importers.map((product) => this.placeOf(product)), tables });
      stack.addStackDependency(roles, 'links are shown to its roles');
      for (const each of grants) stack.addStackDependency(each, 'links lead to what is granted');
      for (const each of importers) stack.addStackDependency(each.stack, 'links are shown to its import role');
      this.platform.beforeLinks(stack, environment, consumer);
      for (const domain of stack.links) {
        const link = `${environment} ${stack.account} ${stack.region} ${domain}`;
        const other = linking.get(link);
        if (other !== undefined) {
          throw new Error(`${this.mesh.file}: the consumers ${other} and ${consumer} share the account ${stack.account}, and both read ${domain}, whose database is linked once in an account; `
            + 'give them accounts of their own, or make them one consumer');
        }
        linking.set(link, consumer);
      }
      return stack;
    });
  }

  private placeOf({ contract, environment }: OfferedProduct): ProductPlace {
    const domain = participants(this.mesh, environment).find(({ name, kinds }) => name === contract.domain && kinds.includes('domain'))!;
    return { ...placeIn(this.mesh, environment, domain), entity: contract.entity, major: contract.majorVersion };
  }
}

function imports({ contract }: OfferedProduct, { contract: other }: OfferedProduct): boolean {
  return contract._plan.sources.some((source) => source.kind === 'product' && source.product === other.productId && source.major === other.majorVersion);
}

function isImporting({ contract }: OfferedProduct): boolean {
  return contract._plan.sources.some(({ kind }) => kind === 'product');
}

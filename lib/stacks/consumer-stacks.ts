import { type Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type DataContract } from '../plan/data-contract';
import { type Mesh } from '../plan/mesh';
import { ConsumerRolesStack } from './consumer-roles-stack';
import { ConsumptionStack } from './consumption-stack';
import { GrantsStack } from './grants-stack';
import { type PlatformStacks } from './platform-stacks';

/** A consumer in one environment. */
interface Reader {
  readonly consumer: string;
  readonly environment: string;
  readonly roles: ConsumerRolesStack;
  /** Grants of products whose contracts name it. */
  readonly grants: GrantsStack[];
  readonly domains: Set<string>;
}

/** What the platform deploys for consumers: their roles, then the grants of each product to them, then what they query with. */
export class ConsumerStacks {
  private readonly readers: readonly Reader[];

  constructor(private readonly scope: Construct, private readonly mesh: Mesh, private readonly platform: PlatformStacks) {
    this.readers = mesh.environments().flatMap((environment) => Object.keys(mesh.consumers())
      .filter((consumer) => mesh.consumerAccount(consumer, environment) !== undefined)
      .map((consumer) => ({ consumer, environment, roles: new ConsumerRolesStack(scope, { mesh, consumer, environment }), grants: [], domains: new Set<string>() })));
  }

  /** Roles of all consumers. */
  roles(): Stack[] {
    return this.readers.map(({ roles }) => roles);
  }

  /** The grants of a product: after its tables, the roles that they go to, and the bindings that say so. */
  grantsOf(product: Stack, contract: DataContract, environment: string): Stack {
    const stack = new GrantsStack(this.scope, { mesh: this.mesh, contract, environment });
    stack.addStackDependency(product, 'its tables are granted');
    this.platform.beforeGrants(stack, environment);
    const named = new Set(contract._accessShapes().flatMap(({ consumers }) => consumers));
    for (const reader of this.readers.filter((each) => each.environment === environment)) {
      stack.addStackDependency(reader.roles, 'grants name its roles');
      if (!named.has(reader.consumer)) continue;
      reader.grants.push(stack);
      reader.domains.add(contract.domain);
    }
    return stack;
  }

  /** What consumers query with, once the grants of all products are made. */
  consumption(): Stack[] {
    return this.readers.map(({ consumer, environment, roles, grants, domains }) => {
      const stack = new ConsumptionStack(this.scope, { mesh: this.mesh, consumer, environment, granting: domains });
      stack.addStackDependency(roles, 'links are shown to its roles');
      for (const each of grants) stack.addStackDependency(each, 'links lead to what is granted');
      this.platform.beforeLinks(stack, environment, consumer);
      return stack;
    });
  }
}

import { type Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { type Vocabulary } from '../contract/vocabulary';
import { type Mesh } from '../plan/mesh/mesh';
import { type AccessStack, accessStacks } from './access-stack';
import { GovernanceStack } from './governance-stack';
import { PolicyStack } from './policy-stack';

/** What the platform deploys in every environment before any domain does. */
export class PlatformStacks {
  /** In the order in which they are deployed. */
  readonly stacks: readonly Stack[];
  private readonly governance = new Map<string, GovernanceStack>();
  private readonly access = new Map<string, readonly AccessStack[]>();

  constructor(private readonly scope: Construct, private readonly mesh: Mesh, vocabulary: Vocabulary | undefined) {
    for (const environment of mesh.environments()) {
      this.access.set(environment, accessStacks(scope, mesh, environment));
      this.governance.set(environment, new GovernanceStack(scope, { mesh, environment, vocabulary }));
    }
    this.stacks = mesh.environments().flatMap((environment) => [...this.access.get(environment)!, this.governance.get(environment)!]);
  }

  /** Grants follow bindings, which are kept there. */
  beforeGrants(grants: Stack, environment: string): void {
    grants.addStackDependency(this.governance.get(environment)!, 'its bindings are granted');
  }

  /** What watches has rules on the buses of the environments. */
  beforeWatching(watching: readonly Stack[], environments: readonly string[]): void {
    for (const stack of watching) for (const environment of environments) stack.addStackDependency(this.governance.get(environment)!, 'its rules are on the bus of the mesh');
  }

  /** Links of a consumer are databases too. */
  beforeLinks(consumption: Stack, environment: string, consumer: string): void {
    const access = this.access.get(environment)!.find(({ participant }) => participant.name === consumer);
    if (access !== undefined) consumption.addStackDependency(access, 'settings of Lake Formation go before databases');
  }

  /** A foundation makes its domain's project in the catalogue, and its buckets know roles that are there by then. */
  before(foundation: Stack, environment: string, domain: string): void {
    foundation.addStackDependency(this.governance.get(environment)!, 'its domain becomes a project of the catalogue');
    const access = this.access.get(environment)!.find(({ participant }) => participant.name === domain);
    if (access !== undefined) foundation.addStackDependency(access, 'settings of Lake Formation go before databases');
  }

  /** What keeps the products of a domain to the mesh's policy stands on its foundation, whose key it uses. */
  policy(foundation: Stack, environment: string, domain: string): Stack {
    const { participant } = this.access.get(environment)!.find((access) => access.participant.name === domain)!;
    const stack = new PolicyStack(this.scope, { mesh: this.mesh, environment, participant });
    stack.addStackDependency(foundation, 'its key encrypts the log');
    return stack;
  }
}

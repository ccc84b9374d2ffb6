import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { MeshObservability } from '../../constructs/observability/mesh-observability';
import { MetricsLink } from '../../constructs/observability/metrics-link';
import { MetricsSink } from '../../constructs/observability/metrics-sink';
import { type ReviewedProduct } from '../../constructs/review/reviewed-product';
import { type DataContract } from '../plan/data-contract';
import { type Mesh } from '../plan/mesh/mesh';
import { participants } from '../plan/mesh/mesh-accounts';
import { promisedBy } from '../plan/sla-review/review';
import { placeIn, tagged } from './participant-place';
import { type PlatformScope, platformStackName } from './platform-scopes';

/** A product that is deployed, and in which environment. */
export interface DeployedProduct {
  readonly contract: DataContract;
  readonly environment: string;
}

/** Which part of a mesh is watched. */
export interface ObservabilityStackProps {
  readonly mesh: Mesh;
  readonly scope: PlatformScope;
  /** Those of other environments are left out. */
  readonly products: readonly DeployedProduct[];
}

/** `[env-]observability-sink-<region>`: where the accounts of a region show their metrics. Before their foundations, which link to it. */
export class MetricsSinkStack extends Stack {
  constructor(scope: Construct, { mesh, scope: platform, region }: Pick<ObservabilityStackProps, 'mesh' | 'scope'> & { readonly region: string }) {
    const stackName = platformStackName(platform, `observability-sink-${region}`);
    super(scope, stackName, {
      stackName, env: { account: platform.place.account, region }, terminationProtection: true, description: `Where accounts of the mesh in ${region} show their metrics`,
    });
    new MetricsSink(this, 'Sink', {
      place: { ...platform.place, region }, accounts: showing(mesh, platform, region), organization: mesh.definition.governance?.organization ?? mesh.definition.audit?.organizationId,
    });
    tagged(this, platform.platform);
  }
}

/** `[env-]observability-link-<account>-<region>`: shows the metrics of an account. Of its own, since domains and environments may share one, and an account links once. */
export class MetricsLinkStack extends Stack {
  constructor(scope: Construct, { scope: platform, account, region }: Pick<ObservabilityStackProps, 'scope'> & { readonly account: string; readonly region: string }) {
    const stackName = platformStackName(platform, `observability-link-${account}-${region}`);
    super(scope, stackName, {
      stackName, env: { account, region }, terminationProtection: true, description: 'Shows the platform how the data products of this account stand',
    });
    new MetricsLink(this, 'Link', { place: { ...platform.place, account, region } });
    tagged(this, platform.platform);
  }
}

/** `[env-]observability`: the dashboard of the mesh, what owners are told, and the monthly review. */
export class ObservabilityStack extends Stack {
  readonly observability: MeshObservability;

  constructor(scope: Construct, { mesh, scope: platform, products }: ObservabilityStackProps) {
    const { place, environments } = platform;
    const stackName = platformStackName(platform, 'observability');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: 'How all products of the mesh stand, and who is told',
    });
    this.observability = new MeshObservability(this, 'Observability', {
      place, countsReads: mesh.definition.audit !== undefined, products: products.filter(({ environment }) => environments.includes(environment)).map((product) => reviewed(mesh, product)),
      domains: environments.flatMap((environment) => participants(mesh, environment).filter(({ kinds }) => kinds.includes('domain'))
        .map((domain) => ({ place: placeIn(mesh, environment, domain), owner: domain.owner }))),
    });
    tagged(this, platform.platform);
  }
}

/** Accounts of domains in a region; the platform's own needs no link. */
function showing(mesh: Mesh, { environments, place }: PlatformScope, region: string): string[] {
  const domains = environments.flatMap((environment) => participants(mesh, environment)).filter(({ kinds }) => kinds.includes('domain'));
  return [...new Set(domains.filter((one) => one.region === region && one.account !== place.account).map(({ account }) => account))].sort();
}

/** What watches, in the order in which it is deployed. */
export function observabilityStacks(scope: Construct, props: ObservabilityStackProps): Stack[] {
  const { mesh, scope: platform } = props;
  const links = platform.regions.flatMap((region) => {
    const accounts = showing(mesh, platform, region);
    if (accounts.length === 0) return [];
    const sink = new MetricsSinkStack(scope, { mesh, scope: platform, region });
    return [sink, ...accounts.map((account) => {
      const link = new MetricsLinkStack(scope, { scope: platform, account, region });
      link.addStackDependency(sink, 'it links to the sink');
      return link;
    })];
  });
  return [...links, new ObservabilityStack(scope, props)];
}

function reviewed(mesh: Mesh, { contract, environment }: DeployedProduct): ReviewedProduct {
  const { _plan: plan } = contract;
  const domain = participants(mesh, environment).find(({ name }) => name === contract.domain)!;
  return {
    place: { ...placeIn(mesh, environment, domain), entity: contract.entity, major: contract.majorVersion }, promised: promisedBy(plan),
    tables: plan.tables.filter(({ published }) => published).map(({ database, table }) => `${database}.${table}`),
  };
}

import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { attributesIn, DataDomain } from '../../constructs/domain/data-domain';
import { DomainFoundation } from '../../constructs/domain/domain-foundation';
import { NetworkSource } from '../../constructs/domain/network-source';
import { type Mesh } from '../plan/mesh/mesh';
import { type MeshDomain } from '../plan/mesh/mesh-file';

/** Which foundation of a mesh. */
export interface DomainFoundationStackProps {
  readonly mesh: Mesh;
  readonly domain: string;
  /** @default - the one that is production */
  readonly environment?: string;
}

/** `[env-]<domain>-foundation`: deployed by the platform into the account of the domain, before any product. */
export class DomainFoundationStack extends Stack {
  readonly foundation: DomainFoundation;

  constructor(scope: Construct, { mesh, domain, environment }: DomainFoundationStackProps) {
    const attributes = attributesIn(mesh, domain, environment);
    const stackName = foundationStackName(attributes.environment, domain);
    super(scope, stackName, {
      stackName, env: { account: attributes.account, region: attributes.region }, terminationProtection: true,
      description: `What the data products of ${domain} stand on`,
    });
    this.foundation = new DomainFoundation(this, 'Foundation', {
      domain: DataDomain.fromDataDomainAttributes(this, 'Domain', attributes), network: networkOf(mesh.domain(domain)?.network),
      acceptedCode: mesh.domain(domain)?.acceptedCode, refusedCode: mesh.definition.refusedCode,
    });
  }
}

/** As product stacks are named, with the environment in front outside production. */
export function foundationStackName(environment: string | undefined, domain: string): string {
  return [...(environment === undefined ? [] : [environment]), domain, 'foundation'].join('-').replaceAll('_', '-');
}

function networkOf(network: MeshDomain['network']): NetworkSource | undefined {
  if (network?.vpc !== undefined && network.cidr !== undefined) throw new Error('a network has either an existing vpc or a cidr to make one from, got both; keep one');
  if (network?.vpc !== undefined) return NetworkSource.vpc(network.vpc);
  if (network?.cidr !== undefined) return NetworkSource.cidr(network.cidr, { natGateways: network.natGateways });
  return undefined;
}

import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { DataDomain } from '../../constructs/domain/data-domain';
import { type DomainPlace } from '../../constructs/domain/naming';
import { PolicyHook } from '../../constructs/policy/policy-hook';
import { type Mesh } from '../plan/mesh/mesh';
import { type Participant } from '../plan/mesh/mesh-accounts';
import { placeIn, tagged } from './participant-place';

/** Whose policy a stack keeps. */
export interface PolicyStackProps {
  readonly mesh: Mesh;
  readonly environment: string;
  /** A domain. */
  readonly participant: Participant;
}

/** `[env-]<domain>-policy`: the hook that keeps products of the domain to the mesh's policy, deployed by the platform after its foundation. */
export class PolicyStack extends Stack {
  readonly policyHook: PolicyHook;

  constructor(scope: Construct, { mesh, environment, participant }: PolicyStackProps) {
    const place = placeIn(mesh, environment, participant);
    const stackName = policyStackName(place);
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: `Keeps products of ${place.domain} to the policy of the mesh`,
    });
    const { key } = DataDomain.fromDataDomainAttributes(this, 'Domain', {
      domainName: place.domain, meshName: place.mesh, environment: place.environment ?? undefined, account: place.account, region: place.region,
      platformAccount: place.platformAccount, platformRegion: place.platformRegion,
    });
    this.policyHook = new PolicyHook(this, 'Hook', { place, key });
    tagged(this, participant);
  }
}

function policyStackName({ environment, domain }: DomainPlace): string {
  return [...(environment === null ? [] : [environment]), domain, 'policy'].join('-').replaceAll('_', '-');
}

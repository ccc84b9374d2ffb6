import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { consumerNames } from '../../constructs/consumer/naming';
import { MeshGovernance } from '../../constructs/governance/mesh-governance';
import { platformOf } from '../../constructs/governance/platform-names';
import { Subscriptions } from '../../constructs/subscriptions/subscriptions';
import { type Vocabulary } from '../contract/vocabulary';
import { type Mesh } from '../plan/mesh/mesh';
import { participants } from '../plan/mesh/mesh-accounts';
import { placeIn, tagged } from './participant-place';

/** Whose governance a stack makes. */
export interface GovernanceStackProps {
  readonly mesh: Mesh;
  readonly environment: string;
  /** contracts/vocabulary.yaml, where there is one. */
  readonly vocabulary: Vocabulary | undefined;
}

/** `[env-]governance`: what the domains of a mesh share, in the platform's account. Foundations come after it. */
export class GovernanceStack extends Stack {
  readonly governance: MeshGovernance;

  constructor(scope: Construct, { mesh, environment, vocabulary }: GovernanceStackProps) {
    const [platform, ...others] = participants(mesh, environment);
    const place = placeIn(mesh, environment, platform);
    const stackName = [...(place.environment === null ? [] : [place.environment]), 'governance'].join('-');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: `What the domains of the mesh ${mesh.name} share`,
    });
    const { governance: { version = 'V2', organization, notices } = {}, access: { identityCenter } = {}, audit } = mesh.definition;
    this.governance = new MeshGovernance(this, 'Governance', {
      place, version, organization: organization ?? audit?.organizationId, identityCenter: identityCenter?.instance, listeners: notices, vocabulary,
      accounts: others.map(({ account }) => account),
      domains: others.filter(({ kinds }) => kinds.includes('domain')).map((domain) => ({
        place: placeIn(mesh, environment, domain), description: mesh.domain(domain.name)?.description, ownerGroup: identityCenter?.domains?.[domain.name]?.owner,
      })),
      // A domain that consumes has its domain's project.
      consumers: others.filter(({ kinds }) => !kinds.includes('domain')).map((consumer) => {
        const { domain: name, ...where } = placeIn(mesh, environment, consumer);
        return { place: { ...where, domain: name }, subscribers: [consumerNames.roleArn({ ...where, consumer: name }, 'analyst')] };
      }),
    });
    new Subscriptions(this, 'Subscriptions', {
      place: platformOf(place), key: this.governance.key,
      domains: others.filter(({ kinds }) => kinds.includes('domain')).map((domain) => placeIn(mesh, environment, domain)),
      consumers: Object.fromEntries(others.filter(({ kinds }) => kinds.includes('consumer')).map(({ name }) => [consumerNames.prefix({ consumer: name, environment: place.environment }), name])),
    });
    tagged(this, platform);
  }
}

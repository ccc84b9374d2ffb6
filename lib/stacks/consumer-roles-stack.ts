import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { consumerPlaceIn } from '../../constructs/consumer/consumer-place';
import { ConsumerRoles } from '../../constructs/consumer/consumer-roles';
import { consumerNames } from '../../constructs/consumer/naming';
import { type Mesh } from '../plan/mesh/mesh';
import { participants } from '../plan/mesh/mesh-accounts';
import { rolesOf } from '../plan/mesh/mesh-consumers';
import { placeIn, tagged } from './participant-place';

/** Whose roles a stack makes. */
export interface ConsumerRolesStackProps {
  readonly mesh: Mesh;
  readonly consumer: string;
  readonly environment: string;
}

/** `[env-]<consumer>-roles`: the roles that a consumer reads products with, deployed by the platform into the consumer's account before any grant names them. */
export class ConsumerRolesStack extends Stack {
  readonly roles: ConsumerRoles;

  /** @throws when the consumer has no account in the environment */
  constructor(scope: Construct, { mesh, consumer, environment }: ConsumerRolesStackProps) {
    const place = consumerPlaceIn(mesh, consumer, environment);
    if (place === undefined) throw new Error(`${mesh.file} has no account of the consumer ${consumer} in ${environment}`);
    const stackName = consumerNames.stack(place, 'roles');
    super(scope, stackName, {
      stackName, env: { account: place.account, region: place.region }, terminationProtection: true, description: `The roles that the consumer ${consumer} reads products with`,
    });
    const all = participants(mesh, environment);
    const described = mesh.consumers()[consumer];
    const roles = rolesOf(described);
    const { analysts = [] } = described;
    // Every domain: which of its products a consumer sees is for grants to say, which come and go.
    const domains = all.filter(({ kinds }) => kinds.includes('domain')).map((domain) => placeIn(mesh, environment, domain));
    this.roles = new ConsumerRoles(this, 'Roles', { place, roles, analysts, domains, subscribes: !domains.some(({ domain }) => domain === consumer) });
    tagged(this, all.find(({ name }) => name === consumer)!);
  }
}

import { type Stack, Tags } from 'aws-cdk-lib';
import { type DomainPlace } from '../../constructs/domain/naming';
import { type Mesh } from '../plan/mesh/mesh';
import { type Participant } from '../plan/mesh/mesh-accounts';

/** What names of a participant are made of. */
export function placeIn(mesh: Mesh, environment: string, { name, account, region }: Participant): DomainPlace {
  return {
    mesh: mesh.name, environment: mesh.suffix(environment), domain: name, account, region,
    platformAccount: mesh.platformAccount(environment)!, platformRegion: mesh.definition.platform.region,
  };
}

/** Says of all that a stack makes whose it is and who pays for it; what mesh.yaml does not say of somebody is the platform's. */
export function tagged(stack: Stack, { name, owner = 'platform', costCentre = 'platform' }: Participant): void {
  const tags = { 'mesh:domain': name, owner, 'cost-centre': costCentre };
  for (const [tag, value] of Object.entries(tags)) Tags.of(stack).add(tag, value);
}

import { type Mesh } from '../../lib/plan/mesh/mesh';
import { type ConsumerPlace } from './naming';

/**
 * Where a consumer lives in an environment of mesh.yaml; undefined where it has no account there.
 * @throws when the mesh has no such consumer, or the platform no account there
 */
export function consumerPlaceIn(mesh: Mesh, consumer: string, environment: string): ConsumerPlace | undefined {
  const { file, definition: { platform } } = mesh;
  const consumers = mesh.consumers();
  if (!Object.hasOwn(consumers, consumer)) throw new Error(`${file} has no consumer ${consumer}; it has ${Object.keys(consumers).join(', ') || 'none'}`);
  const account = mesh.consumerAccount(consumer, environment);
  if (account === undefined) return undefined;
  const platformAccount = mesh.platformAccount(environment);
  if (platformAccount === undefined) throw new Error(`${file} has no account of the platform in ${environment}`);
  return { mesh: mesh.name, environment: mesh.suffix(environment), consumer, account, region: consumers[consumer].region ?? platform.region, platformAccount, platformRegion: platform.region };
}

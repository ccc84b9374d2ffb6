import { type MeshWarehouse, type WarehouseNetwork } from './mesh/mesh-consumption';

/** Where the warehouse is in an environment; undefined where mesh.yaml does not say. */
export function networkIn({ network }: Pick<MeshWarehouse, 'network'>, environment: string): WarehouseNetwork | undefined {
  return isOneNetwork(network) ? network : network[environment];
}

/** Whether all environments share it. */
export function isOneNetwork(written: MeshWarehouse['network']): written is WarehouseNetwork {
  return Array.isArray((written as WarehouseNetwork).subnets);
}

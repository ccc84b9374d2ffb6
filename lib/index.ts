export { DataContract, type DataContractOptions } from './plan/data-contract';
export { DataProduct, type DataProductProps } from '../constructs/data-product/data-product';
export { DataDomain, type DataDomainAttributes, type DataDomainFromMeshProps, type IDataDomain } from '../constructs/domain/data-domain';
export { DomainFoundation, type DomainFoundationProps } from '../constructs/domain/domain-foundation';
export { MeshPolicy } from '../constructs/policy/mesh-policy';
export { NetworkSource, type NewNetworkOptions } from '../constructs/domain/network-source';
export { DataProductSynthesizer } from './stacks/data-product-synthesizer';
export { MeshStacks, type MeshStacksProps } from './stacks/mesh-stacks';

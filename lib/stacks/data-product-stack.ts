import { Stack } from 'aws-cdk-lib';
import { type Construct } from 'constructs';
import { DataProduct } from '../../constructs/data-product/data-product';
import { type DataDomainAttributes, DataDomain } from '../../constructs/domain/data-domain';
import { stackName } from '../contract/names';
import { type DataContract } from '../plan/data-contract';
import { DataProductSynthesizer } from './data-product-synthesizer';

/** What the stack of a product is made from. */
export interface DataProductStackProps {
  readonly contract: DataContract;
  readonly domain: DataDomainAttributes;
  /** Both are asked for, or no data is deleted. */
  readonly deleteData?: boolean;
  readonly confirmDeletion?: string;
}

/** `[env-]<domain>-<entity>-v<major>`: one product, deployed by its domain team behind the roles of the domain's foundation. */
export class DataProductStack extends Stack {
  readonly product: DataProduct;

  constructor(scope: Construct, { contract, domain: attributes, deleteData, confirmDeletion }: DataProductStackProps) {
    const { account, region, domainName: domain, environment = null } = attributes;
    const name = stackName({ domain, environment, entity: contract.entity, major: contract.majorVersion });
    super(scope, name, {
      stackName: name, env: { account, region },
      description: `The data product ${contract.productId}, version ${contract.majorVersion}`,
      synthesizer: DataProductSynthesizer.fromDataDomainAttributes(attributes),
    });
    this.product = new DataProduct(this, 'Product', { contract, domain: DataDomain.fromDataDomainAttributes(this, 'Domain', attributes), deleteData, confirmDeletion });
  }
}

import { CustomResource, RemovalPolicy } from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import { type ProductParts, requestOf } from '../data-product/product-parts';
import { domainNames } from '../domain/naming';

/** What a product's place in the catalogue is made from. */
export interface ProductCatalogueProps {
  readonly parts: ProductParts;
  /** Imported into the catalogue, so they have to be there first, with the permissions to read what they are. */
  readonly tables: IDependable;
}

/** Asks the foundation to keep the product in the platform's catalogue as its contract and its last certificate say. */
export class ProductCatalogue extends Construct {
  /** Whether consumers find it: `listed`, or why not. */
  readonly listing: string;

  constructor(scope: Construct, id: string, { parts, tables }: ProductCatalogueProps) {
    super(scope, id);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshCatalogue', serviceToken: domainNames.handlerArn(parts.place, 'catalogue'),
      properties: requestOf(parts), removalPolicy: RemovalPolicy.DESTROY,
    });
    resource.node.addDependency(tables);
    this.listing = resource.getAttString('Listing');
  }
}

import { CustomResource, Duration } from 'aws-cdk-lib';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { requestOf, type ProductParts } from '../data-product/product-parts';
import { domainNames } from '../domain/naming';

/** What a product's tables are made from. */
export interface ProductTablesProps {
  readonly parts: ProductParts;
  /** Their metadata is written there, so it has to be there first. */
  readonly curated: s3.IBucket;
  /** Lets their names go with the stack. Asked for twice before it comes here. */
  readonly deleteData: boolean;
}

/** Asks the foundation for the tables of a product: made by the first deployment, changed in place by later ones, between runs. */
export class ProductTables extends Construct {
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { parts, curated, deleteData }: ProductTablesProps) {
    super(scope, id);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshTables',
      serviceToken: domainNames.handlerArn(parts.place, 'tables'),
      // The function's own longest time and one of its retries: a lost answer must not hold a stack for an hour.
      serviceTimeout: Duration.minutes(40),
      properties: { ...requestOf(parts), DeleteTables: String(deleteData), ConfirmDeleteTables: deleteData ? parts.plan.product.id : '' },
    });
    this.resource.node.addDependency(curated);
  }
}

import { CustomResource } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { requestOf, type ProductParts } from '../data-product/product-parts';
import { domainNames } from '../domain/naming';

/** What a product's permissions are made from. */
export interface ProductPermissionsProps {
  readonly parts: ProductParts;
  /** Its tables are registered with Lake Formation. */
  readonly curated: s3.IBucket;
  /** Grants name it, so it has to be there first. */
  readonly jobRole: iam.IRole;
  /** Made between the two halves of the permissions: who makes a table needs some, and others need the table. */
  readonly tables: Construct;
}

/** Asks the foundation for the permissions of a product's own roles, in two halves with the tables between them. */
export class ProductPermissions extends Construct {
  readonly beforeTables: CustomResource;
  readonly afterTables: CustomResource;

  constructor(scope: Construct, id: string, { parts, curated, jobRole, tables }: ProductPermissionsProps) {
    super(scope, id);
    this.beforeTables = this.half('BeforeTables', 'before-tables', parts);
    this.afterTables = this.half('AfterTables', 'after-tables', parts);
    this.beforeTables.node.addDependency(curated, jobRole);
    tables.node.addDependency(this.beforeTables);
    this.afterTables.node.addDependency(tables);
  }

  private half(id: string, phase: string, parts: ProductParts): CustomResource {
    return new CustomResource(this, id, {
      resourceType: 'Custom::MeshPermissions',
      serviceToken: domainNames.handlerArn(parts.place, 'permissions'),
      properties: { ...requestOf(parts), Phase: phase },
    });
  }
}

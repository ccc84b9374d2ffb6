import { CustomResource } from 'aws-cdk-lib';
import type * as glue from 'aws-cdk-lib/aws-glue';
import { Construct, type IConstruct } from 'constructs';
import { requestOf, type ProductParts } from '../data-product/product-parts';
import { domainNames } from '../domain/naming';

/** What is released of a product. */
export interface ProductReleaseProps {
  readonly parts: ProductParts;
  readonly etl: IConstruct;
  readonly quality: IConstruct;
}

/** Tells the foundation's publisher what this deployment releases: nothing else of the product will be published. */
export class ProductRelease extends Construct {
  readonly resource: CustomResource;

  constructor(scope: Construct, id: string, { parts, etl, quality }: ProductReleaseProps) {
    super(scope, id);
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshRelease',
      serviceToken: domainNames.handlerArn(parts.place, 'publisher'),
      properties: { ...requestOf(parts), Etl: described(etl), Quality: described(quality) },
    });
    this.resource.node.addDependency(etl, quality);
  }
}

/** A job as CloudFormation makes it. */
function described(job: IConstruct): Record<string, unknown> {
  const made = job.node.defaultChild as glue.CfnJob;
  const command = made.command as glue.CfnJob.JobCommandProperty;
  const connections = made.connections as glue.CfnJob.ConnectionsListProperty | undefined;
  return {
    Role: made.role, GlueVersion: made.glueVersion, Command: { Name: command.name, ScriptLocation: command.scriptLocation },
    DefaultArguments: made.defaultArguments as unknown, NonOverridableArguments: made.nonOverridableArguments as unknown,
    Connections: connections === undefined ? undefined : { Connections: connections.connections },
  };
}

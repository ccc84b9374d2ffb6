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
  const { role, glueVersion, command, defaultArguments, nonOverridableArguments, connections } = job.node.defaultChild as glue.CfnJob;
  const { name, scriptLocation } = command as glue.CfnJob.JobCommandProperty;
  return {
    Role: role, GlueVersion: glueVersion, Command: { Name: name, ScriptLocation: scriptLocation },
    DefaultArguments: defaultArguments as unknown, NonOverridableArguments: nonOverridableArguments as unknown,
    Connections: connections === undefined ? undefined : { Connections: (connections as glue.CfnJob.ConnectionsListProperty).connections },
  };
}

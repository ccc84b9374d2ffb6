import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { INTERFACE_VERSION } from './interface-version';
import { domainNames, type DomainPlace } from './naming';

/** What a domain's project in the catalogue is made from. */
export interface CatalogueProjectProps {
  readonly place: DomainPlace;
}

/** The project of the domain in DataZone, which owns the listings of its products. The catalogue's handler makes it, in the platform's account. */
export class CatalogueProject extends Construct {
  constructor(scope: Construct, id: string, { place }: CatalogueProjectProps) {
    super(scope, id);
    new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MeshCatalogueProject', serviceToken: domainNames.handlerArn(place, 'catalogue'),
      properties: { InterfaceVersion: INTERFACE_VERSION, Domain: place.domain, Environment: place.environment ?? '' },
    });
  }
}

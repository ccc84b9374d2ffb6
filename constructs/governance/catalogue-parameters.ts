import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { catalogueParameter, type DomainPlace } from '../domain/naming';

/** What is told of the catalogue. */
export interface CatalogueParametersProps {
  readonly place: DomainPlace;
  readonly domainId: string;
  /** Ids of units by data domain. */
  readonly units: Readonly<Record<string, string>>;
  /** Ids of the profiles of projects by data domain; none in a domain of version 1. */
  readonly profiles: Readonly<Record<string, string>>;
}

/**
 * Ids of the catalogue under names that every account of the mesh can compute. Parameters are shared by RAM in the advanced tier alone:
 * https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
 */
export class CatalogueParameters extends Construct {
  readonly parameters: ssm.StringParameter[];

  constructor(scope: Construct, id: string, { place, domainId, units, profiles }: CatalogueParametersProps) {
    super(scope, id);
    const parameter = (of: string, name: Parameters<typeof catalogueParameter>[1], stringValue: string, description: string): ssm.StringParameter =>
      new ssm.StringParameter(this, of, { parameterName: catalogueParameter(place, name), stringValue, description, tier: ssm.ParameterTier.ADVANCED });
    this.parameters = [
      parameter('DomainId', 'domain-id', domainId, 'The domain of the mesh in DataZone'),
      ...Object.entries(units).map(([domain, unit]) => parameter(`Unit-${domain}`, `domain-unit-id/${domain}`, unit, `Where projects of ${domain} belong in the catalogue`)),
      ...Object.entries(profiles).map(([domain, profile]) => parameter(`Profile-${domain}`, `project-profile-id/${domain}`, profile, `What the project of ${domain} is made from`)),
    ];
  }
}

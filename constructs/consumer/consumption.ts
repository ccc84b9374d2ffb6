import * as athena from 'aws-cdk-lib/aws-athena';
import * as glue from 'aws-cdk-lib/aws-glue';
import * as lakeformation from 'aws-cdk-lib/aws-lakeformation';
import { type CfnResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { type ConsumerRole } from '../../lib/plan/mesh/mesh-consumers';
import { domainNames, type DomainPlace } from '../domain/naming';
import { ConsumerResults } from './consumer-results';
import { consumerNames, type ConsumerPlace } from './naming';

/** What a consumer queries products with. */
export interface ConsumptionProps {
  readonly place: ConsumerPlace;
  readonly roles: readonly ConsumerRole[];
  /** Domains whose databases it finds in its own catalogue; those of its own account are there already. */
  readonly domains: readonly DomainPlace[];
  /** ARNs of roles that read for it beside its own: a domain's products import with them. */
  readonly readers: readonly string[];
  /** Bytes that a query may read; one that reads more is stopped. */
  readonly scannedPerQuery: number;
}

/**
 * What a consumer queries with, in its own account: a workgroup of Athena that it cannot talk out of its limits, and links to the databases
 * of domains, by their own names. A link opens nothing: what it shows is what was granted on what it leads to.
 */
export class Consumption extends Construct {
  readonly workGroup: athena.CfnWorkGroup;
  readonly results: ConsumerResults;

  constructor(scope: Construct, id: string, { place, roles, domains, readers, scannedPerQuery }: ConsumptionProps) {
    super(scope, id);
    this.results = new ConsumerResults(this, 'Results', { place });
    this.workGroup = new athena.CfnWorkGroup(this, 'WorkGroup', {
      name: consumerNames.workGroup(place), description: `Queries of the consumer ${place.consumer}`, state: 'ENABLED',
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true, publishCloudWatchMetricsEnabled: true, bytesScannedCutoffPerQuery: scannedPerQuery, engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${consumerNames.resultsBucket(place)}/results/`, expectedBucketOwner: place.account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: this.results.key.keyArn },
        },
      },
    });
    this.workGroup.node.addDependency(this.results.bucket);
    // Lake Formation takes parallel grants badly: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2500
    let before: CfnResource | undefined;
    for (const domain of domains.filter(({ account, region }) => account !== place.account || region !== place.region)) {
      const link = this.link(place, domain);
      for (const arn of [...roles.map((role) => consumerNames.roleArn(place, role)), ...readers]) {
        const seen = new lakeformation.CfnPrincipalPermissions(this, `Sees-${domain.domain}-${arn.slice(arn.lastIndexOf('/') + 1)}`, {
          catalog: place.account, principal: { dataLakePrincipalIdentifier: arn }, permissions: ['DESCRIBE'], permissionsWithGrantOption: [],
          resource: { database: { catalogId: place.account, name: domainNames.publishedDatabase(domain) } },
        });
        seen.addResourceDependency(before ?? link);
        if (before !== undefined) seen.addResourceDependency(link);
        before = seen;
      }
    }
  }

  /** Goes with its stack, and what it leads to does not: https://docs.aws.amazon.com/lake-formation/latest/dg/resource-links-glue-apis.html */
  private link(place: ConsumerPlace, domain: DomainPlace): glue.CfnDatabase {
    const databaseName = domainNames.publishedDatabase(domain);
    return new glue.CfnDatabase(this, `Link-${domain.domain}`, {
      catalogId: place.account,
      databaseInput: { name: databaseName, targetDatabase: { catalogId: domain.account, databaseName, ...(domain.region === place.region ? {} : { region: domain.region }) } },
    });
  }
}

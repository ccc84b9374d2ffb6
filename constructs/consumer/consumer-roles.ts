import { Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { type ConsumerRole } from '../../lib/plan/mesh/mesh-consumers';
import { exactPolicy, type Statement } from '../domain/exact-policy';
import { READER_ROLE } from '../marts/mart';
import { arnIn, domainNames, type DomainPlace, partition } from '../domain/naming';
import { catalogueRoleArn } from '../governance/platform-names';
import { asDomain, consumerArn, consumerNames, type ConsumerPlace } from './naming';

/** What the roles of a consumer are made from. */
export interface ConsumerRolesProps {
  readonly place: ConsumerPlace;
  readonly roles: readonly ConsumerRole[];
  /** ARNs of who may become the analyst role; empty leaves it to the policies of the consumer's account. */
  readonly analysts: readonly string[];
  /** Whether it has a project of its own in the catalogue, which its people subscribe for: a domain that consumes has its domain's. */
  readonly subscribes: boolean;
  /** Domains whose catalogues they may look at. What they see there is for Lake Formation. */
  readonly domains: readonly DomainPlace[];
}

const ABOUT: Readonly<Record<ConsumerRole, string>> = {
  analyst: 'people query with it', etl: 'Glue jobs read with it', bi: 'QuickSight queries with it', warehouse: 'Redshift reads with it',
};

/**
 * The roles that a consumer reads products with, in its own account: analysts, jobs and dashboards. They query through Athena and are
 * handed data by Lake Formation; no policy of theirs names a bucket of a product.
 */
export class ConsumerRoles extends Construct {
  readonly roles: Readonly<Partial<Record<ConsumerRole, iam.Role>>>;

  constructor(scope: Construct, id: string, props: ConsumerRolesProps) {
    super(scope, id);
    const { place, roles } = props;
    const made = roles.map((role): [ConsumerRole, iam.Role] => [role, new iam.Role(this, role[0].toUpperCase() + role.slice(1), {
      roleName: consumerNames.role(place, role), path: consumerNames.path(place), assumedBy: trusted(role, props), description: `Of the consumer ${place.consumer}: ${ABOUT[role]}`,
    })]);
    this.roles = Object.fromEntries(made);
    const name = `${consumerNames.prefix(place)}-reads`;
    const querying = made.filter(([role]) => role !== 'warehouse');
    if (querying.length > 0) exactPolicy(this, 'Reads', {
      place: asDomain(place), name, path: consumerNames.path(place), roles: querying.map(([, role]) => role),
      description: `What the consumer ${place.consumer} reads products with`, statements: [...catalogue(props), ...queries(place), ...results(place)],
    });
    const { warehouse, analyst } = this.roles;
    if (analyst !== undefined && props.subscribes) exactPolicy(this, 'Subscribes', {
      place: asDomain(place), name: `${consumerNames.prefix(place)}-subscribes`, path: consumerNames.path(place), roles: [analyst],
      description: `How people of the consumer ${place.consumer} ask for products`,
      statements: [{ sid: 'Catalogue', actions: ['sts:AssumeRole'], resources: [catalogueRoleArn(asDomain(place), 'subscriber')] }],
    });
    if (warehouse === undefined) return;
    // It queries nothing itself: Redshift has its own ways.
    exactPolicy(this, 'WarehouseReads', {
      place: asDomain(place), name: `${consumerNames.prefix(place)}-warehouse-reads`, path: consumerNames.path(place), roles: [warehouse],
      description: `What the warehouse of the consumer ${place.consumer} reads products with`, statements: catalogue(props),
    });
    // https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-federated-db-roles.html
    if (analyst !== undefined) Tags.of(analyst).add('RedshiftDbRoles', READER_ROLE);
  }
}

function trusted(role: ConsumerRole, { place, analysts }: ConsumerRolesProps): iam.IPrincipal {
  const { account, region } = place;
  // Jobs and dashboards of this account alone.
  const here = { StringEquals: { 'aws:SourceAccount': account } };
  switch (role) {
    case 'etl': return new iam.ServicePrincipal('glue.amazonaws.com', { conditions: here });
    // https://docs.aws.amazon.com/quicksight/latest/user/security-create-iam-role.html
    case 'bi': return new iam.ServicePrincipal('quicksight.amazonaws.com', { conditions: here });
    // Whoever is at work in a warehouse of this account; Redshift says which and who by the external id:
    // https://docs.aws.amazon.com/redshift/latest/mgmt/authorizing-redshift-service-database-users.html
    case 'warehouse': return new iam.CompositePrincipal(...['redshift.amazonaws.com', 'redshift-serverless.amazonaws.com'].map((service) => new iam.ServicePrincipal(service, {
      conditions: { StringLike: { 'sts:ExternalId': `arn:${partition(place)}:redshift:${region}:${account}:dbuser:serverless-${account}-*/*` } },
    })));
    case 'analyst': return analysts.length === 0 ? new iam.AccountPrincipal(account) : new iam.CompositePrincipal(...analysts.map((arn) => new iam.ArnPrincipal(arn)));
  }
}

/**
 * The catalogue of who owns a table and that of the account, in which links stand:
 * https://docs.aws.amazon.com/lake-formation/latest/dg/cross-account-read-data.html
 */
function catalogue({ place, domains }: ConsumerRolesProps): Statement[] {
  const owners = domains.flatMap((domain) => {
    const database = domainNames.publishedDatabase(domain);
    return [arnIn(domain, 'glue', 'catalog'), arnIn(domain, 'glue', `database/${database}`), arnIn(domain, 'glue', `table/${database}/*`)];
  });
  return [
    {
      sid: 'Catalogue', why: 'what a catalogue shows of its databases and tables is for Lake Formation',
      actions: ['glue:GetDatabase', 'glue:GetDatabases', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
      resources: [...['catalog', 'database/*', 'table/*'].map((resource) => consumerArn(place, 'glue', resource)), ...owners],
    },
    { sid: 'Data', actions: ['lakeformation:GetDataAccess'], resources: ['*'], why: 'it takes no resource; whose data it is for is for Lake Formation' },
  ];
}

function queries(place: ConsumerPlace): Statement[] {
  return [
    {
      sid: 'Queries', resources: [consumerArn(place, 'athena', `workgroup/${consumerNames.workGroup(place)}`)],
      actions: [
        'athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution', 'athena:BatchGetQueryExecution', 'athena:ListQueryExecutions',
        'athena:GetQueryResults', 'athena:GetQueryResultsStream', 'athena:GetWorkGroup',
      ],
    },
    {
      sid: 'QueriedCatalogue', resources: [consumerArn(place, 'athena', 'datacatalog/AwsDataCatalog')],
      actions: ['athena:GetDataCatalog', 'athena:GetDatabase', 'athena:ListDatabases', 'athena:GetTableMetadata', 'athena:ListTableMetadata'],
    },
  ];
}

/** Of its own account alone: Athena writes what it was asked for as who asked. */
function results(place: ConsumerPlace): Statement[] {
  const bucket = `arn:${partition(place)}:s3:::${consumerNames.resultsBucket(place)}`;
  return [
    { sid: 'ResultsBucket', actions: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'], resources: [bucket] },
    {
      sid: 'Results', actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], resources: [`${bucket}/*`],
      why: 'results are named by the id of their query',
    },
    {
      sid: 'ResultsKey', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [consumerArn(place, 'kms', 'key/*')], why: 'a key has no name that could be computed; the condition names its alias',
      conditions: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': consumerNames.keyAlias(place) }, 'StringEquals': { 'kms:ViaService': `s3.${place.region}.amazonaws.com` } },
    },
  ];
}

import * as iam from 'aws-cdk-lib/aws-iam';
import { catalogueParameter, type DomainPlace, platformParameterArn } from '../domain/naming';

/**
 * What the publisher role of a domain needs in the platform's account. DataZone decides by membership of projects; its actions take no
 * resource but the domain, if any: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondatazone.html
 */
export const DATAZONE_ACTIONS = [
  'CreateProject', 'GetProject', 'ListProjects', 'CreateProjectMembership', 'ListProjectMemberships', 'GetUserProfile',
  'ListConnections', 'ListEnvironments',
  'CreateDataSource', 'GetDataSource', 'ListDataSources', 'UpdateDataSource', 'DeleteDataSource',
  'StartDataSourceRun', 'GetDataSourceRun', 'ListDataSourceRuns', 'ListDataSourceRunActivities',
  'GetAsset', 'CreateAsset', 'CreateAssetRevision', 'DeleteAsset', 'GetFormType', 'CreateFormType', 'Search',
  'CreateDataProduct', 'CreateDataProductRevision', 'GetDataProduct', 'DeleteDataProduct',
  'CreateListingChangeSet', 'GetListing', 'ListSubscriptions', 'PostTimeSeriesDataPoints', 'PostLineageEvent',
].map((action) => `datazone:${action}`);

/** The statements of a domain's publisher role. */
export function publisherStatements(place: DomainPlace): iam.PolicyStatement[] {
  const names = ['domain-id', `project-profile-id/${place.domain}`, `domain-unit-id/${place.domain}`] as const;
  return [
    new iam.PolicyStatement({ sid: 'Catalogue', actions: DATAZONE_ACTIONS, resources: ['*'] }),
    // Who has changed what is listed: DataZone's calls are in the trail of its own account.
    new iam.PolicyStatement({ sid: 'Trail', actions: ['cloudtrail:LookupEvents'], resources: ['*'] }),
    new iam.PolicyStatement({ sid: 'WhereItIs', actions: ['ssm:GetParameters'], resources: names.map((name) => platformParameterArn(place, catalogueParameter(place, name))) }),
  ];
}

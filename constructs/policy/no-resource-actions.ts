/**
 * Actions that take no resource, so that `Resource: *` is all that can be written. By the service authorization reference, from which
 * cfn-lint has its table, against which a test holds this one: https://docs.aws.amazon.com/service-authorization/latest/reference/
 */
const NO_RESOURCE = new Set([
  'cloudtrail:LookupEvents', 'cloudwatch:ListDashboards',
  'datazone:AcceptSubscriptionRequest', 'datazone:CancelSubscription', 'datazone:CreateSubscriptionRequest', 'datazone:DeleteSubscriptionRequest', 'datazone:UpdateSubscriptionRequest',
  'datazone:CreateAsset', 'datazone:CreateAssetRevision', 'datazone:CreateDataProduct', 'datazone:CreateDataProductRevision', 'datazone:CreateDataSource',
  'datazone:CreateFormType', 'datazone:CreateGlossary', 'datazone:CreateGlossaryTerm', 'datazone:CreateListingChangeSet', 'datazone:CreateProject',
  'datazone:CreateProjectMembership', 'datazone:DeleteAsset', 'datazone:DeleteDataProduct', 'datazone:DeleteDataSource', 'datazone:DeleteProjectMembership',
  'datazone:GetAsset', 'datazone:GetDataProduct', 'datazone:GetDataSource', 'datazone:GetDataSourceRun', 'datazone:GetFormType', 'datazone:GetGlossary',
  'datazone:GetGlossaryTerm', 'datazone:GetIamPortalLoginUrl', 'datazone:GetListing', 'datazone:GetProject', 'datazone:GetSubscription',
  'datazone:GetSubscriptionRequestDetails', 'datazone:GetUserProfile', 'datazone:ListConnections', 'datazone:ListDataSourceRunActivities', 'datazone:ListDataSourceRuns',
  'datazone:ListDataSources', 'datazone:ListEnvironments', 'datazone:ListProjectMemberships', 'datazone:ListProjects', 'datazone:ListSubscriptionRequests',
  'datazone:ListSubscriptionGrants', 'datazone:ListSubscriptions', 'datazone:PostLineageEvent', 'datazone:PostTimeSeriesDataPoints', 'datazone:RejectSubscriptionRequest', 'datazone:RevokeSubscription',
  'datazone:Search', 'datazone:SearchListings', 'datazone:StartDataSourceRun', 'datazone:UpdateDataSource', 'datazone:UpdateGlossaryTerm', 'datazone:UpdateSubscriptionGrantStatus',
  'ecr:GetAuthorizationToken',
  'ec2:DescribeNetworkInterfaces', 'ec2:DescribeRouteTables', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets', 'ec2:DescribeVpcEndpoints',
  'glue:CreateDataQualityRuleset', 'glue:CreateSecurityConfiguration', 'glue:DeleteSecurityConfiguration', 'glue:GetSecurityConfiguration',
  'lakeformation:AddLFTagsToResource', 'lakeformation:BatchGrantPermissions', 'lakeformation:BatchRevokePermissions', 'lakeformation:CreateDataCellsFilter', 'lakeformation:CreateLFTag', 'lakeformation:DeleteDataCellsFilter', 'lakeformation:DeregisterResource',
  'lakeformation:DescribeResource', 'lakeformation:GetDataAccess', 'lakeformation:GetLFTag', 'lakeformation:GetResourceLFTags', 'lakeformation:ListDataCellsFilter', 'lakeformation:ListPermissions',
  'lakeformation:RegisterResource', 'lakeformation:UpdateDataCellsFilter', 'lakeformation:UpdateLFTag', 'lakeformation:UpdateResource',
  'lakeformation:GetDataCellsFilter', 'lakeformation:GetDataLakeSettings', 'lakeformation:ListLFTags', 'lakeformation:ListResources',
  'logs:CreateLogDelivery', 'logs:DeleteLogDelivery', 'logs:DescribeLogGroups', 'logs:DescribeResourcePolicies', 'logs:GetLogDelivery', 'logs:ListLogDeliveries', 'logs:PutResourcePolicy', 'logs:UpdateLogDelivery',
  'logs:StopQuery',
  'organizations:DescribeOrganization',
  'ram:CreateResourceShare', 'ram:GetResourcePolicies', 'ram:GetResourceShareAssociations', 'ram:GetResourceShares', 'ram:ListResources',
  'redshift-data:CancelStatement', 'redshift-data:DescribeStatement', 'redshift-data:GetStatementResult',
  'redshift-serverless:CreateUsageLimit', 'redshift-serverless:ListUsageLimits', 'redshift-serverless:UpdateUsageLimit',
  'sts:GetCallerIdentity',
  'xray:GetSamplingRules', 'xray:GetSamplingTargets', 'xray:PutTelemetryRecords', 'xray:PutTraceSegments',
]);

/** Actions that may take one, and why it is not written. */
const NO_RESOURCE_HERE: Record<string, string> = {
  'cloudwatch:PutMetricData': 'metrics belong to no dataset; a condition on cloudwatch:namespace says which',
  'cloudwatch:GetMetricData': 'metrics belong to no dataset',
  'cloudwatch:DescribeAlarms': 'composite alarms are only found among all',
  'ec2:DescribeVpcAttribute': 'Glue looks at the network of a job before it knows which it is',
};

export function takesNoResource(action: string): boolean {
  return NO_RESOURCE.has(action) || action in NO_RESOURCE_HERE;
}

/** For the test that compares. */
export function actionsWithoutResource(): string[] {
  return [...NO_RESOURCE];
}

-- Grants, filters, tags and settings of Lake Formation that somebody else than the platform's own roles and its
-- deployments has changed, newest first. mesh verify says what of it is still in force, and puts it right.
SELECT
  eventtime AS changed_at,
  coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.principalid) AS changed_by,
  useridentity.accountid AS account,
  awsregion AS changed_in,
  eventname AS action,
  json_extract_scalar(requestparameters, '$.principal.dataLakePrincipalIdentifier') AS granted_to,
  requestparameters AS request,
  eventid
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y/%m/%d')
  AND eventsource = 'lakeformation.amazonaws.com'
  AND eventname IN (
    'GrantPermissions', 'BatchGrantPermissions', 'RevokePermissions', 'BatchRevokePermissions',
    'CreateDataCellsFilter', 'UpdateDataCellsFilter', 'DeleteDataCellsFilter',
    'AddLFTagsToResource', 'RemoveLFTagsFromResource', 'CreateLFTag', 'UpdateLFTag', 'DeleteLFTag',
    'RegisterResource', 'UpdateResource', 'DeregisterResource', 'PutDataLakeSettings', 'CreateLakeFormationOptIn', 'DeleteLakeFormationOptIn'
  )
  AND errorcode IS NULL
  AND coalesce(useridentity.sessioncontext.sessionissuer.arn, '') NOT LIKE '%:role/mesh-platform/%'
  AND coalesce(useridentity.sessioncontext.sessionissuer.arn, '') NOT LIKE '%:role/cdk-%-cfn-exec-role-%'
ORDER BY changed_at DESC, eventid

-- What was refused: by Lake Formation, by the catalogue, by a bucket or a key, newest first.
SELECT
  eventtime AS denied_at,
  coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.principalid) AS principal,
  useridentity.accountid AS account,
  eventsource AS service,
  eventname AS action,
  coalesce(
    json_extract_scalar(requestparameters, '$.tableArn'),
    nullif(concat_ws('/', json_extract_scalar(requestparameters, '$.bucketName'), json_extract_scalar(requestparameters, '$.key')), ''),
    nullif(concat_ws('.', json_extract_scalar(requestparameters, '$.databaseName'), coalesce(json_extract_scalar(requestparameters, '$.tableName'), json_extract_scalar(requestparameters, '$.name'))), '')
  ) AS resource,
  errorcode,
  errormessage,
  eventid
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y/%m/%d')
  AND eventsource IN ('lakeformation.amazonaws.com', 'glue.amazonaws.com', 's3.amazonaws.com', 'kms.amazonaws.com', 'athena.amazonaws.com')
  AND (errorcode LIKE '%AccessDenied%' OR errorcode LIKE '%Unauthorized%')
ORDER BY denied_at DESC, eventid

-- Who read what through Lake Formation, newest first.
-- A read across accounts is recorded in both, under one shared id; the copy that names the principal counts.
WITH accesses AS (
  SELECT
    coalesce(sharedeventid, eventid) AS access_id,
    eventtime,
    coalesce(
      json_extract_scalar(additionaleventdata, '$.lakeFormationPrincipal'),
      useridentity.sessioncontext.sessionissuer.arn,
      useridentity.principalid
    ) AS principal,
    json_extract_scalar(additionaleventdata, '$.lakeFormationPrincipal') IS NOT NULL AS names_principal,
    useridentity.accountid AS reader_account,
    json_extract_scalar(requestparameters, '$.tableArn') AS table_arn,
    coalesce(nullif(json_extract_scalar(additionaleventdata, '$.requesterService'), 'UNKNOWN'), sourceipaddress) AS engine,
    json_extract_scalar(requestparameters, '$.cellLevelSecurityEnforced') AS cells_filtered
  FROM cloudtrail
  WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y/%m/%d')
    AND eventsource = 'lakeformation.amazonaws.com'
    AND eventname = 'GetDataAccess'
    AND errorcode IS NULL
    AND json_extract_scalar(requestparameters, '$.tableArn') IS NOT NULL
)
SELECT
  min(eventtime) AS read_at,
  max_by(principal, names_principal) AS principal,
  reader_account,
  split_part(table_arn, ':', 5) AS owner_account,
  split_part(table_arn, '/', 2) AS database_name,
  split_part(table_arn, '/', 3) AS table_name,
  max_by(engine, names_principal) AS engine,
  max(cells_filtered) AS cells_filtered,
  access_id
FROM accesses
GROUP BY access_id, reader_account, table_arn
ORDER BY read_at DESC, access_id

-- Published data that was read around Lake Formation: objects of curated buckets, by anybody but the roles of products
-- (/mesh/) and those of the platform (/mesh-platform/). Break-glass is the platform's and is shown all the same.
SELECT
  eventtime AS read_at,
  coalesce(useridentity.sessioncontext.sessionissuer.arn, useridentity.arn, useridentity.invokedby, useridentity.principalid) AS principal,
  useridentity.accountid AS account,
  json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  json_extract_scalar(requestparameters, '$.key') AS object_key,
  sourceipaddress AS source,
  eventid
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y/%m/%d')
  AND eventsource = 's3.amazonaws.com'
  AND eventname IN ('GetObject', 'SelectObjectContent')
  AND errorcode IS NULL
  AND json_extract_scalar(requestparameters, '$.bucketName') LIKE '%-curated'
  AND (
    coalesce(useridentity.sessioncontext.sessionissuer.arn, '') NOT LIKE '%:role/mesh/%'
    AND coalesce(useridentity.sessioncontext.sessionissuer.arn, '') NOT LIKE '%:role/mesh-platform/%'
    OR useridentity.sessioncontext.sessionissuer.arn LIKE '%-break-glass'
  )
ORDER BY read_at DESC, eventid

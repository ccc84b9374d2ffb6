-- How much each published table of a contract is used, and by which consumer, month by month: the month before this one, and this one so far.
-- Ask for others by the condition on day, which says what is scanned: day BETWEEN '2026/04/01' AND '2026/06/30'.
-- The published table <domain>.<object>_v<major> says which contract it is of: sales.orders_v2 is of major 2.
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
    useridentity.accountid AS consumer_account,
    json_extract_scalar(requestparameters, '$.tableArn') AS table_arn
  FROM cloudtrail
  WHERE day >= date_format(date_trunc('month', current_date) - INTERVAL '1' MONTH, '%Y/%m/%d')
    AND eventsource = 'lakeformation.amazonaws.com'
    AND eventname = 'GetDataAccess'
    AND errorcode IS NULL
    AND json_extract_scalar(requestparameters, '$.tableArn') IS NOT NULL
), reads AS (
  SELECT access_id, consumer_account, table_arn, min(eventtime) AS read_at, max_by(principal, names_principal) AS consumer
  FROM accesses
  GROUP BY access_id, consumer_account, table_arn
)
SELECT
  substr(read_at, 1, 7) AS month,
  split_part(table_arn, '/', 2) AS database_name,
  split_part(table_arn, '/', 3) AS table_name,
  consumer,
  consumer_account,
  count(*) AS reads,
  count(DISTINCT substr(read_at, 1, 10)) AS days,
  max(read_at) AS last_read_at
FROM reads
WHERE split_part(table_arn, '/', 2) NOT LIKE '%\_internal' ESCAPE '\'
GROUP BY substr(read_at, 1, 7), split_part(table_arn, '/', 2), split_part(table_arn, '/', 3), consumer, consumer_account
ORDER BY month, database_name, table_name, reads DESC, consumer

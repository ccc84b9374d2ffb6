SELECT
  airport_code,
  month,
  sum(departures) AS departures,
  sum(arrivals) AS arrivals,
  sum(late_arrivals) AS late_arrivals
FROM (
  SELECT
    origin AS airport_code,
    CAST(date_trunc('MONTH', departed_at) AS DATE) AS month,
    count(*) AS departures,
    CAST(0 AS BIGINT) AS arrivals,
    CAST(0 AS BIGINT) AS late_arrivals
  FROM flights
  GROUP BY origin, CAST(date_trunc('MONTH', departed_at) AS DATE)
  UNION ALL
  SELECT
    destination AS airport_code,
    CAST(date_trunc('MONTH', departed_at) AS DATE) AS month,
    CAST(0 AS BIGINT) AS departures,
    count(*) AS arrivals,
    sum(CASE WHEN arrival_delay_minutes >= 15 THEN 1 ELSE 0 END) AS late_arrivals
  FROM flights
  GROUP BY destination, CAST(date_trunc('MONTH', departed_at) AS DATE)
) AS movements
GROUP BY airport_code, month

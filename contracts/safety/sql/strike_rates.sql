-- Only the airports that the reports cover: elsewhere no strikes means no reports.
-- Only the strikes of airlines: the traffic counts nobody else, and at Charleston most strikes are military.
SELECT
  a.airport_code,
  a.airport_name,
  a.state,
  coalesce(s.strikes, 0) AS strikes,
  t.movements,
  CAST(coalesce(s.strikes, 0) AS DOUBLE) * 10000 / CAST(t.movements AS DOUBLE) AS strikes_per_10k
FROM names_in AS n
JOIN airports_in AS a ON n.airport_code = a.airport_code
JOIN (
  SELECT airport_code, sum(departures + arrivals) AS movements
  FROM traffic_in
  WHERE month < DATE '2001-07-01'
  GROUP BY airport_code
) AS t ON a.airport_code = t.airport_code
LEFT JOIN (
  SELECT airport_code, count(*) AS strikes
  FROM strikes_located
  WHERE struck_on >= DATE '2001-01-01' AND struck_on < DATE '2001-07-01'
    AND operator NOT IN ('MILITARY', 'BUSINESS', 'PRIVATELY OWNED', 'GOVERNMENT')
  GROUP BY airport_code
) AS s ON a.airport_code = s.airport_code
WHERE t.movements >= 1000

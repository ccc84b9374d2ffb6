-- The counter runs over rows that are equal in all that orders it, so it gives the same rows on every run.
SELECT
  concat(
    date_format(date, 'yyyyMMddHHmm'), '-', origin, '-', destination, '-',
    CAST(row_number() OVER (PARTITION BY date, origin, destination ORDER BY delay, distance) AS STRING)
  ) AS flight_id,
  date AS departed_at,
  origin,
  destination,
  distance AS distance_miles,
  delay AS arrival_delay_minutes
FROM flights_raw

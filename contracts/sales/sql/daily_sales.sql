SELECT
  CAST(ordered_at AS DATE) AS date,
  CAST(sum(paid_amount) AS DECIMAL(18, 2)) AS total_sales,
  CAST(round(CAST(sum(paid_amount) AS DOUBLE) / count(*), 2) AS DECIMAL(12, 2)) AS avg_order_value
FROM orders_in
WHERE paid_amount > 0
GROUP BY CAST(ordered_at AS DATE)

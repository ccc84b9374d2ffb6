-- Only successful transactions count: a retried payment has a failed one first, a split one has several.
SELECT
  order_id,
  max(status) AS payment_status,
  CAST(coalesce(sum(CASE WHEN t.status = 'success' THEN t.amount END), 0) AS DECIMAL(12, 2)) AS paid_amount
FROM (
  SELECT order_id, status, explode(transactions) AS t
  FROM payments_raw
) AS attempts
GROUP BY order_id

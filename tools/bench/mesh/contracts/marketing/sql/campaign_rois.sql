SELECT c.campaign_id,
       c.channel,
       CAST(coalesce(o.revenue, 0) AS DECIMAL(18, 2)) AS revenue,
       c.campaign_cost,
       (CAST(coalesce(o.revenue, 0) AS DOUBLE) - CAST(c.campaign_cost AS DOUBLE)) / nullif(CAST(c.campaign_cost AS DOUBLE), 0) AS roi
FROM campaigns_clean c
LEFT JOIN (
  SELECT campaign_id, sum(total_amount) AS revenue
  FROM orders_raw
  WHERE status IN ('paid', 'shipped', 'delivered')
  GROUP BY campaign_id
) o ON o.campaign_id = c.campaign_id

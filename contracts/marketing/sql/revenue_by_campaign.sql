SELECT
  o.campaign_id,
  max(c.channel) AS channel,
  count(*) AS orders,
  CAST(sum(o.paid_amount) AS DECIMAL(18, 2)) AS revenue
FROM orders_in AS o
LEFT JOIN campaigns_clean AS c ON o.campaign_id = c.campaign_id
WHERE o.campaign_id IS NOT NULL AND o.paid_amount > 0
GROUP BY o.campaign_id

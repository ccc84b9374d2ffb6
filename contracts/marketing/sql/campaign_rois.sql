-- A campaign that brought in nothing stays, with a return of -1: all was lost.
SELECT
  c.campaign_id,
  c.channel,
  coalesce(r.revenue, 0) AS revenue,
  c.campaign_cost,
  (CAST(coalesce(r.revenue, 0) AS DOUBLE) - CAST(c.campaign_cost AS DOUBLE)) / CAST(c.campaign_cost AS DOUBLE) AS roi
FROM campaigns_clean AS c
LEFT JOIN revenue_by_campaign AS r ON c.campaign_id = r.campaign_id

DROP MATERIALIZED VIEW IF EXISTS revenue;
CREATE MATERIALIZED VIEW revenue AS
  SELECT date_trunc('month', placed_at) AS month, sum(order_total(id)) AS total FROM orders WHERE state <> 'cart' GROUP BY 1;
CREATE UNIQUE INDEX revenue_month ON revenue (month);
CREATE OR REPLACE FUNCTION refresh_reports() RETURNS void LANGUAGE plpgsql AS $$ BEGIN REFRESH MATERIALIZED VIEW CONCURRENTLY revenue; END $$;

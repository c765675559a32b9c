CREATE OR REPLACE VIEW accounts_by_day AS
  SELECT date_trunc('day', created_at) AS day, count(*) AS accounts FROM accounts GROUP BY 1;

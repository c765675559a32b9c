CREATE TABLE latency (at timestamptz NOT NULL, host text NOT NULL, value interval NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE latency_old PARTITION OF latency FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE latency_new PARTITION OF latency FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX latency_host ON latency (host, at DESC);
CREATE INDEX latency_labels ON latency USING gin (labels);
CREATE INDEX latency_brin ON latency_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE latency_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION latency_latest(wanted text) RETURNS SETOF latency LANGUAGE sql STABLE AS $$
  SELECT * FROM latency WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION latency_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER latency_check BEFORE INSERT ON latency FOR EACH ROW EXECUTE FUNCTION latency_check();
CREATE VIEW latency_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM latency GROUP BY 1, 2;
CREATE VIEW latency_hosts AS SELECT DISTINCT host FROM latency;
INSERT INTO latency (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE latency IS 'Samples of latency; one row each';
COMMENT ON COLUMN latency.labels IS E'JSON with \\ and \'; quotes';

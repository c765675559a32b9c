CREATE TABLE queue (at timestamptz NOT NULL, host text NOT NULL, value int NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE queue_old PARTITION OF queue FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE queue_new PARTITION OF queue FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX queue_host ON queue (host, at DESC);
CREATE INDEX queue_labels ON queue USING gin (labels);
CREATE INDEX queue_brin ON queue_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE queue_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION queue_latest(wanted text) RETURNS SETOF queue LANGUAGE sql STABLE AS $$
  SELECT * FROM queue WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION queue_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER queue_check BEFORE INSERT ON queue FOR EACH ROW EXECUTE FUNCTION queue_check();
CREATE VIEW queue_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM queue GROUP BY 1, 2;
CREATE VIEW queue_hosts AS SELECT DISTINCT host FROM queue;
INSERT INTO queue (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE queue IS 'Samples of queue; one row each';
COMMENT ON COLUMN queue.labels IS E'JSON with \\ and \'; quotes';

CREATE TABLE disk (at timestamptz NOT NULL, host text NOT NULL, value bigint NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE disk_old PARTITION OF disk FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE disk_new PARTITION OF disk FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX disk_host ON disk (host, at DESC);
CREATE INDEX disk_labels ON disk USING gin (labels);
CREATE INDEX disk_brin ON disk_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE disk_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION disk_latest(wanted text) RETURNS SETOF disk LANGUAGE sql STABLE AS $$
  SELECT * FROM disk WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION disk_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER disk_check BEFORE INSERT ON disk FOR EACH ROW EXECUTE FUNCTION disk_check();
CREATE VIEW disk_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM disk GROUP BY 1, 2;
CREATE VIEW disk_hosts AS SELECT DISTINCT host FROM disk;
INSERT INTO disk (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE disk IS 'Samples of disk; one row each';
COMMENT ON COLUMN disk.labels IS E'JSON with \\ and \'; quotes';

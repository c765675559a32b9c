CREATE TABLE memory (at timestamptz NOT NULL, host text NOT NULL, value bigint NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE memory_old PARTITION OF memory FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE memory_new PARTITION OF memory FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX memory_host ON memory (host, at DESC);
CREATE INDEX memory_labels ON memory USING gin (labels);
CREATE INDEX memory_brin ON memory_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE memory_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION memory_latest(wanted text) RETURNS SETOF memory LANGUAGE sql STABLE AS $$
  SELECT * FROM memory WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION memory_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER memory_check BEFORE INSERT ON memory FOR EACH ROW EXECUTE FUNCTION memory_check();
CREATE VIEW memory_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM memory GROUP BY 1, 2;
CREATE VIEW memory_hosts AS SELECT DISTINCT host FROM memory;
INSERT INTO memory (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE memory IS 'Samples of memory; one row each';
COMMENT ON COLUMN memory.labels IS E'JSON with \\ and \'; quotes';

CREATE TABLE network (at timestamptz NOT NULL, host text NOT NULL, value bigint NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE network_old PARTITION OF network FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE network_new PARTITION OF network FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX network_host ON network (host, at DESC);
CREATE INDEX network_labels ON network USING gin (labels);
CREATE INDEX network_brin ON network_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE network_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION network_latest(wanted text) RETURNS SETOF network LANGUAGE sql STABLE AS $$
  SELECT * FROM network WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION network_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER network_check BEFORE INSERT ON network FOR EACH ROW EXECUTE FUNCTION network_check();
CREATE VIEW network_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM network GROUP BY 1, 2;
CREATE VIEW network_hosts AS SELECT DISTINCT host FROM network;
INSERT INTO network (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE network IS 'Samples of network; one row each';
COMMENT ON COLUMN network.labels IS E'JSON with \\ and \'; quotes';

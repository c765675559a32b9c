CREATE TABLE cpu (at timestamptz NOT NULL, host text NOT NULL, value double precision NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE cpu_old PARTITION OF cpu FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE cpu_new PARTITION OF cpu FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX cpu_host ON cpu (host, at DESC);
CREATE INDEX cpu_labels ON cpu USING gin (labels);
CREATE INDEX cpu_brin ON cpu_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE cpu_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION cpu_latest(wanted text) RETURNS SETOF cpu LANGUAGE sql STABLE AS $$
  SELECT * FROM cpu WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION cpu_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER cpu_check BEFORE INSERT ON cpu FOR EACH ROW EXECUTE FUNCTION cpu_check();
CREATE VIEW cpu_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM cpu GROUP BY 1, 2;
CREATE VIEW cpu_hosts AS SELECT DISTINCT host FROM cpu;
INSERT INTO cpu (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE cpu IS 'Samples of cpu; one row each';
COMMENT ON COLUMN cpu.labels IS E'JSON with \\ and \'; quotes';

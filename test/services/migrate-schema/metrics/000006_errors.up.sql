CREATE TABLE errors (at timestamptz NOT NULL, host text NOT NULL, value int NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE errors_old PARTITION OF errors FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE errors_new PARTITION OF errors FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX errors_host ON errors (host, at DESC);
CREATE INDEX errors_labels ON errors USING gin (labels);
CREATE INDEX errors_brin ON errors_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE errors_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION errors_latest(wanted text) RETURNS SETOF errors LANGUAGE sql STABLE AS $$
  SELECT * FROM errors WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION errors_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER errors_check BEFORE INSERT ON errors FOR EACH ROW EXECUTE FUNCTION errors_check();
CREATE VIEW errors_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM errors GROUP BY 1, 2;
CREATE VIEW errors_hosts AS SELECT DISTINCT host FROM errors;
INSERT INTO errors (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE errors IS 'Samples of errors; one row each';
COMMENT ON COLUMN errors.labels IS E'JSON with \\ and \'; quotes';

CREATE TABLE requests (at timestamptz NOT NULL, host text NOT NULL, value int NOT NULL, labels jsonb NOT NULL DEFAULT '{}') PARTITION BY RANGE (at);
CREATE TABLE requests_old PARTITION OF requests FOR VALUES FROM (MINVALUE) TO ('2026-01-01');
CREATE TABLE requests_new PARTITION OF requests FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);
CREATE INDEX requests_host ON requests (host, at DESC);
CREATE INDEX requests_labels ON requests USING gin (labels);
CREATE INDEX requests_brin ON requests_old USING brin (at) WITH (pages_per_range = 32);
ALTER TABLE requests_old SET (autovacuum_enabled = false, fillfactor = 100);
CREATE FUNCTION requests_latest(wanted text) RETURNS SETOF requests LANGUAGE sql STABLE AS $$
  SELECT * FROM requests WHERE host = wanted ORDER BY at DESC LIMIT 1; -- the newest; one row
$$;
CREATE FUNCTION requests_check() RETURNS trigger LANGUAGE plpgsql AS $check$
BEGIN
  IF new.host = '' THEN RAISE 'no host; at %', new.at; END IF;
  /* nothing else; /* yet */ */
  RETURN new;
END $check$;
CREATE TRIGGER requests_check BEFORE INSERT ON requests FOR EACH ROW EXECUTE FUNCTION requests_check();
CREATE VIEW requests_hourly AS SELECT date_trunc('hour', at) AS hour, host, count(*) AS n FROM requests GROUP BY 1, 2;
CREATE VIEW requests_hosts AS SELECT DISTINCT host FROM requests;
INSERT INTO requests (at, host, value) VALUES ('2025-06-01', 'a;b', '1'), ('2026-06-01', 'web''1', '2');
COMMENT ON TABLE requests IS 'Samples of requests; one row each';
COMMENT ON COLUMN requests.labels IS E'JSON with \\ and \'; quotes';

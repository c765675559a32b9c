SET client_min_messages = warning;

BEGIN;
CREATE TABLE items (id int PRIMARY KEY, kind text);
INSERT INTO items SELECT n, 'kind ' || n % 3 FROM generate_series(1, 9) AS n;
COMMIT;

CREATE INDEX CONCURRENTLY items_kind ON items (kind);

BEGIN;
ALTER TABLE items ADD COLUMN note text;
COMMIT;

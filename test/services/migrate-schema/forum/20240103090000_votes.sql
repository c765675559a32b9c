CREATE TABLE votes (
  thread_id bigint NOT NULL, post_id bigint NOT NULL, person_id int NOT NULL REFERENCES people,
  value smallint NOT NULL CHECK (value IN (-1, 1)),
  PRIMARY KEY (thread_id, post_id, person_id),
  FOREIGN KEY (thread_id, post_id) REFERENCES posts (thread_id, id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
CREATE VIEW scores AS SELECT thread_id, post_id, sum(value) AS score, count(*) FILTER (WHERE value > 0) AS likes FROM votes GROUP BY 1, 2;
INSERT INTO votes SELECT thread_id, id, 1, 1 FROM posts;
CREATE AGGREGATE product (double precision) (SFUNC = float8mul, STYPE = double precision, INITCOND = 1);
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq, COMMUTATOR = ===);
CREATE CAST (people AS text) WITH INOUT;
CREATE TYPE span AS RANGE (SUBTYPE = timestamptz);
CREATE TABLE bans (person_id int REFERENCES people, during span NOT NULL, EXCLUDE USING gist (during WITH &&));
CREATE COLLATION caseless (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
ALTER TABLE boards ADD COLUMN motto text COLLATE caseless;
CREATE TEXT SEARCH CONFIGURATION forum (COPY = simple);
CREATE TABLE "Select" ("from" int, "to;" int, "say ""hi""" text);
INSERT INTO "Select" VALUES (1, 2, 'a'), (3, 4, U&'\0061\003B');
ALTER TABLE "Select" RENAME COLUMN "to;" TO "to";
COMMENT ON TABLE "Select" IS NULL;
GRANT SELECT ON scores TO PUBLIC;
CREATE POLICY people_self ON people USING (true) WITH CHECK (handle <> 'root; admin');
ALTER TABLE people ENABLE ROW LEVEL SECURITY;
ALTER TABLE people DISABLE ROW LEVEL SECURITY;

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION slugify(title text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT trim(both '-' from regexp_replace(lower(title), '[^a-z0-9]+', '-', 'g'));
$$;
-- +goose StatementEnd
CREATE TABLE boards (id serial PRIMARY KEY, title text NOT NULL, slug text GENERATED ALWAYS AS (slugify(title)) STORED, position int NOT NULL DEFAULT 0);
CREATE TABLE threads (
  id bigserial PRIMARY KEY,
  board_id int NOT NULL REFERENCES boards,
  author_id int NOT NULL REFERENCES people,
  title text NOT NULL,
  opened timestamptz NOT NULL DEFAULT now(),
  is_locked boolean NOT NULL DEFAULT false
);
CREATE TABLE posts (
  id bigserial,
  thread_id bigint NOT NULL REFERENCES threads ON DELETE CASCADE,
  author_id int NOT NULL REFERENCES people,
  body text NOT NULL,
  posted timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (thread_id, id)
) PARTITION BY HASH (thread_id);
CREATE TABLE posts_0 PARTITION OF posts FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE posts_1 PARTITION OF posts FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE posts_2 PARTITION OF posts FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE posts_3 PARTITION OF posts FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE INDEX posts_author ON posts (author_id, posted DESC);
CREATE INDEX threads_board ON threads (board_id, opened DESC);
CREATE INDEX threads_author ON threads (author_id);
-- +goose StatementBegin
CREATE FUNCTION refuse_locked() RETURNS trigger LANGUAGE plpgsql AS $_$
BEGIN
  IF (SELECT is_locked FROM threads WHERE id = new.thread_id) THEN
    RAISE EXCEPTION 'thread % is locked; no more posts', new.thread_id;
  END IF;
  RETURN new;
END;
$_$;
-- +goose StatementEnd
CREATE TRIGGER posts_locked BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION refuse_locked();
INSERT INTO boards (title, position) VALUES ('General; Talk', 1), ('C++ & Friends', 2);
INSERT INTO threads (board_id, author_id, title) SELECT b.id, p.id, 'Hello from ' || p.handle FROM boards b, people p;
INSERT INTO posts (thread_id, author_id, body) SELECT id, author_id, $text$It's; a "post" with $dollars$ in it$text$ FROM threads;
CREATE RULE boards_no_delete AS ON DELETE TO boards DO INSTEAD (SELECT 1; SELECT 2);

-- +goose Down
DROP TABLE posts, threads, boards;

-- migrate:up
CREATE TABLE people (id serial PRIMARY KEY, handle varchar(30) NOT NULL, about text, joined date NOT NULL DEFAULT current_date);
CREATE UNIQUE INDEX people_handle ON people (lower(handle));
CREATE TABLE roles (id smallint PRIMARY KEY, title text NOT NULL UNIQUE);
INSERT INTO roles VALUES (1, 'member'), (2, 'moderator'), (3, 'admin; all');
CREATE TABLE people_roles (person_id int REFERENCES people ON DELETE CASCADE, role_id smallint REFERENCES roles, PRIMARY KEY (person_id, role_id));
CREATE TABLE sessions (token bytea PRIMARY KEY, person_id int NOT NULL REFERENCES people, expires timestamptz NOT NULL);
CREATE INDEX sessions_expires ON sessions (expires);
CREATE FUNCTION end_sessions(who int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE ended int;
BEGIN
  DELETE FROM sessions WHERE person_id = who;
  GET DIAGNOSTICS ended = ROW_COUNT;
  RETURN ended;
END $$;
CREATE PROCEDURE forget_person(who int) LANGUAGE sql BEGIN ATOMIC
  DELETE FROM sessions WHERE person_id = who;
  UPDATE people SET about = NULL, handle = 'gone-' || id WHERE id = who;
END;
ALTER TABLE people ADD COLUMN last_seen timestamptz;
ALTER TABLE people ALTER COLUMN about SET STORAGE EXTERNAL;
COMMENT ON COLUMN people.handle IS E'Shown as \'@handle\'; unique without case';
INSERT INTO people (handle) VALUES ('ada'), ('grace'), ('O''Brien; Miles');

-- migrate:down
DROP TABLE people, roles, people_roles, sessions;

-- What a role finds without naming a schema changes with this file: from the next login on.
CREATE SCHEMA app;
CREATE TABLE app.users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
DO $$ BEGIN EXECUTE format('ALTER ROLE %I SET search_path = app', current_user); END $$;

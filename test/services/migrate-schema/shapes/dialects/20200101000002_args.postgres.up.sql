ALTER TABLE jobs ADD COLUMN args jsonb;

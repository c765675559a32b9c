-- lock-timeout: 2s
ALTER TABLE accounts ADD COLUMN last_seen timestamptz;

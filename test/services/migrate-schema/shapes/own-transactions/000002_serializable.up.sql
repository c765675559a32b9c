BEGIN ISOLATION LEVEL SERIALIZABLE;
CREATE TABLE levels AS SELECT current_setting('transaction_isolation') AS level;
COMMIT;

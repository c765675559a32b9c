-- One statement that PostgreSQL only takes outside a transaction: nothing more has to be said.
CREATE INDEX CONCURRENTLY accounts_created_at ON accounts (created_at);

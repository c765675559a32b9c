-- +goose Up
CREATE TABLE accounts (id int PRIMARY KEY, name text);
-- +goose Down
DROP TABLE accounts;

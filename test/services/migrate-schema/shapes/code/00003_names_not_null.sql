-- +goose Up
ALTER TABLE accounts ALTER COLUMN name SET NOT NULL;

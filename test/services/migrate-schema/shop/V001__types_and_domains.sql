-- A web shop: enums, domains, composite types.
CREATE EXTENSION IF NOT EXISTS pgcrypto;
CREATE EXTENSION IF NOT EXISTS citext;
CREATE TYPE order_state AS ENUM ('cart', 'placed', 'paid', 'shipped', 'delivered', 'cancelled');
CREATE TYPE payment_method AS ENUM ('card', 'transfer', 'invoice', 'voucher');
CREATE TYPE shipment_state AS ENUM ('packing', 'handed over', 'in transit', 'lost; found', 'delivered');
CREATE DOMAIN email_address AS citext CHECK (VALUE ~ '^[^@\s]+@[^@\s]+$');
CREATE DOMAIN currency_code AS char(3) CHECK (VALUE ~ '^[A-Z]{3}$');
CREATE DOMAIN positive_amount AS numeric(12, 2) CHECK (VALUE > 0);
CREATE TYPE money_amount AS (amount numeric(12, 2), currency currency_code);
COMMENT ON TYPE order_state IS 'States of an order; ''cart'' comes first';
COMMENT ON DOMAIN email_address IS 'Case-insensitive';

CREATE TABLE customers (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE,
  email email_address NOT NULL UNIQUE,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  locale text NOT NULL DEFAULT 'en',
  created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);
CREATE TABLE addresses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  street text NOT NULL, city text NOT NULL, postcode text NOT NULL,
  country char(2) NOT NULL DEFAULT 'DE',
  is_default boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX addresses_one_default ON addresses (customer_id) WHERE is_default;
CREATE INDEX addresses_customer ON addresses (customer_id);
CREATE INDEX customers_name_lower ON customers (lower(name));
CREATE INDEX customers_active ON customers (created_at) WHERE deleted_at IS NULL;
COMMENT ON TABLE customers IS $$Anyone who ever ordered; "deleted" ones keep their row.$$;
COMMENT ON COLUMN customers.public_id IS 'Shown in URLs;
never the id';
ALTER TABLE customers ADD COLUMN phone text, ADD COLUMN newsletter boolean NOT NULL DEFAULT false;
ALTER TABLE customers ADD CONSTRAINT customers_phone CHECK (phone IS NULL OR phone ~ '^\+?[0-9 ()/-]+$') NOT VALID;
ALTER TABLE customers VALIDATE CONSTRAINT customers_phone;
CREATE VIEW active_customers AS SELECT id, public_id, email, name FROM customers WHERE deleted_at IS NULL;

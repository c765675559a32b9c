BEGIN;
CREATE SEQUENCE invoice_numbers START 10000 INCREMENT 1 MINVALUE 10000 NO CYCLE CACHE 1;
CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  state order_state NOT NULL DEFAULT 'cart',
  invoice_number bigint UNIQUE,
  placed_at timestamptz,
  note text,
  CONSTRAINT placed_has_time CHECK (state = 'cart' OR placed_at IS NOT NULL)
);
CREATE TABLE order_lines (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line smallint NOT NULL,
  product_id bigint NOT NULL REFERENCES products,
  quantity int NOT NULL DEFAULT 1 CHECK (quantity > 0),
  unit_price positive_amount NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE TABLE payments (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  order_id bigint NOT NULL REFERENCES orders,
  method payment_method NOT NULL,
  amount positive_amount NOT NULL,
  received_at timestamptz NOT NULL DEFAULT now(),
  raw jsonb
);
CREATE TABLE shipments (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders,
  state shipment_state NOT NULL DEFAULT 'packing',
  tracking text
);
CREATE INDEX orders_customer ON orders (customer_id);
CREATE INDEX orders_open ON orders (placed_at) WHERE state IN ('placed', 'paid');
CREATE INDEX order_lines_product ON order_lines (product_id);
CREATE INDEX payments_order ON payments (order_id);
CREATE INDEX shipments_order ON shipments (order_id);
CREATE INDEX shipments_tracking ON shipments (tracking) WHERE tracking IS NOT NULL;
CREATE FUNCTION order_total(wanted bigint) RETURNS numeric
  LANGUAGE sql STABLE
  BEGIN ATOMIC
    SELECT coalesce(sum(CASE WHEN quantity > 1 THEN quantity * unit_price ELSE unit_price END), 0)
      FROM order_lines WHERE order_lines.order_id = wanted;
  END;
CREATE FUNCTION place_order(wanted bigint) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
  UPDATE orders SET state = 'placed', placed_at = now(), invoice_number = nextval('invoice_numbers')
    WHERE id = wanted AND state = 'cart';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % cannot be placed; it''s not a cart', wanted USING ERRCODE = 'P0001';
  END IF;
END;
$body$;
CREATE FUNCTION forbid_state_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF new.state < old.state THEN RAISE EXCEPTION 'state cannot go from % back to %', old.state, new.state; END IF;
  RETURN new;
END $$;
CREATE TRIGGER orders_state BEFORE UPDATE OF state ON orders FOR EACH ROW WHEN (old.state IS DISTINCT FROM new.state) EXECUTE FUNCTION forbid_state_back();
CREATE VIEW order_totals AS SELECT id, customer_id, state, order_total(id) AS total FROM orders;
COMMIT;

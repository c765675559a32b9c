-- no-transaction
-- statement-timeout: 10m
SET maintenance_work_mem = '32MB';
CREATE INDEX CONCURRENTLY products_title_trgm_like ON products (title text_pattern_ops);
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS "Orders by invoice" ON orders (invoice_number, customer_id);
INSERT INTO orders (customer_id) SELECT id FROM customers;
INSERT INTO order_lines SELECT o.id, 1, p.id, 2, p.price FROM orders o CROSS JOIN LATERAL (SELECT id, price FROM products LIMIT 1) p;
REINDEX INDEX CONCURRENTLY products_search;
DROP INDEX CONCURRENTLY customers_name_lower;
VACUUM (ANALYZE) products;
ALTER TYPE payment_method ADD VALUE IF NOT EXISTS 'crypto; really' AFTER 'voucher';

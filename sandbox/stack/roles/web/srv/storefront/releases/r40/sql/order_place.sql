-- Stores an order: $1 the client's reference, $2 product, $3 quantity. No row: no such product.
WITH chosen AS (
  SELECT id, price_cents FROM products WHERE id = $2::int
), placed AS (
  INSERT INTO orders (client_ref, customer_id, status, total_cents)
  SELECT $1::text, 1 + abs(hashtext($1::text)::bigint % 5000)::int, 'paid',
         price_cents * $3::int
  FROM chosen
  RETURNING id, total_cents
), taken AS (
  UPDATE products SET stock = stock - $3::int WHERE id = $2::int
)
INSERT INTO order_items (order_id, product_id, quantity, price_cents)
SELECT placed.id, chosen.id, $3::int, chosen.price_cents FROM placed, chosen
RETURNING order_id, (SELECT total_cents FROM placed)

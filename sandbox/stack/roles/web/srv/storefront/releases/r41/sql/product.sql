-- One product: $1 its id.
SELECT p.id, p.name, c.name, p.price_cents, p.stock, p.description
FROM products p JOIN categories c ON c.id = p.category_id
WHERE p.id = $1::int

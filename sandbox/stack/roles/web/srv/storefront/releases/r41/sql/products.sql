-- A page of the catalogue: $1 category or '', $2 page size, $3 rows to skip.
SELECT p.id, p.name, c.name, p.price_cents, p.stock, p.description
FROM products p JOIN categories c ON c.id = p.category_id
WHERE $1::text = '' OR p.category_id = (SELECT id FROM categories WHERE slug = $1::text)
ORDER BY p.id
LIMIT $2::int OFFSET $3::int

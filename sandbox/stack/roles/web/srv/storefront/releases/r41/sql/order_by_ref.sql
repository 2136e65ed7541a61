-- An order with its items, by the reference its client gave: $1.
SELECT o.id, o.client_ref, o.status, o.total_cents,
       to_char(o.placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       i.product_id, p.name, i.quantity, i.price_cents
FROM orders o
JOIN order_items i ON i.order_id = o.id
JOIN products p ON p.id = i.product_id
WHERE o.client_ref = $1::text
ORDER BY i.product_id

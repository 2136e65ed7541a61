-- Roles and privileges of shop, as of the last review. Apply: psql -d shop -f FILE
GRANT CONNECT ON DATABASE shop TO app, monitor;
GRANT USAGE ON SCHEMA public TO app, monitor;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO monitor;

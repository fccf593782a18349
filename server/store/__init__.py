"""SQL: the truth. The same tables, queries and migrations on SQLite and PostgreSQL."""

"""Alembic's revisions, each in `versions/`. `server/store/migrate.py` runs them."""

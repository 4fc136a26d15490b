"""A lab's own database, by SQLAlchemy."""

"""What is asked: a validated operation compiled to SQL with SQLAlchemy Core, and what binds its values."""
